import { createHash, createHmac } from "node:crypto";
import type { HmacHex } from "@usher/protocol";

/** Synchronous, because a decision of the hub may not be interrupted; WebCrypto would make each one a promise. */
export const hmacSha256Hex: HmacHex = (secret, text) =>
  createHmac("sha256", secret).update(text).digest("hex");

export function md5Hex(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}
