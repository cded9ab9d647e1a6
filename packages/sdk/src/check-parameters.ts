import { isSocketId, parseChannelName, userOfChannel } from "@usher/protocol";
import { ParameterError } from "./parameter-error.ts";

/** What the official libraries allow; a server may be stricter. */
const MAX_CHANNEL_NAME_LENGTH = 200;
const MAX_EVENT_NAME_LENGTH = 200;
const MAX_CHANNELS = 100;

/** The socket id is what ties a signature to one connection, so it must match as a whole. */
export function checkSocketId(socketId: unknown): asserts socketId is string {
  if (typeof socketId === "string" && isSocketId(socketId)) return;
  throw new ParameterError("socket_id_invalid", `Invalid socket id: '${shown(socketId)}'`);
}

/**
 * A channel that connections may subscribe to. A user's own channel is none: nobody can be authorized for it, and events
 * go there by `sendToUser`.
 */
export function checkChannel(channel: unknown): asserts channel is string {
  checkTarget(channel);
  if (userOfChannel(channel) === undefined) return;
  throw new ParameterError("channel_name_invalid", `Invalid channel name: '${shown(channel)}'`);
}

/** Where an event may go: a channel, or a user's own one. */
export function checkTarget(channel: unknown): asserts channel is string {
  if (typeof channel !== "string") {
    throw new ParameterError("channel_name_invalid", `Invalid channel name: '${shown(channel)}'`);
  }
  const name = parseChannelName(channel, MAX_CHANNEL_NAME_LENGTH);
  if (name.ok) return;
  if (name.error.code === "channel_name_too_long") {
    throw new ParameterError("channel_name_too_long", `Channel name too long: '${channel}'`);
  }
  throw new ParameterError("channel_name_invalid", `Invalid channel name: '${shown(channel)}'`);
}

export function checkChannels(channels: readonly unknown[]): asserts channels is readonly string[] {
  if (channels.length === 0) {
    throw new ParameterError("channel_name_invalid", "Give at least one channel to trigger an event on");
  }
  if (channels.length > MAX_CHANNELS) {
    throw new ParameterError(
      "too_many_channels",
      `Can't trigger a message to more than ${MAX_CHANNELS} channels`,
    );
  }
  for (const channel of channels) checkChannel(channel);
}

export function checkEventName(event: unknown): asserts event is string {
  if (typeof event !== "string" || event === "") {
    throw new ParameterError("event_name_invalid", `Invalid event name: '${shown(event)}'`);
  }
  if (event.length <= MAX_EVENT_NAME_LENGTH) return;
  throw new ParameterError("event_name_too_long", `Too long event name: '${event}'`);
}

export function checkUserId(userId: unknown): asserts userId is string {
  if (typeof userId === "string" && userId !== "") return;
  throw new ParameterError("user_id_invalid", `Invalid user id: '${shown(userId)}'`);
}

export function checkUserData(userData: unknown): asserts userData is { readonly id: string } {
  if (typeof userData !== "object" || userData === null) {
    throw new ParameterError("user_data_invalid", `Invalid user data: '${shown(userData)}'`);
  }
  checkUserId("id" in userData ? userData.id : undefined);
}

/** Of a wrong value, as much as helps to find it. */
function shown(value: unknown): string {
  const text =
    typeof value === "object" && value !== null ? Object.prototype.toString.call(value) : String(value);
  return text.length > 300 ? `${text.slice(0, 300)}...` : text;
}
