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
import type { AppSettings } from "./app.ts";
import type { AppState } from "./app-state.ts";
import { carry, isShared } from "./carry.ts";
import { tellPassedOver } from "./catch-up.ts";
import type { Channel } from "./channel.ts";
import type { Connection } from "./connection.ts";
import { deliver, type Effect, note, refuse } from "./effect.ts";
import type { EventMessage } from "./event-cache.ts";
import { TokenBucket } from "./token-bucket.ts";

type ClientEvent = Extract<ClientMessage, { kind: "clientEvent" }>;

/** Passes a client's event to the other subscribers of a channel that the client is on itself. */
export function clientEvent(connection: Connection, message: ClientEvent, nowMs: number): Effect[] {
  const channel = check(connection, message, nowMs);
  if (!channel.ok) return refuse(connection, "clientEvent", channel.error, message.channel);
  const { name } = channel.value;
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
  const { state } = connection;
  return [
    ...(isShared(state, name, false) ? [] : passOn(connection, channel.value, passedOn, nowMs)),
    ...(state.places ? [carry(state, passedOn, connection.socketId, false)] : []),
    note(connection, { kind: "clientEvent", connection, channel: name, event, data, userId }),
  ];
}

function passOn(
  connection: Connection,
  { name, connections }: Channel,
  message: EventMessage,
  nowMs: number,
): Effect[] {
  const { state, socketId } = connection;
  state.history?.record(message, socketId, nowMs);
  return [
    deliver(state, name, connections, message, connection, nowMs),
    ...tellPassedOver(state, name, connection),
  ];
}

/** A client event that no connection sent: an operator tries one out. */
export interface StandInClientEvent {
  readonly channel: ChannelName;
  readonly event: string;
  readonly data: string;
  /** The member that it is to come from; heard of on presence channels alone. */
  readonly userId: string | undefined;
}

/** What forbids a client event whoever sends it; undefined when nothing does. */
export function clientEventProblem(
  settings: AppSettings,
  { channel, event, data }: StandInClientEvent,
): UsherError | undefined {
  return checkPlace(settings, channel, data) ?? checkContent(settings, event, data);
}

/**
 * Passes a client event to everybody on a channel as if a connection of some user had sent it. Ask `clientEventProblem`
 * before. Nothing is noted: there is no sender that a webhook could name.
 */
export function standInClientEvent(
  state: AppState,
  { channel: name, event, data, userId }: StandInClientEvent,
  nowMs: number,
): Effect[] {
  const { isPresence } = channelTraits(name);
  const sender = isPresence && userId !== undefined ? { userId } : {};
  const message = { kind: "event", event, channel: name, data, ...sender } as const;
  const carried = state.places ? [carry(state, message, undefined, false)] : [];
  if (isShared(state, name, false)) return carried;
  state.history?.record(message, undefined, nowMs);
  const present = state.channels.get(name)?.connections ?? NOBODY;
  return [deliver(state, name, present, message, undefined, nowMs), ...carried];
}

const NOBODY: ReadonlySet<Connection> = new Set();

function check(connection: Connection, message: ClientEvent, nowMs: number): Result<Channel> {
  const { settings } = connection.state.app;
  const { channel: name, event, data } = message;
  const misplaced = checkPlace(settings, name, data);
  if (misplaced) return fail(misplaced);
  // Membership is asked for on every event: having been on the channel once is not enough.
  const channel = connection.state.channels.get(name as ChannelName);
  if (!channel?.connections.has(connection)) {
    return fail(new UsherError("client_event_not_subscribed", { channel: name }));
  }
  const unfit = checkContent(settings, event, data);
  if (unfit) return fail(unfit);
  connection.clientEventBucket ??= new TokenBucket(settings.clientEventRate, nowMs);
  if (!connection.clientEventBucket.take(settings.clientEventRate, 1, nowMs)) {
    return fail(new UsherError("client_event_rate_exceeded", { limit: settings.clientEventRate }));
  }
  return ok(channel);
}

/** Does the app take client events, and on this channel? */
function checkPlace(settings: AppSettings, channel: string, data: string): UsherError | undefined {
  if (!settings.clientEvents) return new UsherError("client_events_disabled");
  const traits = channelTraits(channel);
  const isAllowed = traits.takesClientEvents && (!traits.isEncrypted || looksEncrypted(data));
  return isAllowed ? undefined : new UsherError("client_event_channel_not_allowed", { channel });
}

function checkContent(settings: AppSettings, event: string, data: string): UsherError | undefined {
  if (event.length > settings.eventNameLength) {
    return new UsherError("client_event_name_too_long", { limit: settings.eventNameLength });
  }
  return exceedsUtf8(data, settings.dataLimitBytes)
    ? new UsherError("client_event_too_large", { limit: settings.dataLimitBytes })
    : undefined;
}

/** On an encrypted channel only what the sender has encrypted may pass. */
function looksEncrypted(data: string): boolean {
  const payload = parseJsonObject(data);
  return typeof payload?.nonce === "string" && typeof payload.ciphertext === "string";
}
