import {
  type ChannelName,
  type ClientMessage,
  channelTraits,
  exceedsUtf8,
  fail,
  ok,
  parseJsonObject,
  type Result,
  UsherError,
} from "@usher/protocol";
import type { Channel } from "./channel.ts";
import type { Connection } from "./connection.ts";
import { deliver, type Effect, note, refuse } from "./effect.ts";
import { TokenBucket } from "./token-bucket.ts";

type ClientEvent = Extract<ClientMessage, { kind: "clientEvent" }>;

/** Passes a client's event to the other subscribers of a channel that the client is on itself. */
export function clientEvent(connection: Connection, message: ClientEvent, nowMs: number): Effect[] {
  const checked = check(connection, message, nowMs);
  if (!checked.ok) return refuse(connection, "clientEvent", checked.error, message.channel);
  const { name, connections } = checked.value;
  const { event, data } = message;
  // The sender's own id, and only where membership is public anyway.
  const userId = connection.subscriptions.get(name)?.userId;
  const passedOn = {
    kind: "event",
    event,
    channel: name,
    data,
    ...(userId === undefined ? {} : { userId }),
  } as const;
  return [
    deliver(connection.state, name, connections, passedOn, connection, nowMs),
    note(connection, { kind: "clientEvent", connection, channel: name, event, data, userId }),
  ];
}

function check(connection: Connection, message: ClientEvent, nowMs: number): Result<Channel> {
  const { settings } = connection.state.app;
  const { channel: name, event, data } = message;
  if (!settings.clientEvents) return fail(new UsherError("client_events_disabled"));
  const traits = channelTraits(name);
  if (!traits.takesClientEvents || (traits.isEncrypted && !looksEncrypted(data))) {
    return fail(new UsherError("client_event_channel_not_allowed", { channel: name }));
  }
  // Membership is asked for on every event: having been on the channel once is not enough.
  const channel = connection.state.channels.get(name as ChannelName);
  if (!channel?.connections.has(connection)) {
    return fail(new UsherError("client_event_not_subscribed", { channel: name }));
  }
  if (event.length > settings.eventNameLength) {
    return fail(new UsherError("client_event_name_too_long", { limit: settings.eventNameLength }));
  }
  if (exceedsUtf8(data, settings.dataLimitBytes)) {
    return fail(new UsherError("client_event_too_large", { limit: settings.dataLimitBytes }));
  }
  connection.clientEventBucket ??= new TokenBucket(settings.clientEventRate, nowMs);
  if (!connection.clientEventBucket.take(settings.clientEventRate, 1, nowMs)) {
    return fail(new UsherError("client_event_rate_exceeded", { limit: settings.clientEventRate }));
  }
  return ok(channel);
}

/** On an encrypted channel only what the sender has encrypted may pass. */
function looksEncrypted(data: string): boolean {
  const payload = parseJsonObject(data);
  return typeof payload?.nonce === "string" && typeof payload.ciphertext === "string";
}
