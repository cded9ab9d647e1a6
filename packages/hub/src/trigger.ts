import { type ChannelName, channelTraits, type SocketId, userOfChannel } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import { carry, isShared } from "./carry.ts";
import { tellPassedOver } from "./catch-up.ts";
import type { Position } from "./channel-log.ts";
import type { Connection } from "./connection.ts";
import { deliver, type Effect } from "./effect.ts";
import type { EventMessage } from "./event-cache.ts";

const NOBODY: ReadonlySet<Connection> = new Set();

/** An event as an app's server triggered it, every part checked. */
export interface TriggeredEvent {
  readonly event: string;
  readonly data: string;
  /** Distinct. */
  readonly channels: readonly ChannelName[];
  /** A connection that does not receive it. An id that nobody has excludes nobody. */
  readonly exceptSocketId: SocketId | undefined;
}

/**
 * Sends an event to each of its channels, in the order given, and fills the caches of cache channels. In a cluster it goes to
 * the other nodes too, and what is kept for later is delivered as it comes back from there.
 */
export function trigger(state: AppState, event: TriggeredEvent, nowMs: number): Effect[] {
  const effects: Effect[] = [];
  for (const name of event.channels) {
    const message = { kind: "event", event: event.event, channel: name, data: event.data } as const;
    if (!isShared(state, name, true)) {
      // Cached for everybody, the excluded connection included: it may come back with the same question as a newcomer.
      if (channelTraits(name).isCache) fillCache(state, message, nowMs);
      if (!state.places) state.history?.record(message, event.exceptSocketId, nowMs);
      effects.push(...deliverHere(state, message, event.exceptSocketId, nowMs));
    }
    if (state.places) effects.push(carry(state, message, event.exceptSocketId, true));
  }
  return effects;
}

/** Makes an event the one that newcomers to its cache channel are given. */
export function fillCache(state: AppState, message: EventMessage, nowMs: number): void {
  state.cache.put(message, nowMs + state.app.settings.cacheLifetimeSeconds * 1000);
  const channel = state.channels.get(message.channel as ChannelName);
  // The next time that the cache is found empty is news again.
  if (channel) channel.missNotedAtMs = Number.NEGATIVE_INFINITY;
}

/**
 * Sends an event to everybody who is on its channel on this node, but for one.
 *
 * @param position of the event, where others have come after it already.
 */
export function deliverHere(
  state: AppState,
  message: EventMessage,
  exceptSocketId: SocketId | undefined,
  nowMs: number,
  position?: Position,
): Effect[] {
  const name = message.channel as ChannelName;
  const present = connectionsOn(state, name);
  if (present.size === 0) return [];
  const named = exceptSocketId && state.connections.get(exceptSocketId);
  const except = named && present.has(named) ? named : undefined;
  const delivered = deliver(state, name, present, message, except, nowMs);
  return except ? [delivered, ...tellPassedOver(state, name, except, position)] : [delivered];
}

function connectionsOn(state: AppState, name: ChannelName): ReadonlySet<Connection> {
  const userId = userOfChannel(name);
  if (userId !== undefined) return state.users.connectionsOf(userId);
  return state.channels.get(name)?.connections ?? NOBODY;
}
