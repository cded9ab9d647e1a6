import { UsherError } from "./errors.ts";
import { isJsonObject, parseJsonObject } from "./json-object.ts";
import { rawMember } from "./raw-json.ts";
import { fail, ok, type Result } from "./result.ts";
import type { Member } from "./server-message.ts";
import { utf8Length } from "./utf8.ts";

export interface MemberLimits {
  readonly memberBytes: number;
  readonly userIdLength: number;
}

/** Who signed in, from `user_data`. */
export interface SignedInUser {
  readonly id: string;
  readonly userInfoJson: string | undefined;
  /** Ids as given, without repeats and without entries that are no strings; not yet cut to the app's limit. */
  readonly watchlist: readonly string[] | undefined;
}

/**
 * The member that `channel_data` describes. Call it only after the signature was checked: parsing is work, and the
 * cheapest check comes first.
 *
 * @param strict `user_info` must be an object; otherwise any JSON value passes, as some server libraries send `[]` or
 *   `true` for people without information.
 */
export function parseChannelData(channelData: string, limits: MemberLimits, strict: boolean): Result<Member> {
  const data = parseJsonObject(channelData);
  if (data === undefined) return presenceInvalid("it must be the JSON text of an object");
  const userId = memberId(data.user_id, channelData);
  if (userId === undefined) return presenceInvalid("user_id must be a non-empty string or a number");
  if (userId.length > limits.userIdLength) {
    return presenceInvalid(`user_id is longer than ${limits.userIdLength} characters`);
  }
  const hasInfo = Object.hasOwn(data, "user_info");
  if (strict && hasInfo && !isJsonObject(data.user_info)) return fail(new UsherError("user_info_invalid"));
  return checkMemberSize(
    { userId, userInfoJson: hasInfo ? rawMember(channelData, "user_info") : undefined },
    limits,
  );
}

/** Is a member small enough to be shared with everyone on a channel? */
export function checkMemberSize(member: Member, limits: MemberLimits): Result<Member> {
  const bytes = utf8Length(member.userId) + utf8Length(member.userInfoJson ?? "");
  if (bytes > limits.memberBytes)
    return fail(new UsherError("member_too_large", { limit: limits.memberBytes }));
  return ok(member);
}

/** The user that `user_data` describes. Call it only after the signature was checked. */
export function parseUserData(userData: string, userIdLength: number): Result<SignedInUser> {
  const data = parseJsonObject(userData);
  if (data === undefined) return userInvalid("it must be the JSON text of an object");
  const id = data.id;
  if (typeof id !== "string" || id === "") return userInvalid("id must be a non-empty string");
  if (id.length > userIdLength) return userInvalid(`id is longer than ${userIdLength} characters`);
  const watchlist = data.watchlist;
  return ok({
    id,
    userInfoJson: Object.hasOwn(data, "user_info") ? rawMember(userData, "user_info") : undefined,
    watchlist: Array.isArray(watchlist) ? distinctStrings(watchlist) : undefined,
  });
}

/**
 * Numbers are common in the wild and become their decimal text, as pusher-js looks them up. An integer past what a double
 * can hold keeps its digits, so that two users never become one member.
 */
function memberId(value: unknown, channelData: string): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (typeof value !== "number") return undefined;
  if (Number.isSafeInteger(value)) return String(value);
  const text = rawMember(channelData, "user_id") ?? "";
  if (/^-?\d+$/.test(text)) return text;
  return Number.isFinite(value) ? String(value) : undefined;
}

function distinctStrings(values: readonly unknown[]): string[] {
  return [...new Set(values.filter((value) => typeof value === "string"))];
}

function presenceInvalid(reason: string): Result<Member> {
  return fail(new UsherError("presence_data_invalid", { reason }));
}

function userInvalid(reason: string): Result<SignedInUser> {
  return fail(new UsherError("user_data_invalid", { reason }));
}
