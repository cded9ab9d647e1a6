import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import { parseJsonObject } from "@usher/protocol";
import { fromBase64 } from "./bytes.ts";
import type { Cipher } from "./cipher.ts";
import { ParameterError } from "./index.ts";

/** NaCl secretbox. `@noble/ciphers` is audited and has no dependencies of its own. */
export const secretbox: Cipher = {
  encrypt: (key, nonce, plaintext) => xsalsa20poly1305(key, nonce).encrypt(plaintext),
};

/**
 * What was encrypted for an encrypted channel, as a client reads it; for a server that is a client too, and for tests.
 *
 * @param data the event's `data`, with its `nonce` and `ciphertext`.
 * @param sharedSecret the channel's key: 32 bytes, or their base64.
 * @throws ParameterError when the data was not encrypted with this key.
 */
export function decryptEventData(data: string, sharedSecret: string | Uint8Array): unknown {
  const { nonce, ciphertext } = parseJsonObject(data) ?? {};
  const key = typeof sharedSecret === "string" ? fromBase64(sharedSecret) : sharedSecret;
  const nonceBytes = typeof nonce === "string" ? fromBase64(nonce) : undefined;
  const sealed = typeof ciphertext === "string" ? fromBase64(ciphertext) : undefined;
  if (key?.length !== 32 || nonceBytes?.length !== 24 || !sealed) throw undecipherable();
  const plaintext = open(key, nonceBytes, sealed);
  return parseOr(plaintext);
}

function open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): string {
  try {
    return new TextDecoder().decode(xsalsa20poly1305(key, nonce).decrypt(sealed));
  } catch {
    throw undecipherable();
  }
}

/** Some libraries encrypt text without printing it as JSON first; receivers take it as it is. */
function parseOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function undecipherable(): ParameterError {
  return new ParameterError("event_data_invalid", "The event's data was not encrypted with this key");
}
