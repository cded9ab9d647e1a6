import type { AuthHandler } from "../auth-handler.ts";

/** What is used of Astro's context. */
export interface AstroContext {
  readonly request: Request;
}

type Endpoint<Context> = (context: Context) => Promise<Response>;

/**
 * The exports of an endpoint of Astro: `export const { POST, OPTIONS } = toAstro(handler)`, and `GET` for JSONP, next to
 * `export const prerender = false`. The handler's context is Astro's: `user: (_request, { locals }) => locals.user`.
 *
 * Astro itself refuses forms from other origins while `security.checkOrigin` is on.
 */
export function toAstro<Context extends AstroContext = AstroContext>(
  handler: AuthHandler<Context>,
): {
  readonly GET: Endpoint<Context>;
  readonly POST: Endpoint<Context>;
  readonly OPTIONS: Endpoint<Context>;
} {
  const endpoint: Endpoint<Context> = (context) => handler(context.request, context);
  return { GET: endpoint, POST: endpoint, OPTIONS: endpoint };
}
