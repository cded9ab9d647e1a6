import { type SignedInUser, UsherError } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import type { Connection } from "./connection.ts";
import { type Effect, refuse, send } from "./effect.ts";
import { forgetUserIfUnused } from "./forget-place.ts";
import { userPlace } from "./place.ts";
import { placeChanged } from "./place-changed.ts";

/**
 * Starts to watch the users of the list, and tells at once which of them are online; in a cluster, as soon as that is known
 * of all of them.
 */
export function watch(connection: Connection, user: SignedInUser): Effect[] {
  const { state } = connection;
  const { settings } = state.app;
  const effects = unwatch(connection);
  if (!settings.watchlistEvents || !user.watchlist) return effects;

  const limit = settings.watchlistLimit;
  connection.watchlist = user.watchlist.slice(0, limit);
  effects.push(...wantAll(state, connection.watchlist));
  state.users.watch(connection.watchlist, connection);
  const unknown = state.places ? connection.watchlist.filter((id) => !state.places?.isUserOpen(id)) : [];
  if (unknown.length > 0) state.places?.waitingWatchers.set(connection, new Set(unknown));
  else if (connection.watchlist.length > 0) effects.push(whoIsOnline(connection));
  if (user.watchlist.length > limit) {
    effects.push(...refuse(connection, "signin", new UsherError("watchlist_too_long", { limit })));
  }
  return effects;
}

export function unwatch(connection: Connection): Effect[] {
  const { state, watchlist } = connection;
  state.users.unwatch(watchlist, connection);
  connection.watchlist = NOBODY;
  if (!state.places) return [];
  state.places.waitingWatchers.delete(connection);
  const unwanted = watchlist.filter((id) => !state.users.isWanted(id));
  for (const id of unwanted) forgetUserIfUnused(state, id);
  return unwanted.map((id) => placeChanged(state, userPlace(id)));
}

/** What those hear who watch a user that came or went: one message each. Whoever waits to be told of all is told then. */
export function watchlistEvents(state: AppState, userId: string, change: "online" | "offline"): Effect[] {
  const ids = [userId];
  const message = {
    kind: "watchlistEvents",
    online: change === "online" ? ids : [],
    offline: change === "offline" ? ids : [],
  } as const;
  const watchers = state.users.watchersOf(userId);
  const told = state.places
    ? [...watchers].filter((watcher) => !state.places?.waitingWatchers.has(watcher))
    : watchers;
  return Array.from(told, (watcher) => send(watcher, message));
}

/** Tells the watchers who have waited for a user's place, and wait for no other. */
export function watchedUserOpened(state: AppState, userId: string): Effect[] {
  const waiting = state.places?.waitingWatchers;
  if (!waiting || waiting.size === 0) return [];
  const effects: Effect[] = [];
  for (const watcher of state.users.watchersOf(userId)) {
    const unknown = waiting.get(watcher);
    if (!unknown?.delete(userId) || unknown.size > 0) continue;
    waiting.delete(watcher);
    effects.push(whoIsOnline(watcher));
  }
  return effects;
}

// The one array that connections share which watch nobody.
const NOBODY: readonly string[] = [];

/** In a cluster: the places of users that nobody here has cared for until now. */
function wantAll(state: AppState, userIds: readonly string[]): Effect[] {
  if (!state.places) return [];
  return userIds.filter((id) => !state.users.isWanted(id)).map((id) => placeChanged(state, userPlace(id)));
}

function whoIsOnline(connection: Connection): Effect {
  const { state, watchlist } = connection;
  const online = watchlist.filter((id) => state.isOnline(id));
  const offline = watchlist.filter((id) => !state.isOnline(id));
  return send(connection, { kind: "watchlistEvents", online, offline });
}
