import { createHmac } from "node:crypto";

/**
 * Messages as they stand in Redis: `<signature>.<text>`, or with a head `@<head> <signature>.<text>`.
 *
 * The signature is HMAC-SHA-256 over topic and text, its first 128 bits in base64url, so that whoever can publish in Redis
 * but has no part in the cluster can neither make a message up nor pass one off on another topic. The head is what a script
 * adds when it publishes, such as the number of a change; it is not signed, since Redis does not know the key: whoever can
 * run a script there decides about numbers anyway. It has no space in it.
 */
export function signMessage(key: Uint8Array, topic: string, text: string): string {
  return `${signature(key, topic, text)}.${text}`;
}

export interface SignedMessage {
  readonly text: string;
  readonly head: string | undefined;
}

/** Undefined for what was not signed with this key for this topic. */
export function openMessage(key: Uint8Array, topic: string, signed: string): SignedMessage | undefined {
  const start = signed.startsWith("@") ? signed.indexOf(" ") + 1 : 0;
  const dot = start + SIGNATURE_LENGTH;
  if (signed[dot] !== ".") return undefined;
  const text = signed.slice(dot + 1);
  if (!isSame(signed, start, signature(key, topic, text))) return undefined;
  return { text, head: start === 0 ? undefined : signed.slice(1, start - 1) };
}

/** 128 bits in base64url. */
const SIGNATURE_LENGTH = 22;

function signature(key: Uint8Array, topic: string, text: string): string {
  // No topic has a line feed in it, so that the two cannot run into each other.
  return createHmac("sha256", key).update(`${topic}\n${text}`).digest("base64url").slice(0, SIGNATURE_LENGTH);
}

/** In a time that does not tell how much of it is right. */
function isSame(signed: string, start: number, expected: string): boolean {
  let difference = 0;
  for (let index = 0; index < SIGNATURE_LENGTH; index++) {
    difference |= signed.charCodeAt(start + index) ^ expected.charCodeAt(index);
  }
  return difference === 0;
}
