import { UsherError } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import type { Connection } from "./connection.ts";
import { close, type Effect } from "./effect.ts";
import { forgetAbandoned, forgetUserIfUnused } from "./forget-place.ts";
import { endOldGrants } from "./grant-lifetime.ts";
import { userPlace } from "./place.ts";
import { placeChanged } from "./place-changed.ts";
import { dueCounts } from "./subscription-count.ts";
import { watchlistEvents } from "./watchlist.ts";

/** How long a client's own ping may be late, and how long an answer to ours may take; less for short timeouts. */
const LONGEST_PATIENCE_MS = 30_000;

/**
 * Whatever is due by the clock alone: pings and missed pongs, connections that proved nothing in time, grants
 * that are too old, throttled counts, users whose grace is over. One pass a second stands in for a timer per connection.
 */
export function sweep(state: AppState, nowMs: number): Effect[] {
  state.cache.purge(nowMs);
  state.history?.purge(nowMs);
  state.publishes.purge(nowMs);
  forgetAbandoned(state, nowMs);
  return [
    ...overdueAuthorizations(state, nowMs),
    ...silentConnections(state, nowMs),
    ...endOldGrants(state, nowMs),
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
  const timeoutMs = state.app.settings.activityTimeoutSeconds * 1000;
  const patienceMs = Math.min(timeoutMs, LONGEST_PATIENCE_MS);
  // A client may be silent for activity_timeout and then pings by itself, so that ping gets its chance first.
  const silentSinceMs = nowMs - timeoutMs - patienceMs;
  const effects: Effect[] = [];
  for (const connection of state.connections.values()) {
    if (connection.lastInboundMs > silentSinceMs) continue;
    effects.push(...checkSilent(connection, patienceMs, nowMs));
  }
  return effects;
}

function checkSilent(connection: Connection, patienceMs: number, nowMs: number): Effect[] {
  if (connection.pingedAtMs === undefined) {
    connection.pingedAtMs = nowMs;
    return [{ kind: "ping", connection }];
  }
  if (nowMs - connection.pingedAtMs < patienceMs) return [];
  return close(connection, new UsherError("pong_timeout"));
}

function goneOffline(state: AppState, nowMs: number): Effect[] {
  return state.users.takeOffline(nowMs).flatMap((userId) => {
    const told = state.isOnline(userId) ? [] : watchlistEvents(state, userId, "offline");
    if (!state.places) return told;
    forgetUserIfUnused(state, userId);
    return [...told, placeChanged(state, userPlace(userId))];
  });
}
