import type { ChannelName } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import { takeIn, tellGap } from "./carried.ts";
import { deliver, type Effect } from "./effect.ts";
import type { CachedEvent } from "./event-cache.ts";
import { forgetChannelIfUnused, forgetUserIfUnused } from "./forget-place.ts";
import { ownUserOpened } from "./own-user.ts";
import { completeParked } from "./park.ts";
import type { Elsewhere, ElsewhereChange, HistoryCopy, OpenedPlace, Place } from "./place.ts";
import type { ChannelPlace } from "./places.ts";
import { countChangedElsewhere } from "./subscription-count.ts";
import { deliverHere } from "./trigger.ts";
import { watchedUserOpened, watchlistEvents } from "./watchlist.ts";

/**
 * Takes in what the other nodes have at some places, in place of whatever was known before; the difference is what clients
 * hear. Then those are let in who have waited for it.
 */
export function placesOpened(state: AppState, opened: readonly OpenedPlace[], nowMs: number): Effect[] {
  const effects: Effect[] = [];
  for (const one of opened) {
    const { place, elsewhere } = one;
    if (place.kind === "user") effects.push(...userOpened(state, place.userId, elsewhere));
    else effects.push(...channelOpened(state, place.channel, one, nowMs));
  }
  return effects;
}

/** Takes in what has become different at an open place. */
export function elsewhereChanged(
  state: AppState,
  place: Place,
  change: ElsewhereChange,
  nowMs: number,
): Effect[] {
  if (place.kind === "user") {
    // What is read when the place is opened covers it.
    if (!state.places?.isUserOpen(place.userId)) return [];
    return setOnlineElsewhere(state, place.userId, change.subscriptions > 0);
  }
  const known = state.places?.channels.get(place.channel);
  return known?.isOpen ? changeChannel(state, place.channel, known, change, nowMs) : [];
}

/**
 * Forgets what is elsewhere. At a place that somebody wants after all, what was known stays as it is: clients have been told
 * of it, and will be told the difference once it is opened again.
 */
export function placeClosed(state: AppState, place: Place): void {
  const { places } = state;
  if (!places) return;
  if (place.kind === "user") {
    const known = places.users.get(place.userId);
    if (known) known.isOpen = false;
    forgetUserIfUnused(state, place.userId);
    return;
  }
  const known = places.channels.get(place.channel);
  if (known) known.isOpen = false;
  if (!forgetChannelIfUnused(state, place.channel)) return;
  // Events go by from now on that nobody here keeps.
  state.history?.forget(place.channel);
  state.cache.delete(place.channel);
}

function userOpened(state: AppState, userId: string, elsewhere: Elsewhere): Effect[] {
  const known = state.places?.user(userId);
  if (!known) return [];
  known.isOpen = true;
  return [
    ...setOnlineElsewhere(state, userId, elsewhere.subscriptions > 0),
    ...watchedUserOpened(state, userId),
    ...ownUserOpened(known, userId),
  ];
}

function setOnlineElsewhere(state: AppState, userId: string, isOnlineElsewhere: boolean): Effect[] {
  const known = state.places?.users.get(userId);
  if (!known) return [];
  const wasOnline = state.isOnline(userId);
  known.isOnlineElsewhere = isOnlineElsewhere;
  const isOnline = state.isOnline(userId);
  return wasOnline === isOnline ? [] : watchlistEvents(state, userId, isOnline ? "online" : "offline");
}

function channelOpened(
  state: AppState,
  name: ChannelName,
  { elsewhere, cached, history }: OpenedPlace,
  nowMs: number,
): Effect[] {
  const known = state.places?.channel(name);
  if (!known) return [];
  const isFirst = !known.isOpen;
  known.isOpen = true;
  const effects = changeChannel(state, name, known, differenceTo(known, elsewhere), nowMs);
  if (cached !== undefined) takeCached(state, name, cached, isFirst, nowMs);
  if (history) effects.push(...takeHistory(state, name, history, nowMs));
  for (const { event, position } of known.early.splice(0)) {
    effects.push(...takeIn(state, event, position, nowMs));
  }
  effects.push(...completeParked(state, name, nowMs));
  return effects;
}

function differenceTo({ roster }: ChannelPlace, { subscriptions, members }: Elsewhere): ElsewhereChange {
  const before = roster?.membersElsewhere ?? new Map();
  return {
    subscriptions,
    added: [...members.values()],
    removed: [...before.keys()].filter((userId) => !members.has(userId)),
  };
}

/** Those who leave come first: a channel is never fuller than it is. */
function changeChannel(
  state: AppState,
  name: ChannelName,
  known: ChannelPlace,
  { subscriptions, added, removed }: ElsewhereChange,
  nowMs: number,
): Effect[] {
  const { roster } = known;
  const channel = state.channels.get(name);
  const effects: Effect[] = [];
  for (const userId of roster ? removed : []) {
    if (!roster?.removeElsewhere(userId) || !channel) continue;
    const message = { kind: "memberRemoved", channel: name, userId } as const;
    effects.push(deliver(state, name, channel.connections, message, undefined, nowMs));
  }
  for (const member of roster ? added : []) {
    if (!roster?.addElsewhere(member) || !channel) continue;
    const message = { kind: "memberAdded", channel: name, member } as const;
    effects.push(deliver(state, name, channel.connections, message, undefined, nowMs));
  }
  if (known.subscriptions === subscriptions) return effects;
  known.subscriptions = subscriptions;
  if (channel) effects.push(...countChangedElsewhere(state, channel, nowMs));
  return effects;
}

/** An event that has come by since may be newer than the one that was read: it is kept for longer then. */
function takeCached(
  state: AppState,
  name: ChannelName,
  cached: CachedEvent | null,
  isFirst: boolean,
  nowMs: number,
): void {
  if (!cached) {
    state.cache.delete(name);
    return;
  }
  const kept = isFirst ? undefined : state.cache.get(name, nowMs);
  if (kept && kept.expiresAtMs > cached.expiresAtMs) return;
  state.cache.put(cached.message, cached.expiresAtMs);
  const channel = state.channels.get(name);
  if (channel) channel.missNotedAtMs = Number.NEGATIVE_INFINITY;
}

/** Those who are on the channel get what this node has not heard of, or are told that there is a gap. */
function takeHistory(state: AppState, name: ChannelName, copy: HistoryCopy, nowMs: number): Effect[] {
  const missed = state.history?.adopt(name, copy);
  if (missed === "restarted") return tellGap(state, name);
  return (missed ?? []).flatMap(({ message, exceptSocketId, serial }) =>
    deliverHere(state, message, exceptSocketId, nowMs, { epoch: copy.epoch, serial }),
  );
}
