import type { Refusal } from "@usher/protocol/explain";

/** What an authorization was for, with its data of whatever type it came in. */
export type GivenTicket =
  | {
      readonly kind: "channel";
      readonly socketId: string;
      readonly channel: string;
      readonly channelData: unknown;
    }
  | { readonly kind: "user"; readonly socketId: string; readonly userData: unknown };

export interface Surroundings {
  readonly appId: string | undefined;
  readonly otherSocketIds: readonly string[];
  readonly otherChannels: readonly string[];
}

/** What the engine is to explain. */
export function refusalOf(ticket: GivenTicket, auth: unknown, around: Surroundings): Refusal {
  return ticket.kind === "user"
    ? { ...around, ...ticket, auth }
    : { ...around, ...ticket, auth, isSignedIn: false };
}
