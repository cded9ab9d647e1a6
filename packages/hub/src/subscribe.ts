import {
  type ChannelName,
  type ClientMessage,
  channelTraits,
  type HmacHex,
  parseChannelName,
  UsherError,
} from "@usher/protocol";
import { channelNameLimit } from "./app.ts";
import type { Connection } from "./connection.ts";
import { type Effect, refuse } from "./effect.ts";
import { join, joinAgain } from "./join.ts";
import { subscribeToOwnUser } from "./own-user.ts";
import { isParked, park } from "./park.ts";
import { refuseSubscription, refuseTicket } from "./refuse-subscription.ts";
import { admit } from "./ticket.ts";

type SubscribeMessage = Extract<ClientMessage, { kind: "subscribe" }>;

/** Puts a connection on a channel if it may be there: the cheapest check first, the signature before any parsing. */
export function subscribe(
  connection: Connection,
  message: SubscribeMessage,
  hmacHex: HmacHex,
  nowMs: number,
): Effect[] {
  const { state } = connection;
  const name = parseChannelName(message.channel, channelNameLimit(state.app.settings));
  if (!name.ok) return refuseSubscription(connection, message.channel, name.error);
  const traits = channelTraits(name.value);
  if (traits.access === "user") return subscribeToOwnUser(connection, name.value);

  const isSubscribed = connection.subscriptions.has(name.value);
  const guard = checkCount(connection, name.value, isSubscribed || isParked(connection, name.value));
  if (guard) return guard;
  const ticket = admit(connection, name.value, traits, message, hmacHex, nowMs);
  if (!ticket.ok) return refuseTicket(connection, name.value, ticket.error);
  if (isSubscribed) return joinAgain(connection, name.value, message.resume);
  // What is elsewhere is not known yet, so nobody can be told who is on the channel.
  if (state.places?.isChannelOpen(name.value) === false) {
    return park(connection, name.value, ticket.value, message.resume, nowMs);
  }
  return join(connection, name.value, ticket.value, message.resume, nowMs);
}

function checkCount(
  connection: Connection,
  channel: ChannelName,
  isSubscribed: boolean,
): Effect[] | undefined {
  const { strict, channelsPerConnection } = connection.state.app.settings;
  if (isSubscribed) {
    if (!strict) return undefined;
    return refuse(connection, "subscribe", new UsherError("already_subscribed", { channel }), channel);
  }
  const parked = connection.state.places?.parked.of(connection).size ?? 0;
  if (connection.subscriptions.size + parked < channelsPerConnection) return undefined;
  const error = new UsherError("too_many_channels", { limit: channelsPerConnection });
  return refuseSubscription(connection, channel, error);
}
