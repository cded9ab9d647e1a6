import type { HmacHex } from "@usher/protocol";

/**
 * Synchronous, because a decision of the hub may not be interrupted; WebCrypto would make each one a promise. Bun's own
 * hasher takes two thirds of the time of `node:crypto`, and every private subscription and every publish needs one.
 */
export const hmacSha256Hex: HmacHex = (secret, text) =>
  new Bun.CryptoHasher("sha256", secret).update(text).digest("hex");
