/**
 * NaCl secretbox (XSalsa20-Poly1305), as encrypted channels use it.
 *
 * Given from outside, so that only those who have encrypted channels load the cryptography: `@usher/sdk/encrypted` brings
 * one.
 */
export interface Cipher {
  /** @param key 32 bytes. @param nonce 24 bytes, never used twice with one key. */
  encrypt(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array;
}
