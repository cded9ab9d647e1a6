import type { ChannelName } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import type { Channel } from "./channel.ts";
import type { Connection, Subscription } from "./connection.ts";
import { type Effect, type GrantsEndedCause, note } from "./effect.ts";
import { unpark } from "./park.ts";
import { signOut } from "./sign-out.ts";
import { channelLeft, subscriptionEnded, takeOff } from "./unsubscribe.ts";

/** What one connection loses. */
export interface LostGrants {
  readonly connection: Connection;
  /** The connection is subscribed to each of them. */
  readonly channels: readonly Channel[];
  /** Channels that it waits to be let in to. */
  readonly parked: readonly ChannelName[];
  readonly signIn: boolean;
}

/** What was ended, on how many connections, and what follows from it. */
export interface GrantsEnded {
  readonly effects: Effect[];
  readonly connections: number;
  readonly subscriptions: number;
  readonly signIns: number;
}

export const NO_GRANTS_ENDED: GrantsEnded = { effects: [], connections: 0, subscriptions: 0, signIns: 0 };

/**
 * Ends grants of many connections together: all are off their channels before anybody is told anything, so that none of
 * them hears of the others' going, and a channel of a thousand says once how many are left.
 *
 * @param then what else becomes of each connection; its effects come last.
 */
export function endGrants(
  state: AppState,
  lost: readonly LostGrants[],
  cause: GrantsEndedCause,
  nowMs: number,
  then: (lost: LostGrants) => readonly Effect[],
): GrantsEnded {
  const effects: Effect[] = [];
  const departures = new Map<Channel, Departure[]>();
  const endings: Effect[] = [];
  for (const one of lost) {
    const { connection, channels, parked, signIn } = one;
    const userId = signIn ? connection.user?.id : undefined;
    if (signIn) effects.push(...signOut(connection, nowMs));
    for (const channel of channels) {
      effects.push({ kind: "leave", connection, channel: channel.name });
      depart(departures, channel, { connection, subscription: takeOff(connection, channel) });
    }
    for (const name of parked) effects.push(...(unpark(connection, name, nowMs) ?? []));
    const names = namesOf(one);
    endings.push(note(connection, { kind: "grantsEnded", connection, cause, channels: names, userId }));
    endings.push(...then(one));
  }
  for (const [channel, gone] of departures) effects.push(...leaveTogether(state, channel, gone, nowMs));
  effects.push(...endings);
  return {
    effects,
    connections: lost.length,
    subscriptions: lost.reduce((sum, one) => sum + namesOf(one).length, 0),
    signIns: lost.filter(({ signIn }) => signIn).length,
  };
}

/** All channels that a connection loses. */
export function namesOf({ channels, parked }: LostGrants): ChannelName[] {
  return [...channels.map(({ name }) => name), ...parked];
}

/** What a connection loses of what it was granted; undefined when that is nothing. */
export function lostGrants(
  connection: Connection,
  signIn: boolean,
  isLost: (subscription: Subscription, channel: ChannelName) => boolean,
): LostGrants | undefined {
  const { channels: occupied, places } = connection.state;
  const goes = (subscription: Subscription, name: ChannelName): boolean =>
    subscription.secretId !== undefined &&
    // Who is a member by the sign-in alone goes with the sign-in.
    ((signIn && subscription.isSignedInUser) || isLost(subscription, name));

  const channels: Channel[] = [];
  for (const [name, subscription] of connection.subscriptions) {
    const channel = occupied.get(name);
    if (channel && goes(subscription, name)) channels.push(channel);
  }
  const parked: ChannelName[] = [];
  for (const [name, { ticket }] of places?.parked.of(connection) ?? []) {
    if (goes(ticket.subscription, name)) parked.push(name);
  }
  const isNothing = !signIn && channels.length === 0 && parked.length === 0;
  return isNothing ? undefined : { connection, channels, parked, signIn };
}

interface Departure {
  readonly connection: Connection;
  readonly subscription: Subscription | undefined;
}

function depart(departures: Map<Channel, Departure[]>, channel: Channel, departure: Departure): void {
  const gone = departures.get(channel);
  if (gone) gone.push(departure);
  else departures.set(channel, [departure]);
}

function leaveTogether(
  state: AppState,
  channel: Channel,
  gone: readonly Departure[],
  nowMs: number,
): Effect[] {
  const effects = gone.flatMap(({ connection, subscription }) =>
    subscriptionEnded(connection, channel, subscription, nowMs),
  );
  effects.push(...channelLeft(state, channel, nowMs));
  return effects;
}
