import { userChannel } from "@usher/protocol";
import type { Connection } from "./connection.ts";
import type { Effect } from "./effect.ts";

const OFFLINE_GRACE_MS = 3_000;

/** Ends a sign-in while its connection goes on. No frame of the protocol says so to a client. */
export function signOut(connection: Connection, nowMs: number): Effect[] {
  const { user } = connection;
  if (!user) return [];
  forgetUser(connection, nowMs);
  connection.watchlist = [];
  connection.user = undefined;
  return [{ kind: "leave", connection, channel: userChannel(user.id) }];
}

/** Takes a connection out of the indexes of users: it is nobody's any more and watches nobody. */
export function forgetUser(connection: Connection, nowMs: number): void {
  const { users } = connection.state;
  users.unwatch(connection.watchlist, connection);
  if (connection.user) users.remove(connection.user.id, connection, nowMs + OFFLINE_GRACE_MS);
}
