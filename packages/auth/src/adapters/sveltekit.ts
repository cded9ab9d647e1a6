import type { AuthHandler } from "../auth-handler.ts";

/** What is used of SvelteKit's request event. */
export interface SvelteKitEvent {
  readonly request: Request;
}

type Endpoint<Event> = (event: Event) => Promise<Response>;

/**
 * The exports of a `+server.ts`: `export const { POST, OPTIONS } = toSvelteKit(handler)`, and `GET` for JSONP. The
 * handler's context is the event: `user: (_request, event) => event.locals.user`.
 *
 * SvelteKit itself refuses forms from other origins: list those in `csrf.trustedOrigins` of its configuration.
 */
export function toSvelteKit<Event extends SvelteKitEvent = SvelteKitEvent>(
  handler: AuthHandler<Event>,
): { readonly GET: Endpoint<Event>; readonly POST: Endpoint<Event>; readonly OPTIONS: Endpoint<Event> } {
  const endpoint: Endpoint<Event> = (event) => handler(event.request, event);
  return { GET: endpoint, POST: endpoint, OPTIONS: endpoint };
}
