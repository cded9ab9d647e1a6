import { userChannel } from "@usher/protocol";
import type { Connection } from "./connection.ts";
import type { Effect } from "./effect.ts";
import { unwatch } from "./watchlist.ts";

const OFFLINE_GRACE_MS = 3_000;

/** Ends a sign-in while its connection goes on. No frame of the protocol says so to a client. */
export function signOut(connection: Connection, nowMs: number): Effect[] {
  const { user } = connection;
  if (!user) return [];
  const effects = forgetUser(connection, nowMs);
  connection.user = undefined;
  return [...effects, { kind: "leave", connection, channel: userChannel(user.id) }];
}

/** Takes a connection out of the indexes of users: it is nobody's any more and watches nobody. */
export function forgetUser(connection: Connection, nowMs: number): Effect[] {
  const effects = unwatch(connection);
  const { user, state } = connection;
  if (!user) return effects;
  state.places?.users.get(user.id)?.subscribers.delete(connection);
  state.users.remove(user.id, connection, nowMs + OFFLINE_GRACE_MS);
  return effects;
}
