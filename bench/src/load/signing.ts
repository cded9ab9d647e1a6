/**
 * Pusher's two signatures, written for this benchmark alone: a generator that shared the server's code would agree with
 * the server's mistakes.
 */

/** The `auth` of a private or presence subscription: `<key>:<hex HMAC-SHA256>`. */
export function signSubscription(
  credentials: { readonly key: string; readonly secret: string },
  socketId: string,
  channel: string,
  channelData?: string,
): string {
  const text = channelData === undefined ? `${socketId}:${channel}` : `${socketId}:${channel}:${channelData}`;
  return `${credentials.key}:${hmacHex(credentials.secret, text)}`;
}

/** The query of a signed HTTP request with a body. Its four parameters are already in the order that is signed. */
export function signedQuery(
  credentials: { readonly key: string; readonly secret: string },
  path: string,
  body: string,
  timestamp: number,
): string {
  const bodyMd5 = Bun.MD5.hash(body, "hex");
  const query = `auth_key=${credentials.key}&auth_timestamp=${timestamp}&auth_version=1.0&body_md5=${bodyMd5}`;
  return `${query}&auth_signature=${hmacHex(credentials.secret, `POST\n${path}\n${query}`)}`;
}

function hmacHex(secret: string, text: string): string {
  return new Bun.CryptoHasher("sha256", secret).update(text).digest("hex");
}
