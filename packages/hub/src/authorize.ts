import {
  type ChannelName,
  channelStringToSign,
  fail,
  findSigningSecret,
  type HmacHex,
  ok,
  parseAuthValue,
  type Result,
  UsherError,
} from "@usher/protocol";
import type { AppSecret } from "./app.ts";
import type { Connection } from "./connection.ts";

/**
 * Was this subscription signed by the app's own server?
 *
 * @param channelData as the client sent it; on a presence channel it is what the member is made of, so a signature that
 *   leaves it out does not count.
 * @returns the secret that made the signature.
 */
export function authorizeSubscription(
  connection: Connection,
  channel: ChannelName,
  isPresence: boolean,
  auth: string | undefined,
  channelData: string | undefined,
  hmacHex: HmacHex,
): Result<AppSecret> {
  if (auth === undefined) return fail(new UsherError("auth_missing", { channel }));
  const parsed = parseAuthValue(auth);
  if (!parsed) return fail(new UsherError("auth_malformed", { channel }));
  // Looked up in the connection's own app: the key of another app is as unknown as one that never existed.
  const appKey = connection.state.findKey(parsed.key);
  if (!appKey) return fail(new UsherError("auth_key_mismatch", { key: parsed.key }));

  const stringToSign = channelStringToSign(connection.socketId, channel, channelData);
  const secret = findSigningSecret(appKey.secrets, stringToSign, parsed.signature, hmacHex);
  if (secret) return ok(secret);

  // Some clients send channel_data on private channels too, where not every server library signs it.
  if (channelData !== undefined && !isPresence) {
    const withoutData = channelStringToSign(connection.socketId, channel);
    const secretWithoutData = findSigningSecret(appKey.secrets, withoutData, parsed.signature, hmacHex);
    if (secretWithoutData) return ok(secretWithoutData);
  }
  return fail(new UsherError("signature_mismatch", { stringToSign, signature: parsed.signature }));
}
