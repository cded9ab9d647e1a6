import { type ChannelName, UsherError, userChannel } from "@usher/protocol";
import type { Channel } from "./channel.ts";
import type { Connection } from "./connection.ts";
import { deliver, type Effect, note, refuse } from "./effect.ts";
import { countChanged } from "./subscription-count.ts";

/** Takes a connection off a channel. A success has no answer on the wire. */
export function unsubscribe(connection: Connection, name: string, nowMs: number): Effect[] {
  const own = connection.user && userChannel(connection.user.id);
  if (own !== undefined && name === own) return [{ kind: "leave", connection, channel: own }];
  // A name that is no channel name is on no channel, so the look-up is the check.
  const channel = connection.state.channels.get(name as ChannelName);
  if (!channel?.connections.has(connection)) {
    return refuse(connection, "unsubscribe", new UsherError("not_subscribed", { channel: name }), name);
  }
  return [{ kind: "leave", connection, channel: channel.name }, ...leaveChannel(connection, channel, nowMs)];
}

/** Ends one subscription in the hub's books and says who must hear of it. The socket itself is not touched. */
export function leaveChannel(connection: Connection, channel: Channel, nowMs: number): Effect[] {
  const { state } = connection;
  const subscription = connection.subscriptions.get(channel.name);
  connection.subscriptions.delete(channel.name);
  channel.connections.delete(connection);
  if (channel.connections.size === 0) state.channels.delete(channel.name);

  const effects: Effect[] = [note(connection, { kind: "unsubscribed", connection, channel: channel.name })];
  if (subscription?.userId !== undefined && channel.roster?.remove(subscription.userId)) {
    effects.push(...memberRemoved(connection, channel, subscription.userId, nowMs));
  }
  effects.push(...countChanged(state, channel, nowMs));
  if (channel.connections.size === 0)
    effects.push(note(connection, { kind: "vacated", channel: channel.name }));
  return effects;
}

function memberRemoved(connection: Connection, channel: Channel, userId: string, nowMs: number): Effect[] {
  const { name, connections } = channel;
  const removed = note(connection, { kind: "memberRemoved", channel: name, userId });
  if (connections.size === 0) return [removed];
  const message = { kind: "memberRemoved", channel: name, userId } as const;
  return [deliver(connection.state, name, connections, message, undefined, nowMs), removed];
}
