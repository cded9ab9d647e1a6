import { UsherError } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import type { Connection } from "./connection.ts";
import { close, type Effect } from "./effect.ts";
import { watchlistEvents } from "./signin.ts";
import { dueCounts } from "./subscription-count.ts";

// A client may be silent for activity_timeout, then sends its own ping; the margin lets that ping come first.
const SILENCE_MARGIN_MS = 30_000;
const PONG_TIMEOUT_MS = 30_000;

/**
 * Whatever is due by the clock alone: pings and missed pongs, connections that proved nothing in time, throttled
 * counts, users whose grace is over. One pass a second stands in for a timer per connection.
 */
export function sweep(state: AppState, nowMs: number): Effect[] {
  state.cache.purge(nowMs);
  return [
    ...overdueAuthorizations(state, nowMs),
    ...silentConnections(state, nowMs),
    ...dueCounts(state, nowMs),
    ...goneOffline(state, nowMs),
  ];
}

function overdueAuthorizations(state: AppState, nowMs: number): Effect[] {
  const effects: Effect[] = [];
  for (const [connection, deadlineMs] of state.unauthorized) {
    if (deadlineMs <= nowMs) effects.push(...close(connection, new UsherError("connection_not_authorized")));
  }
  return effects;
}

function silentConnections(state: AppState, nowMs: number): Effect[] {
  const silentSinceMs = nowMs - state.app.settings.activityTimeoutSeconds * 1000 - SILENCE_MARGIN_MS;
  const effects: Effect[] = [];
  for (const connection of state.connections.values()) {
    if (connection.lastInboundMs > silentSinceMs) continue;
    effects.push(...checkSilent(connection, nowMs));
  }
  return effects;
}

function checkSilent(connection: Connection, nowMs: number): Effect[] {
  if (connection.pingedAtMs === undefined) {
    connection.pingedAtMs = nowMs;
    return [{ kind: "ping", connection }];
  }
  if (nowMs - connection.pingedAtMs < PONG_TIMEOUT_MS) return [];
  return close(connection, new UsherError("pong_timeout"));
}

function goneOffline(state: AppState, nowMs: number): Effect[] {
  return state.users
    .takeOffline(nowMs)
    .flatMap((userId) => watchlistEvents(state.users.watchersOf(userId), userId, "offline"));
}
