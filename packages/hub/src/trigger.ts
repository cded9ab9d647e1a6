import { type ChannelName, channelTraits, type SocketId, userOfChannel } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import { tellPassedOver } from "./catch-up.ts";
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

/** Sends an event to each of its channels, in the order given, and fills the caches of cache channels. */
export function trigger(state: AppState, event: TriggeredEvent, nowMs: number): Effect[] {
  const effects: Effect[] = [];
  for (const name of event.channels) {
    const message = { kind: "event", event: event.event, channel: name, data: event.data } as const;
    const lifetimeSeconds = state.app.settings.cacheLifetimeSeconds;
    // Cached for everybody, the excluded connection included: it may come back with the same question as a newcomer.
    if (channelTraits(name).isCache) cache(state, message, nowMs + lifetimeSeconds * 1000);

    state.history?.record(message, event.exceptSocketId, nowMs);
    const present = connectionsOn(state, name);
    if (present.size === 0) continue;
    const named = event.exceptSocketId && state.connections.get(event.exceptSocketId);
    const except = named && present.has(named) ? named : undefined;
    effects.push(deliver(state, name, present, message, except, nowMs));
    if (except) effects.push(...tellPassedOver(state, name, except));
  }
  return effects;
}

function cache(state: AppState, message: EventMessage, expiresAtMs: number): void {
  state.cache.put(message, expiresAtMs);
  const channel = state.channels.get(message.channel as ChannelName);
  // The next time that the cache is found empty is news again.
  if (channel) channel.missNotedAtMs = Number.NEGATIVE_INFINITY;
}

function connectionsOn(state: AppState, name: ChannelName): ReadonlySet<Connection> {
  const userId = userOfChannel(name);
  if (userId !== undefined) return state.users.connectionsOf(userId);
  return state.channels.get(name)?.connections ?? NOBODY;
}
