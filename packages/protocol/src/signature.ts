/** Lower-case hex HMAC-SHA256 of UTF-8 text. The caller brings the cryptography; nothing here depends on a runtime. */
export type HmacHex = (secret: string, text: string) => string;

/**
 * What is signed so that one connection may subscribe to one private or presence channel.
 *
 * No two different inputs give the same text as long as the socket id and the channel name were checked: a socket id
 * has no colon, a channel name has none either, and user data is preceded by `::user::`, which neither can form.
 *
 * @param channelData the JSON text that the client sends along, byte for byte; parsing and printing it again here would
 *   break the match.
 * @see Pusher docs, "Generating authentication and authorization strings".
 */
export function channelStringToSign(socketId: string, channel: string, channelData?: string): string {
  return channelData === undefined ? `${socketId}:${channel}` : `${socketId}:${channel}:${channelData}`;
}

/** What is signed so that one connection may sign in as one user. */
export function userStringToSign(socketId: string, userData: string): string {
  return `${socketId}::user::${userData}`;
}

export interface AuthValue {
  readonly key: string;
  readonly signature: string;
}

/** Splits `key:signature` at the first colon. Undefined when there is none or a side is empty. */
export function parseAuthValue(auth: string): AuthValue | undefined {
  const colon = auth.indexOf(":");
  if (colon <= 0 || colon === auth.length - 1) return undefined;
  return { key: auth.slice(0, colon), signature: auth.slice(colon + 1) };
}

export function formatAuthValue(key: string, signature: string): string {
  return `${key}:${signature}`;
}

/**
 * Which of the secrets made this signature, or undefined.
 *
 * Every secret is tried and compared whole, whichever matches, so that time tells nothing about them.
 */
export function findSigningSecret<Secret extends { readonly value: string }>(
  secrets: readonly Secret[],
  text: string,
  signature: string,
  hmacHex: HmacHex,
): Secret | undefined {
  let found: Secret | undefined;
  for (const secret of secrets) {
    if (equalInConstantTime(hmacHex(secret.value, text), signature)) found ??= secret;
  }
  return found;
}

/**
 * The one comparison for signatures. Its time depends on the two lengths alone, never on where the texts differ; the
 * expected one's length is no secret.
 */
export function equalInConstantTime(expected: string, given: string): boolean {
  let difference = expected.length ^ given.length;
  const compared = Math.min(expected.length, given.length);
  for (let index = 0; index < compared; index++) {
    difference |= expected.charCodeAt(index) ^ given.charCodeAt(index);
  }
  return difference === 0;
}
