import type { ChannelName, UsherError } from "@usher/protocol";
import type { Connection } from "./connection.ts";
import { type Effect, refuse, refuseAndClose, subscriptionError } from "./effect.ts";

/**
 * Whose signature counts no more on this connection is sent away. The channel's handlers hear of it only where the client
 * is to stay away: one that comes back asks for the channel again by itself, and its page need not know.
 */
export function refuseTicket(connection: Connection, channel: ChannelName, error: UsherError): Effect[] {
  const { closeCode, subscription } = error.spec;
  if (closeCode === undefined) return refuseSubscription(connection, channel, error);
  const said = subscription ? [subscriptionError(connection, channel, error)] : [];
  return [...said, ...refuseAndClose(connection, "subscribe", error, channel)];
}

/**
 * Two frames: the first reaches the channel's own handlers in pusher-js, Echo, Java and Swift; the second makes .NET
 * fail at once, which waits for nothing else.
 */
export function refuseSubscription(connection: Connection, channel: string, error: UsherError): Effect[] {
  return [subscriptionError(connection, channel, error), ...refuse(connection, "subscribe", error, channel)];
}
