import type { AuthHandler } from "../auth-handler.ts";

/** What is used of the arguments of loaders and actions. */
export interface RouteArguments {
  readonly request: Request;
}

type RouteFunction<Arguments> = (args: Arguments) => Promise<Response>;

/**
 * The `action` of a resource route of React Router, for POST, and its `loader`, for JSONP. The handler's context is their
 * arguments: `user: (_request, { context }) => context.get(userContext)`.
 *
 * Export them one by one: the bundler cannot take destructured exports out of what it sends to browsers.
 */
export function toReactRouter<Arguments extends RouteArguments = RouteArguments>(
  handler: AuthHandler<Arguments>,
): { readonly action: RouteFunction<Arguments>; readonly loader: RouteFunction<Arguments> } {
  const route: RouteFunction<Arguments> = (args) => handler(args.request, args);
  return { action: route, loader: route };
}
