import { channelTraits } from "@usher/protocol";
import { channelSharedSecretBytes } from "./authorize-channel.ts";
import { toBase64, utf8 } from "./bytes.ts";
import { checkChannels, checkEventName, checkSocketId, checkTarget } from "./check-parameters.ts";
import type { Cipher } from "./cipher.ts";
import { ParameterError } from "./parameter-error.ts";

/** What encrypts events on encrypted channels; each part may be missing. */
export interface Encryption {
  readonly masterKey: Uint8Array | undefined;
  readonly cipher: Cipher | undefined;
}

export interface EventToEncode {
  readonly channel: string;
  readonly name: string;
  readonly data: unknown;
}

/** The body of one event for one or more channels. */
export async function encodeTrigger(
  channels: readonly string[],
  event: string,
  data: unknown,
  params: Readonly<Record<string, unknown>>,
  encryption: Encryption,
): Promise<string> {
  checkEventName(event);
  checkChannels(channels);
  checkExclusion(params.socket_id);
  const overridden = ["name", "data", "channels", "channel"].find((name) => Object.hasOwn(params, name));
  if (overridden !== undefined) {
    // The official library lets them win, which hands the event to whoever fills in the parameters.
    throw new ParameterError("request_invalid", `params cannot replace '${overridden}'`);
  }
  const encrypted = channels.find(isEncrypted);
  if (encrypted !== undefined && channels.length > 1) {
    throw new ParameterError(
      "encrypted_with_others",
      "You cannot trigger to multiple channels when using encrypted channels",
    );
  }
  return encodeEvent(event, channels, await encodeData(channels[0] ?? "", data, encryption), params);
}

/** The body of one event for one user. */
export function encodeUserEvent(channel: string, event: string, data: unknown): string {
  checkEventName(event);
  return encodeEvent(event, [channel], encodePlainData(data), {});
}

/** The body of several events. What the caller gave stays as it is. */
export async function encodeBatch(batch: readonly EventToEncode[], encryption: Encryption): Promise<string> {
  if (!Array.isArray(batch)) throw new ParameterError("request_invalid", "A batch is a list of events");
  const encoded = await Promise.all(batch.map((event) => encodeBatchEvent(event, encryption)));
  return JSON.stringify({ batch: encoded });
}

async function encodeBatchEvent(event: EventToEncode, encryption: Encryption): Promise<object> {
  checkEventName(event.name);
  checkTarget(event.channel);
  checkExclusion("socket_id" in event ? event.socket_id : undefined);
  // Spread first, so that keys keep the order that the caller gave them.
  return { ...event, data: await encodeData(event.channel, event.data, encryption) };
}

function encodeEvent(name: string, channels: readonly string[], data: string, params: object): string {
  return JSON.stringify({ name, data, channels, ...params });
}

async function encodeData(channel: string, data: unknown, encryption: Encryption): Promise<string> {
  return isEncrypted(channel) ? encryptData(channel, data, encryption) : encodePlainData(data);
}

/** Text goes as it is, anything else as JSON. */
function encodePlainData(data: unknown): string {
  return typeof data === "string" ? data : toJson(data);
}

async function encryptData(channel: string, data: unknown, encryption: Encryption): Promise<string> {
  const { masterKey, cipher } = encryption;
  if (!masterKey) {
    throw new ParameterError(
      "encryption_unavailable",
      "Set encryptionMasterKeyBase64 before triggering events on encrypted channels",
    );
  }
  if (!cipher) {
    throw new ParameterError(
      "encryption_unavailable",
      `Events on ${channel} must be encrypted: import { Usher } from "@usher/sdk/encrypted" instead of "@usher/sdk", ` +
        "and install the package @noble/ciphers",
    );
  }
  const key = await channelSharedSecretBytes(channel, masterKey);
  const nonce = crypto.getRandomValues(new Uint8Array(24));
  // Text too is printed as JSON here: receivers parse what they decrypt.
  const ciphertext = cipher.encrypt(key, nonce, utf8(toJson(data)));
  return JSON.stringify({ nonce: toBase64(nonce), ciphertext: toBase64(ciphertext) });
}

function toJson(data: unknown): string {
  const json: string | undefined = JSON.stringify(data);
  if (json !== undefined) return json;
  throw new ParameterError("event_data_invalid", `Event data must be text or JSON, not ${typeof data}`);
}

function checkExclusion(socketId: unknown): void {
  // Empty means nobody, as a request without the header of a socket id comes to.
  if (socketId) checkSocketId(socketId);
}

function isEncrypted(channel: string): boolean {
  return channelTraits(channel).isEncrypted;
}
