import { type AppSettings, channelNameLimit, type GrantScope } from "@usher/hub";
import {
  type ChannelName,
  channelTraits,
  fail,
  isSocketId,
  type JsonObject,
  ok,
  parseChannelName,
  type Result,
  type SocketId,
  UsherError,
} from "@usher/protocol";

/** What somebody asks to be taken back, checked. */
export type GrantsToRevoke =
  | { readonly kind: "now"; readonly scope: GrantScope; readonly reason: string | null }
  | {
      readonly kind: "ban";
      readonly userId: string;
      readonly seconds: number;
      readonly reason: string | null;
    }
  | { readonly kind: "notBefore"; readonly channel: ChannelName | null; readonly userId: string | null };

/**
 * Reads `{ channel?, user_id?, socket_id?, ban_seconds?, not_before?, reason? }`. `null` is the same as leaving out.
 *
 * A field that it does not know is refused: with a misspelt `user_id` the request would reach everybody on the channel.
 */
export function parseGrantsToRevoke(body: JsonObject, settings: AppSettings): Result<GrantsToRevoke> {
  const unknown = Object.keys(body).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) return invalid(`Unknown parameter '${unknown}'; known: ${FIELDS.join(", ")}`);
  const channel = parseChannel(body.channel, settings);
  if (!channel.ok) return channel;
  const userId = parseText("user_id", body.user_id, LONGEST_USER_ID);
  if (!userId.ok) return userId;
  const socketId = parseSocketId(body.socket_id);
  if (!socketId.ok) return socketId;
  const reason = parseReason(body.reason);
  if (!reason.ok) return reason;
  const scope = { channel: channel.value, userId: userId.value, socketId: socketId.value };

  const { ban_seconds: banSeconds = null, not_before: notBefore = null } = body;
  if (notBefore !== null && typeof notBefore !== "boolean") return invalid("Expected not_before to be true");
  if (banSeconds !== null && notBefore === true) {
    return invalid("Give ban_seconds or not_before, not both: a ban refuses newer signatures as well");
  }
  if (banSeconds !== null) return parseBan(scope, banSeconds, reason.value);
  if (notBefore === true) return parseNotBefore(scope, reason.value);
  if (scope.channel === null && scope.userId === null && scope.socketId === null) {
    return invalid("Give a channel, a user_id or a socket_id; or not_before alone, for the whole app");
  }
  return ok({ kind: "now", scope, reason: reason.value });
}

const FIELDS = ["channel", "user_id", "socket_id", "ban_seconds", "not_before", "reason"];
const LONGEST_USER_ID = 1_024;
const LONGEST_REASON = 200;
/** Ten years. */
const LONGEST_BAN_SECONDS = 315_360_000;

function parseBan(
  { channel, userId, socketId }: GrantScope,
  seconds: unknown,
  reason: string | null,
): Result<GrantsToRevoke> {
  if (userId === null) return invalid("A ban needs a user_id");
  if (channel !== null || socketId !== null) {
    return invalid("A ban is for a user everywhere in the app: leave out channel and socket_id");
  }
  if (
    typeof seconds === "number" &&
    Number.isInteger(seconds) &&
    seconds >= 1 &&
    seconds <= LONGEST_BAN_SECONDS
  ) {
    return ok({ kind: "ban", userId, seconds, reason });
  }
  return invalid(`Expected ban_seconds to be a whole number from 1 to ${LONGEST_BAN_SECONDS}`);
}

function parseNotBefore(
  { channel, userId, socketId }: GrantScope,
  reason: string | null,
): Result<GrantsToRevoke> {
  if (socketId !== null) {
    return invalid(
      "not_before is for a channel, a user or the app; without it, socket_id ends what that connection has",
    );
  }
  if (reason !== null)
    return invalid("not_before takes no reason: nobody is refused who has a newer signature");
  return ok({ kind: "notBefore", channel, userId });
}

function parseChannel(value: unknown, settings: AppSettings): Result<ChannelName | null> {
  if (value === undefined || value === null) return ok(null);
  if (typeof value !== "string") return invalid("Expected channel to be a string");
  const name = parseChannelName(value, channelNameLimit(settings));
  if (!name.ok) return name;
  switch (channelTraits(name.value).access) {
    case "public":
      return fail(new UsherError("grant_not_needed", { channel: value }));
    case "user":
      return invalid(`Channel ${value} comes with its user's sign-in: give user_id to take that back`);
    default:
      return name;
  }
}

function parseSocketId(value: unknown): Result<SocketId | null> {
  if (value === undefined || value === null) return ok(null);
  if (typeof value === "string" && isSocketId(value)) return ok(value);
  return invalid("Expected socket_id to be a string such as 1234.5678");
}

function parseReason(value: unknown): Result<string | null> {
  const reason = parseText("reason", value, LONGEST_REASON);
  if (!reason.ok || reason.value === null || !/\p{Cc}/u.test(reason.value)) return reason;
  return invalid("Expected reason to be one line of text");
}

function parseText(name: string, value: unknown, longest: number): Result<string | null> {
  if (value === undefined || value === null) return ok(null);
  if (typeof value === "string" && value !== "" && value.length <= longest) return ok(value);
  return invalid(`Expected ${name} to be a string of 1 to ${longest} characters`);
}

function invalid(problem: string): Result<never> {
  return fail(new UsherError("http_parameter_invalid", { problem }));
}
