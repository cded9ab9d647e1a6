import { toHex, utf8 } from "./bytes.ts";

/** Lower-case hex HMAC-SHA256. Text is signed as UTF-8. */
export async function hmacSha256Hex(secret: string, text: string | Uint8Array): Promise<string> {
  const key = await importedKey(secret);
  const bytes = typeof text === "string" ? utf8(text) : new Uint8Array(text);
  return toHex(new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes)));
}

// Importing a key costs as much as a signature. An app has a handful of secrets; the bound is for a process that signs
// for many apps.
const MAX_KEYS = 256;
const keys = new Map<string, Promise<CryptoKey>>();

function importedKey(secret: string): Promise<CryptoKey> {
  const known = keys.get(secret);
  if (known) return known;
  if (keys.size >= MAX_KEYS) {
    const oldest = keys.keys().next();
    if (!oldest.done) keys.delete(oldest.value);
  }
  const imported = crypto.subtle.importKey("raw", utf8(secret), { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  keys.set(secret, imported);
  return imported;
}
