import type { AuthHandler } from "../auth-handler.ts";
import { ask, mergedHeader, type NodeRequest } from "./node-message.ts";

/** What is used of Koa's context. */
export interface KoaContext {
  readonly req: NodeRequest;
  readonly path: string;
  /** Body parsers add `body` to it. */
  readonly request: object;
  readonly response: { get(name: string): string | readonly string[] };
  status: number;
  body: unknown;
  set(name: string, value: string): unknown;
}

export interface KoaOptions {
  /** Which requests are answered, when no router has chosen them: the others go on to the next middleware. */
  readonly paths?: readonly string[];
}

/** Middleware for Koa, with or without a router. The handler's context is Koa's. */
export function toKoa<Context extends KoaContext = KoaContext>(
  handler: AuthHandler<Context>,
  { paths }: KoaOptions = {},
): (context: Context, next: () => Promise<unknown>) => Promise<void> {
  return async (context, next) => {
    if (paths !== undefined && !paths.includes(context.path)) {
      await next();
      return;
    }
    const { req, request } = context;
    const body = "body" in request ? request.body : undefined;
    const response = await ask(handler, req, context, body);
    context.status = response.status;
    for (const [name, value] of response.headers) {
      context.set(name, mergedHeader(name, value, context.response.get(name) || undefined));
    }
    // An empty text keeps the status; no body at all would turn it into 204.
    context.body = await response.text();
  };
}
