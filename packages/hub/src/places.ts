import { type ChannelName, channelTraits } from "@usher/protocol";
import type { Channel } from "./channel.ts";
import type { Position } from "./channel-log.ts";
import type { Connection } from "./connection.ts";
import { ParkedJoins } from "./parked-joins.ts";
import type { CarriedEvent } from "./place.ts";
import { Roster } from "./roster.ts";

/** An event that came before its channel was open. */
export interface EarlyEvent {
  readonly event: CarriedEvent;
  readonly position: Position | undefined;
}

/** What is known of a channel on the other nodes. */
export interface ChannelPlace {
  /** What follows has been read and is kept up to date. While it is not, joins are parked. */
  isOpen: boolean;
  /** Connections on the channel on other nodes. */
  subscriptions: number;
  /** Everybody on a presence channel, here and elsewhere; it outlives the `Channel`, which is there for those here. */
  readonly roster: Roster | undefined;
  /** What has arrived since this node listens and may be newer than what is being read. */
  early: EarlyEvent[];
}

/** What is known of a user on the other nodes. */
export interface UserPlace {
  isOpen: boolean;
  isOnlineElsewhere: boolean;
  /** Connections that wait for it to be open to be told that they are on the user's own channel. */
  readonly subscribers: Set<Connection>;
}

/**
 * What one node of a cluster knows of the other nodes about one app, and what waits here until it knows. Each entry is there
 * as long as its place is open, or somebody here waits for that, and some time longer.
 */
export class Places {
  readonly channels = new Map<ChannelName, ChannelPlace>();
  readonly users = new Map<string, UserPlace>();
  readonly parked = new ParkedJoins();
  /** Connections that have not been told of the users they watch, with those of them whose place is not open. */
  readonly waitingWatchers = new Map<Connection, Set<string>>();
  /** Channels that somebody has waited for and nobody wants, with the time when they may be forgotten. */
  readonly abandoned = new Map<ChannelName, number>();
  /** Of the channels whose count is due, those whose count has changed on other nodes alone. */
  readonly countsOfOthers = new Set<Channel>();

  /** How many entries all indexes hold. */
  get size(): number {
    const { channels, users, parked, waitingWatchers, abandoned, countsOfOthers } = this;
    return (
      channels.size + users.size + parked.size + waitingWatchers.size + abandoned.size + countsOfOthers.size
    );
  }

  isChannelOpen(channel: ChannelName): boolean {
    return this.channels.get(channel)?.isOpen === true;
  }

  isUserOpen(userId: string): boolean {
    return this.users.get(userId)?.isOpen === true;
  }

  isOnlineElsewhere(userId: string): boolean {
    return this.users.get(userId)?.isOnlineElsewhere === true;
  }

  /** Made on first use. */
  channel(name: ChannelName): ChannelPlace {
    const known = this.channels.get(name);
    if (known) return known;
    const roster = channelTraits(name).isPresence ? new Roster() : undefined;
    const place: ChannelPlace = { isOpen: false, subscriptions: 0, roster, early: [] };
    this.channels.set(name, place);
    return place;
  }

  /** Made on first use. */
  user(userId: string): UserPlace {
    const known = this.users.get(userId);
    if (known) return known;
    const place: UserPlace = { isOpen: false, isOnlineElsewhere: false, subscribers: new Set() };
    this.users.set(userId, place);
    return place;
  }
}
