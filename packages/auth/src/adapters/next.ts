import type { AuthHandler } from "../auth-handler.ts";

type Route<Context> = (request: Request, context: Context) => Promise<Response>;

/**
 * The exports of a route of Next.js's App Router: `export const { POST, OPTIONS } = toNext(handler)`, and `GET` for JSONP.
 * The handler's context is what Next.js passes to routes.
 */
export function toNext<Context = unknown>(
  handler: AuthHandler<Context>,
): { readonly GET: Route<Context>; readonly POST: Route<Context>; readonly OPTIONS: Route<Context> } {
  const route: Route<Context> = (request, context) => handler(request, context);
  return { GET: route, POST: route, OPTIONS: route };
}
