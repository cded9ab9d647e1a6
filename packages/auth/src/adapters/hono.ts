import type { AuthHandler } from "../auth-handler.ts";
import { toParsedRequest } from "./node-message.ts";

/** What is used of Hono's context. */
export interface HonoContext {
  readonly req: {
    readonly raw: Request;
    json(): Promise<unknown>;
    parseBody(options: { readonly all: true }): Promise<object>;
  };
}

/**
 * A handler for Hono: `app.on(["POST", "OPTIONS"], "/pusher/auth", toHono(handler))`. The handler's context is Hono's, so
 * that bindings are at hand: `secret: (c) => c.env.PUSHER_SECRET`.
 */
export function toHono<Context extends HonoContext = HonoContext>(
  handler: AuthHandler<Context>,
): (context: Context) => Promise<Response> {
  return async (context) => handler(await unreadRequest(context), context);
}

/** Earlier middleware may have read the body; Hono keeps what it found. */
async function unreadRequest({ req }: HonoContext): Promise<Request> {
  const { raw } = req;
  if (!raw.bodyUsed) return raw;
  const isJson = /json/i.test(raw.headers.get("content-type") ?? "");
  const body = isJson ? await req.json() : await req.parseBody({ all: true });
  return toParsedRequest(raw.url, raw.method, new Headers(raw.headers), body);
}
