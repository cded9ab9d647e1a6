import type { AuthHandler } from "../auth-handler.ts";
import { ask, type NodeRequest } from "./node-message.ts";

/** What is used of an event of h3 2, whose request is web-standard. */
export interface H3Event2 {
  readonly req: Request;
}

/** What is used of an event of h3 1, as in Nitro 2 and Nuxt 3 and 4. */
export interface H3Event1 {
  readonly node: { readonly req: NodeRequest };
  readonly web?: { readonly request?: Request } | undefined;
}

/**
 * An event handler for Nitro, Nuxt and h3, version 1 or 2: `export default defineEventHandler(toNitro(handler))`. The
 * handler's context is the event: `user: (_request, event) => event.context.user`.
 */
export function toNitro<Event extends H3Event1 | H3Event2 = H3Event1>(
  handler: AuthHandler<Event>,
): (event: Event) => Promise<Response> {
  return async (event) => {
    if ("req" in event && event.req.headers instanceof Headers) return handler(event.req, event);
    if (!("node" in event)) throw new TypeError("toNitro: this is no event of h3");
    const { web, node } = event;
    if (web?.request !== undefined && !web.request.bodyUsed) return handler(web.request, event);
    return ask(handler, node.req, event, (await keptBody(node.req)) ?? node.req.body);
  };
}

const RAW_BODY: unique symbol = Symbol.for("h3RawBody");

/** Where h3 1 keeps a body that somebody has read before. */
async function keptBody(message: NodeRequest & { readonly [RAW_BODY]?: unknown }): Promise<unknown> {
  try {
    return await message[RAW_BODY];
  } catch {
    return undefined; // The client went away in the middle of it.
  }
}
