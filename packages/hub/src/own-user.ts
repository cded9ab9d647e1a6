import { type ChannelName, UsherError, userChannel, userOfChannel } from "@usher/protocol";
import type { Connection } from "./connection.ts";
import { type Effect, send } from "./effect.ts";
import type { UserPlace } from "./places.ts";
import { refuseSubscription } from "./refuse-subscription.ts";

/** pusher-js subscribes to its user's channel by itself after signing in; events flow there from the sign-in on. */
export function subscribeToOwnUser(connection: Connection, channel: ChannelName): Effect[] {
  const { user, state } = connection;
  if (user === undefined || userOfChannel(channel) !== user.id) {
    return refuseSubscription(connection, channel, new UsherError("server_channel_forbidden", { channel }));
  }
  // Whoever is told that they are on the channel must not miss what another node sends there.
  if (state.places?.isUserOpen(user.id) === false) {
    state.places.user(user.id).subscribers.add(connection);
    return [];
  }
  return succeeded(connection, channel);
}

/** Tells those who waited for their user's place to be open. */
export function ownUserOpened(place: UserPlace, userId: string): Effect[] {
  const waiting = [...place.subscribers].filter(({ isClosing }) => !isClosing);
  place.subscribers.clear();
  return waiting.flatMap((connection) => succeeded(connection, userChannel(userId)));
}

function succeeded(connection: Connection, channel: ChannelName): Effect[] {
  return [
    { kind: "join", connection, channel },
    send(connection, { kind: "subscriptionSucceeded", channel }),
  ];
}
