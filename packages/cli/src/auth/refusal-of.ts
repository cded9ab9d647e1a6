import type { Refusal } from "@usher/protocol/explain";
import type { Ticket } from "./ticket.ts";

export interface Surroundings {
  readonly appId: string | undefined;
  readonly otherSocketIds: readonly string[];
  readonly otherChannels: readonly string[];
}

/** What the engine is to explain. */
export function refusalOf(ticket: Ticket, auth: unknown, around: Surroundings): Refusal {
  return ticket.kind === "user"
    ? { ...around, ...ticket, auth }
    : { ...around, ...ticket, auth, isSignedIn: false };
}
