import { randomBytes, randomInt } from "node:crypto";

/** Digits, and within a signed 32-bit integer: three official libraries refuse or mangle other ids. */
export function generateAppId(): string {
  return String(randomInt(100_000, 2 ** 31));
}

export function generateKey(): string {
  return randomBytes(10).toString("hex");
}

export function generateSecret(): string {
  return randomBytes(24).toString("hex");
}

/** Names a secret in logs and metrics; says nothing about its value. */
export function generateSecretId(): string {
  return `sec_${randomBytes(6).toString("hex")}`;
}
