import { type ChannelName, channelTraits, type SocketId, userOfChannel } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import type { Effect } from "./effect.ts";

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
    if (channelTraits(name).isCache) state.cache.put(message, nowMs + lifetimeSeconds * 1000);

    const present = connectionsOn(state, name);
    if (present === 0) continue;
    const except = event.exceptSocketId ? state.connections.get(event.exceptSocketId) : undefined;
    const isExcepted = except?.subscriptions.has(name) === true;
    const receivers = isExcepted ? present - 1 : present;
    state.meter.add(receivers, nowMs);
    effects.push({ kind: "publish", app: state.app, channel: name, message, except, receivers });
  }
  return effects;
}

function connectionsOn(state: AppState, name: ChannelName): number {
  const userId = userOfChannel(name);
  if (userId !== undefined) return state.users.connectionsOf(userId).size;
  return state.channels.get(name)?.connections.size ?? 0;
}
