declare const brand: unique symbol;
/** Two integers with a dot between them. It is the nonce of every channel signature, so it must match as a whole. */
export type SocketId = string & { readonly [brand]: "SocketId" };

// Without the m flag `$` is the end of input alone: a trailing newline does not pass.
const SOCKET_ID = /^\d+\.\d+$/;

export function isSocketId(input: string): input is SocketId {
  return SOCKET_ID.test(input);
}

/**
 * A fresh socket id: two integers from 1 to 1,000,000,000, which fit the 32-bit parsers of some clients.
 *
 * @param random returns a uniform number from 0 up to but not including 1; from a cryptographic source, so that ids
 *   cannot be guessed.
 */
export function makeSocketId(random: () => number): SocketId {
  return `${integer(random)}.${integer(random)}` as SocketId;
}

function integer(random: () => number): number {
  return 1 + Math.floor(random() * 1_000_000_000);
}
