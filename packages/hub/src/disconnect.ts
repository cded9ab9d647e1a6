import type { Connection } from "./connection.ts";
import type { Effect } from "./effect.ts";
import { unpark } from "./park.ts";
import { forgetUser } from "./sign-out.ts";
import { leaveChannel } from "./unsubscribe.ts";

/** Takes a connection that has ended out of every index. Its socket has left all channels by itself. */
export function disconnect(connection: Connection, nowMs: number): Effect[] {
  const { state } = connection;
  if (!state.connections.delete(connection.socketId)) return [];
  connection.isClosing = true;
  state.unauthorized.delete(connection);
  const effects = forgetUser(connection, nowMs);
  for (const name of [...(state.places?.parked.of(connection).keys() ?? [])]) {
    effects.push(...(unpark(connection, name, nowMs) ?? []));
  }
  for (const name of [...connection.subscriptions.keys()]) {
    const channel = state.channels.get(name);
    if (channel) effects.push(...leaveChannel(connection, channel, nowMs));
  }
  return effects;
}
