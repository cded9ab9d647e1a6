import type { ChannelName, Member, SocketId } from "@usher/protocol";
import type { LossReason, PastEvent } from "./channel-log.ts";
import type { CachedEvent, EventMessage } from "./event-cache.ts";

/** What nodes of a cluster tell each other about: a channel, or a user, of one app. */
export type Place =
  | { readonly kind: "channel"; readonly channel: ChannelName }
  | { readonly kind: "user"; readonly userId: string };

/** What this node's own connections have at a place. */
export interface Here {
  /** Somebody here is at the place, waits for it to be open, or watches the user: it must be open, or be opened. */
  readonly isWanted: boolean;
  /**
   * The hub has been told what is elsewhere. A place that is wanted and not open wants a `placesOpened`, also when it was
   * open before: an app that was deleted and made again has forgotten.
   */
  readonly isOpen: boolean;
  /** Connections on the channel, those that wait for it to be open not included; 1 for a user who is online here, a grace included. */
  readonly subscriptions: number;
  /** Of a presence channel, by user id; empty for all other places. */
  readonly members: ReadonlyMap<string, Member>;
}

/** What the other nodes have at a place, all of them together. */
export interface Elsewhere {
  /** Connections on the channel; for a user, more than 0 means online. */
  readonly subscriptions: number;
  /** Of a presence channel, by user id; empty for all other places. */
  readonly members: ReadonlyMap<string, Member>;
}

/** What has become different elsewhere. */
export interface ElsewhereChange {
  /** As it is now. */
  readonly subscriptions: number;
  /** Members who were on no other node and are now, and those whose information is new. */
  readonly added: readonly Member[];
  /** The user ids of members who are on no other node any more. */
  readonly removed: readonly string[];
}

/** A place to which this node listens from now on, as it was just read. */
export interface OpenedPlace {
  readonly place: Place;
  readonly elsewhere: Elsewhere;
  /** The last event of a cache channel; `null` where there is none, and left out where nobody knows. */
  readonly cached?: CachedEvent | null;
  /** Left out where the channel has no history, or nobody knows it. */
  readonly history?: HistoryCopy;
}

/** The history of one channel as all nodes share it. */
export interface HistoryCopy {
  readonly epoch: string;
  /** Of the last event; 0 before the first. */
  readonly serial: number;
  /** What is kept, oldest first and without holes; the last one has `serial`. */
  readonly events: readonly PastEvent[];
  /** Why the event before the first of them is not kept any more; `too_old` when left out. */
  readonly lastLoss?: LossReason;
}

/** An event on its way between nodes. */
export interface CarriedEvent {
  /** A channel, or the user to whom the event is directed. */
  readonly place: Place;
  readonly message: EventMessage;
  readonly exceptSocketId: SocketId | undefined;
  /**
   * `any`: it is delivered here already, and by each other node as it arrives. `shared`, on channels with a cache or a
   * history: it is delivered nowhere yet; every node, this one included, delivers it as it comes back, in one order.
   */
  readonly order: "any" | "shared";
  /** It becomes the event that a cache channel keeps for newcomers. Clients' events do not. */
  readonly isCached: boolean;
}

export function channelPlace(channel: ChannelName): Place {
  return { kind: "channel", channel };
}

export function userPlace(userId: string): Place {
  return { kind: "user", userId };
}
