import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { masterKey } from "../config/expectations.ts";
import { StoreError } from "./store-error.ts";

const BYTES = 32;

/**
 * The master key as people write it: 32 bytes as 64 hex digits, or as base64 with or without padding, also for URLs.
 * Undefined for anything else.
 */
export function parseMasterKey(text: string): Buffer | undefined {
  if (!masterKey.safeParse(text).success) return undefined;
  return Buffer.from(text, text.length === 2 * BYTES ? "hex" : "base64");
}

/** Throws `master_key_invalid`. */
export function requireMasterKey(text: string, source: string): Buffer {
  const key = parseMasterKey(text);
  if (key?.length === BYTES) return key;
  throw new StoreError("master_key_invalid", `the master key in ${source} is not 32 bytes`);
}

export function masterKeyPath(dataDir: string): string {
  return join(dataDir, "master.key");
}

/** The master key that was generated for this data folder, or undefined. Throws `master_key_unreadable` or `master_key_invalid`. */
export function readMasterKeyFile(dataDir: string): Buffer | undefined {
  const path = masterKeyPath(dataDir);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
    if ((statSync(path).mode & 0o077) !== 0) makePrivate(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new StoreError("master_key_unreadable", `${path} cannot be read: ${String(error)}`, error);
  }
  return requireMasterKey(text.trim(), path);
}

/**
 * Generates a master key for this data folder, which has none. One process at a time may do so: the caller holds the
 * database.
 */
export function makeMasterKeyFile(dataDir: string): Buffer {
  const path = masterKeyPath(dataDir);
  const key = randomBytes(BYTES);
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    rmSync(draft, { force: true });
    writeFileSync(draft, `${key.toString("hex")}\n`, { mode: 0o600, flag: "wx", flush: true });
    renameSync(draft, path);
    flushFolder(dataDir);
  } catch (error) {
    throw cannotWrite(path, error);
  }
  return key;
}

/** What is sealed is lost with its key, so the name has to be on the disk before anything is sealed. */
function flushFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function cannotWrite(path: string, error: unknown): StoreError {
  const isDiskFull = codeOf(error) === "ENOSPC";
  return new StoreError(
    isDiskFull ? "disk_full" : "read_only",
    `${path} cannot be written: ${String(error)}`,
    error,
  );
}

function makePrivate(path: string): void {
  try {
    chmodSync(path, 0o600);
  } catch {
    // It belongs to somebody else, who lets us read it: how private it is lies with them.
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
