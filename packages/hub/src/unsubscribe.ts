import { type ChannelName, UsherError, userChannel } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import type { Channel } from "./channel.ts";
import type { Connection, Subscription } from "./connection.ts";
import { deliver, type Effect, note, refuse } from "./effect.ts";
import { abandonChannel } from "./forget-place.ts";
import { unpark } from "./park.ts";
import { channelPlace } from "./place.ts";
import { placeChanged } from "./place-changed.ts";
import { countChanged } from "./subscription-count.ts";

/** Takes a connection off a channel. A success has no answer on the wire. */
export function unsubscribe(connection: Connection, name: string, nowMs: number): Effect[] {
  const own = connection.user && userChannel(connection.user.id);
  if (own !== undefined && name === own) return leaveOwnUser(connection, own);
  // A name that is no channel name is on no channel, so the look-up is the check.
  const channel = connection.state.channels.get(name as ChannelName);
  if (!channel?.connections.has(connection)) {
    const waited = unpark(connection, name as ChannelName, nowMs);
    if (waited) return waited;
    if (wasTaken(connection, name)) return [];
    return refuse(connection, "unsubscribe", new UsherError("not_subscribed", { channel: name }), name);
  }
  return [{ kind: "leave", connection, channel: channel.name }, ...leaveChannel(connection, channel, nowMs)];
}

function leaveOwnUser(connection: Connection, own: ChannelName): Effect[] {
  const { user, state } = connection;
  if (user) state.places?.users.get(user.id)?.subscribers.delete(connection);
  return [{ kind: "leave", connection, channel: own }];
}

/** A client that clears up after a channel that was taken from it does nothing wrong, nor does one that has not heard yet. */
function wasTaken({ revokedChannels, isClosingSoon }: Connection, name: string): boolean {
  return isClosingSoon || revokedChannels?.has(name as ChannelName) === true;
}

/** Ends one subscription in the hub's books and says who must hear of it. The socket itself is not touched. */
export function leaveChannel(connection: Connection, channel: Channel, nowMs: number): Effect[] {
  const subscription = takeOff(connection, channel);
  const effects = subscriptionEnded(connection, channel, subscription, nowMs);
  effects.push(...channelLeft(connection.state, channel, nowMs));
  return effects;
}

/** The first third of leaving: the connection is on the channel no more. The member it may be still is. */
export function takeOff(connection: Connection, channel: Channel): Subscription | undefined {
  const subscription = connection.subscriptions.get(channel.name);
  connection.subscriptions.delete(channel.name);
  channel.connections.delete(connection);
  if (channel.connections.size === 0) connection.state.channels.delete(channel.name);
  return subscription;
}

/** The second third: the member goes, if this was their last connection, and those who are left are told. */
export function subscriptionEnded(
  connection: Connection,
  channel: Channel,
  subscription: Subscription | undefined,
  nowMs: number,
): Effect[] {
  const effects: Effect[] = [note(connection, { kind: "unsubscribed", connection, channel: channel.name })];
  if (subscription?.userId !== undefined && channel.roster?.remove(subscription.userId)) {
    effects.push(...memberRemoved(connection, channel, subscription.userId, nowMs));
  }
  return effects;
}

/**
 * The last third, once for however many have left: the count, and whether anybody is left. In a cluster one node cannot tell;
 * that is asked of it.
 */
export function channelLeft(state: AppState, channel: Channel, nowMs: number): Effect[] {
  const effects = countChanged(state, channel, nowMs);
  if (state.places) {
    abandonChannel(state, channel.name, nowMs);
    effects.push(placeChanged(state, channelPlace(channel.name)));
  } else if (channel.connections.size === 0) {
    effects.push({ kind: "note", app: state.app, note: { kind: "vacated", channel: channel.name } });
  }
  return effects;
}

function memberRemoved(connection: Connection, channel: Channel, userId: string, nowMs: number): Effect[] {
  const { state } = connection;
  const { name, connections } = channel;
  const removed = state.places ? [] : [note(connection, { kind: "memberRemoved", channel: name, userId })];
  if (connections.size === 0) return removed;
  const message = { kind: "memberRemoved", channel: name, userId } as const;
  return [deliver(state, name, connections, message, undefined, nowMs), ...removed];
}
