import { UsherError } from "./errors.ts";
import { fail, ok, type Result } from "./result.ts";

declare const brand: unique symbol;
/** A channel name whose characters and length were checked. */
export type ChannelName = string & { readonly [brand]: "ChannelName" };

export interface ChannelTraits {
  /** What a subscriber must prove. `user` is the channel of one signed-in user, `#server-to-user-{id}`. */
  readonly access: "public" | "private" | "presence" | "user";
  readonly isPresence: boolean;
  readonly isCache: boolean;
  readonly isEncrypted: boolean;
  /** May clients send client events here, as far as the channel's kind goes? */
  readonly takesClientEvents: boolean;
}

const ALLOWED = /^[A-Za-z0-9_\-=@,.;]+$/;
const USER_CHANNEL = "#server-to-user-";

/**
 * Checks a channel name that a client or a server sent.
 *
 * A colon must never pass: with one, the signature of a presence channel could be replayed as that of a channel named
 * `presence-x:{...}`.
 */
export function parseChannelName(input: string, maxLength: number): Result<ChannelName> {
  const name = input.startsWith(USER_CHANNEL) ? input.slice(USER_CHANNEL.length) : input;
  if (name === input) {
    if (input.length > maxLength) return fail(new UsherError("channel_name_too_long", { limit: maxLength }));
    if (!ALLOWED.test(input)) return fail(new UsherError("channel_name_invalid", { channel: input }));
    return ok(input as ChannelName);
  }
  // User ids are free text, so only what could break a frame or a log line is refused here.
  if (name.length === 0 || name.length > maxLength || hasControlCharacter(name)) {
    return fail(new UsherError("channel_name_invalid", { channel: input }));
  }
  return ok(input as ChannelName);
}

/** What a channel's prefix means. The one place that knows prefixes; anchored, dash included, longest first. */
export function channelTraits(name: string): ChannelTraits {
  for (const [prefix, traits] of TRAITS_BY_PREFIX) {
    if (name.startsWith(prefix)) return traits;
  }
  return PUBLIC;
}

/** The channel on which a signed-in user receives what the app's server sends to them. */
export function userChannel(userId: string): ChannelName {
  return (USER_CHANNEL + userId) as ChannelName;
}

/** The user of a `#server-to-user-{id}` channel, or undefined for any other channel. */
export function userOfChannel(name: string): string | undefined {
  return name.startsWith(USER_CHANNEL) ? name.slice(USER_CHANNEL.length) : undefined;
}

function traits(access: ChannelTraits["access"], isCache: boolean, isEncrypted: boolean): ChannelTraits {
  return {
    access,
    isPresence: access === "presence",
    isCache,
    isEncrypted,
    takesClientEvents: access === "private" || access === "presence",
  };
}

const PUBLIC = traits("public", false, false);

const TRAITS_BY_PREFIX: readonly (readonly [string, ChannelTraits])[] = [
  ["private-encrypted-cache-", traits("private", true, true)],
  ["private-encrypted-", traits("private", false, true)],
  ["private-cache-", traits("private", true, false)],
  ["private-", traits("private", false, false)],
  ["presence-cache-", traits("presence", true, false)],
  ["presence-", traits("presence", false, false)],
  ["cache-", traits("public", true, false)],
  [USER_CHANNEL, traits("user", false, false)],
];

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}
