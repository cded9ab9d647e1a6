import { type ChannelName, type ChannelTraits, channelTraits } from "@usher/protocol";
import type { Connection } from "./connection.ts";
import { Roster } from "./roster.ts";

/** One occupied channel of one app. It comes with its first subscription and goes with its last. */
export class Channel {
  readonly name: ChannelName;
  readonly traits: ChannelTraits;
  readonly connections = new Set<Connection>();
  /** On presence channels only. */
  readonly roster: Roster | undefined;
  /** When the subscription count was last sent; see subscription-count.ts. */
  countSentAtMs = Number.NEGATIVE_INFINITY;
  /** When it was last noted that the channel's cache is empty; forgotten when an event is cached. */
  missNotedAtMs = Number.NEGATIVE_INFINITY;

  /** @param roster in a cluster, the one that also has the members elsewhere. */
  constructor(name: ChannelName, roster?: Roster) {
    this.name = name;
    this.traits = channelTraits(name);
    this.roster = roster ?? (this.traits.isPresence ? new Roster() : undefined);
  }
}
