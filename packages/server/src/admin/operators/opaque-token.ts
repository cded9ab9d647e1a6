import { createHash, randomBytes } from "node:crypto";

/** 256 random bits as text, after a prefix that tells people and scanners of leaked secrets what it is. */
export function makeOpaqueToken(prefix = ""): string {
  return `${prefix}${randomBytes(32).toString("base64url")}`;
}

/**
 * What is stored in its place and looked up by. A plain hash is enough for 256 random bits, and the look-up compares
 * hashes only, so that its time tells nothing about the token.
 */
export function hashOpaqueToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** An id that sorts by the time it was made at, so that lists can go on after it. */
export function makeSortableId(prefix: string, nowMs: number): string {
  return `${prefix}_${nowMs.toString(16).padStart(12, "0")}${randomBytes(6).toString("hex")}`;
}
