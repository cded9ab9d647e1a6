import { channelStringToSign, formatAuthValue, userStringToSign } from "@usher/protocol";
import { type Bytes, concatBytes, fromBase64, toBase64, utf8 } from "./bytes.ts";
import { checkChannel, checkSocketId } from "./check-parameters.ts";
import { hmacSha256Hex } from "./hmac.ts";
import { ParameterError } from "./parameter-error.ts";

export interface ChannelToSign {
  readonly key: string;
  readonly secret: string;
  readonly socketId: string;
  readonly channel: string;
  /** The JSON text of the member, exactly as the client is going to send it back; the signature covers its bytes. */
  readonly channelData?: string | undefined;
}

/** What the client sends along with its subscription. */
export interface SignedChannel {
  /** `<app key>:<signature>`. */
  readonly auth: string;
  readonly channel_data?: string;
}

/**
 * Signs that one connection may subscribe to one channel.
 *
 * @throws ParameterError for a socket id or a channel name that does not match as a whole: both come from the browser,
 *   and anything after a newline or a colon would let one signature stand for something else.
 */
export async function signChannel(input: ChannelToSign): Promise<SignedChannel> {
  const { key, secret, socketId, channel, channelData } = input;
  checkSocketId(socketId);
  checkChannel(channel);
  const signature = await hmacSha256Hex(secret, channelStringToSign(socketId, channel, channelData));
  const auth = formatAuthValue(key, signature);
  return channelData === undefined ? { auth } : { auth, channel_data: channelData };
}

export interface UserToSign {
  readonly key: string;
  readonly secret: string;
  readonly socketId: string;
  /** The JSON text of the user, with a non-empty string `id`, exactly as the client is going to send it back. */
  readonly userData: string;
}

export interface SignedUser {
  readonly auth: string;
  readonly user_data: string;
}

/** Signs that one connection is that of one user. @throws ParameterError as `signChannel` does. */
export async function signUser({ key, secret, socketId, userData }: UserToSign): Promise<SignedUser> {
  checkSocketId(socketId);
  const signature = await hmacSha256Hex(secret, userStringToSign(socketId, userData));
  return { auth: formatAuthValue(key, signature), user_data: userData };
}

/**
 * The key of one encrypted channel, in base64: what an authorization endpoint hands out as `shared_secret`.
 *
 * @param masterKey 32 bytes, or their base64.
 */
export async function channelSharedSecret(channel: string, masterKey: string | Uint8Array): Promise<string> {
  return toBase64(await channelSharedSecretBytes(channel, masterKey));
}

export async function channelSharedSecretBytes(
  channel: string,
  masterKey: string | Uint8Array,
): Promise<Bytes> {
  checkChannel(channel);
  const bytes = concatBytes(utf8(channel), parseMasterKey(masterKey));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** @throws ParameterError unless there are exactly 32 bytes. The message never has the key in it. */
export function parseMasterKey(masterKey: string | Uint8Array): Uint8Array {
  const bytes = typeof masterKey === "string" ? fromBase64(masterKey) : masterKey;
  if (bytes === undefined) {
    throw new ParameterError("option_invalid", "encryptionMasterKeyBase64 must be valid base64");
  }
  if (bytes.length === 32) return bytes;
  throw new ParameterError(
    "option_invalid",
    `encryptionMasterKeyBase64 must decode to 32 bytes, but the provided key decodes to ${bytes.length} bytes`,
  );
}
