import { type AppSettings, channelNameLimit, type TriggeredEvent } from "@usher/hub";
import {
  type ChannelName,
  exceedsUtf8,
  fail,
  isReservedEventName,
  isSocketId,
  ok,
  parseChannelName,
  type Result,
  UsherError,
} from "@usher/protocol";
import { parameterInvalid } from "./answer.ts";
import type { Parameters } from "./api-request.ts";

export const INFO_ATTRIBUTES = ["user_count", "subscription_count", "cache"] as const;
export type InfoAttribute = (typeof INFO_ATTRIBUTES)[number];

/** An event to trigger, and what its sender wants to know in return. */
export interface EventRequest {
  readonly event: TriggeredEvent;
  readonly info: readonly InfoAttribute[];
}

/** Checks one event of the HTTP API. `channels` may be one `channel` instead; of both, `channels` counts. */
export function parseEvent(parameters: Parameters, settings: AppSettings): Result<EventRequest> {
  const name = parseName(parameters.get("name"), settings);
  if (!name.ok) return name;
  const data = parseData(parameters.get("data"), settings);
  if (!data.ok) return data;
  const channels = parseChannels(parameters, settings);
  if (!channels.ok) return channels;
  const info = parseInfo(parameters.get("info"), EVENT_INFO);
  if (!info.ok) return info;
  const socketId = parameters.get("socket_id");
  if (socketId !== undefined && socketId !== null && typeof socketId !== "string") {
    return fail(parameterInvalid("Expected socket_id parameter to be a string"));
  }
  return ok({
    event: {
      event: name.value,
      data: data.value,
      channels: channels.value,
      // An odd id excludes nobody, as on the hosted service.
      exceptSocketId: typeof socketId === "string" && isSocketId(socketId) ? socketId : undefined,
    },
    info: info.value,
  });
}

/** Splits `info=user_count,subscription_count`. */
export function parseInfo(
  value: unknown,
  allowed: readonly InfoAttribute[],
): Result<readonly InfoAttribute[]> {
  if (value === undefined || value === null || value === "") return ok([]);
  if (typeof value !== "string") return fail(parameterInvalid("Expected info parameter to be a string"));
  const attributes: InfoAttribute[] = [];
  for (const text of value.split(",")) {
    const attribute = allowed.find((candidate) => candidate === text.trim());
    if (!attribute) {
      return fail(parameterInvalid(`Unknown info attribute '${text}'; known here: ${allowed.join(", ")}`));
    }
    if (!attributes.includes(attribute)) attributes.push(attribute);
  }
  return ok(attributes);
}

const EVENT_INFO = ["user_count", "subscription_count"] as const;

export function parseName(name: unknown, settings: AppSettings): Result<string> {
  if (typeof name !== "string" || name === "") {
    return fail(parameterInvalid("Expected name parameter to be a string"));
  }
  if (name.length > settings.eventNameLength) {
    return fail(parameterInvalid(`Event name is longer than ${settings.eventNameLength} characters`));
  }
  if (isReservedEventName(name, settings.strict)) return fail(new UsherError("event_name_reserved"));
  return ok(name);
}

export function parseData(data: unknown, settings: AppSettings): Result<string> {
  if (typeof data !== "string") return fail(parameterInvalid("Expected data parameter to be a string"));
  if (exceedsUtf8(data, settings.dataLimitBytes)) {
    return fail(new UsherError("event_data_too_large", { limit: settings.dataLimitBytes }));
  }
  return ok(data);
}

function parseChannels(parameters: Parameters, settings: AppSettings): Result<ChannelName[]> {
  const given = parameters.list("channels") ?? single(parameters.get("channel"));
  if (!Array.isArray(given) || given.length === 0) {
    return fail(parameterInvalid("Expected channels parameter to be a list of one or more channel names"));
  }
  if (given.length > settings.channelsPerEvent) {
    return fail(
      parameterInvalid(`Cannot trigger to more than ${settings.channelsPerEvent} channels at once`),
    );
  }
  const channels = new Set<ChannelName>();
  for (const channel of given as unknown[]) {
    if (typeof channel !== "string") return fail(parameterInvalid("Expected each channel to be a string"));
    const name = parseChannelName(channel, channelNameLimit(settings));
    if (!name.ok) return name;
    channels.add(name.value);
  }
  return ok([...channels]);
}

function single(channel: unknown): unknown[] | undefined {
  return channel === undefined || channel === null ? undefined : [channel];
}
