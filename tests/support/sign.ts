import { createHash, createHmac } from "node:crypto";

// Written from the protocol reference alone and sharing nothing with the server, so that a mistake in the server's
// signatures cannot hide behind the same mistake here.

/** Lower-case hex HMAC-SHA256 of UTF-8 text. */
export function hmacHex(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text, "utf8").digest("hex");
}

/** Lower-case hex MD5 of text in UTF-8, or of bytes. */
export function md5Hex(body: string | Uint8Array): string {
  return createHash("md5").update(body).digest("hex");
}

export interface AppCredentials {
  readonly id: string;
  readonly key: string;
  readonly secret: string;
}

/** The `auth` of a subscription: `key:signature` over `socket_id:channel` or `socket_id:channel:channel_data`. */
export function channelAuth(
  app: AppCredentials,
  socketId: string,
  channel: string,
  channelData?: string,
): string {
  const parts = channelData === undefined ? [socketId, channel] : [socketId, channel, channelData];
  return `${app.key}:${hmacHex(app.secret, parts.join(":"))}`;
}

/** The `auth` of a sign-in: `key:signature` over `socket_id::user::user_data`. */
export function userAuth(app: AppCredentials, socketId: string, userData: string): string {
  return `${app.key}:${hmacHex(app.secret, `${socketId}::user::${userData}`)}`;
}

/**
 * The text that a request to the HTTP API signs: method, path, and the query without its signature, keys in lower case
 * and sorted, nothing escaped.
 */
export function requestStringToSign(
  method: string,
  path: string,
  query: readonly (readonly [string, string])[],
): string {
  const sortKey = (key: string): string => key.replace(/\[\]$/, "");
  const lines = query
    .map(([key, value]) => [key.toLowerCase(), value] as const)
    .filter(([key]) => key !== "auth_signature")
    .sort(([a], [b]) => (sortKey(a) < sortKey(b) ? -1 : sortKey(a) > sortKey(b) ? 1 : 0))
    .map(([key, value]) => `${key}=${value}`);
  return `${method.toUpperCase()}\n${path}\n${lines.join("&")}`;
}
