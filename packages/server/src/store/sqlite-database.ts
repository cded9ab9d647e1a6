import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError, type StoreErrorCode } from "./store-error.ts";

export interface SqliteOptions {
  readonly path: string;
  /** Make the file and its folder when they are missing? Otherwise that is refused with `missing`. */
  readonly create: boolean;
  /** How long to wait for another process that holds the database. */
  readonly lockWaitMs: number;
}

/** Opens the database file. Throws a `StoreError`. */
export function openSqliteDatabase({ path, create, lockWaitMs }: SqliteOptions): DatabaseSync {
  if (!create && !existsSync(path)) throw new StoreError("missing", `there is no database ${path}`);
  makeFolder(dirname(path));
  makePrivateFile(path);
  try {
    const database = new DatabaseSync(path);
    try {
      prepareConnection(database, lockWaitMs);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    throw sqliteStoreError(error, path);
  }
}

/**
 * SQLite waits for locks on the spot, so the event loop stands still meanwhile: fine for a process that starts, not for
 * one that serves. From here on transactions wait in the dialect; reading never waits for a writer in WAL mode, so what is
 * left are rare moments such as the recovery after another process crashed.
 */
export function stopWaitingOnTheSpot(database: DatabaseSync): void {
  database.exec("pragma busy_timeout = 50");
}

function prepareConnection(database: DatabaseSync, lockWaitMs: number): void {
  database.exec(`pragma busy_timeout = ${lockWaitMs}`);
  requireSoundSqlite(database);
  database.exec("pragma journal_mode = wal");
  database.exec("pragma synchronous = normal");
  database.exec("pragma foreign_keys = on");
}

/** Says what a failure of `node:sqlite` means for the store. A `StoreError` stays as it is. */
export function sqliteStoreError(error: unknown, path: string): unknown {
  if (error instanceof StoreError) return error;
  const resultCode = sqliteResultCode(error);
  if (resultCode === undefined) return error;
  // The low byte is the kind of the failure; the rest tells variants apart.
  switch (resultCode & 0xff) {
    case SQLITE.busy:
    case SQLITE.locked:
      return new StoreError("locked", `the database ${path} is locked by another process`, error);
    case SQLITE.readOnly:
    case SQLITE.cantOpen:
    case SQLITE.permission:
      return new StoreError("read_only", `the database ${path} cannot be opened for writing`, error);
    case SQLITE.corrupt:
    case SQLITE.notADatabase:
      return new StoreError("corrupt", `${path} is damaged or not a database`, error);
    case SQLITE.full:
      return new StoreError("disk_full", `there is no space left for the database ${path}`, error);
    default:
      return new StoreError("failed", `the database ${path} failed: ${reasonOf(error)}`, error);
  }
}

export function isLocked(error: unknown): boolean {
  const kind = (sqliteResultCode(error) ?? 0) & 0xff;
  return kind === SQLITE.busy || kind === SQLITE.locked;
}

/** @see https://www.sqlite.org/rescode.html */
const SQLITE = {
  permission: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
} as const;

function sqliteResultCode(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode : undefined;
}

/** A folder that is there already keeps its mode: who shares it is its owner's decision. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fileError("folder_unusable", `the folder ${path} cannot be made`, error);
  }
}

/** SQLite gives its journal the mode of the database, so it is enough that this one file is private from the start. */
function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, "a", 0o600));
  } catch (error) {
    throw fileError("read_only", `the database ${path} cannot be written`, error);
  }
  const { mode } = statSync(path);
  if ((mode & 0o077) !== 0) restrict(path);
}

function restrict(path: string): void {
  try {
    chmodSync(path, 0o600);
  } catch {
    // It belongs to somebody else, who lets us write it: how private it is lies with them.
  }
}

function fileError(code: StoreErrorCode, what: string, error: unknown): StoreError {
  const isDiskFull = error instanceof Error && "code" in error && error.code === "ENOSPC";
  return new StoreError(isDiskFull ? "disk_full" : code, `${what}: ${reasonOf(error)}`, error);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// Before 3.51.3 a database in WAL mode could be damaged when two processes wrote and checkpointed at the same time.
const OLDEST_SQLITE = [3, 51, 3] as const;

function requireSoundSqlite(database: DatabaseSync): void {
  const version = String(database.prepare("select sqlite_version() as version").get()?.version);
  if (isSqliteRecentEnough(version)) return;
  throw new StoreError(
    "sqlite_too_old",
    `SQLite ${version} can damage databases; ${OLDEST_SQLITE.join(".")} or later is needed`,
  );
}

export function isSqliteRecentEnough(version: string): boolean {
  const parts = version.split(".").map(Number);
  for (const [index, oldest] of OLDEST_SQLITE.entries()) {
    const part = parts[index] ?? 0;
    if (part !== oldest) return part > oldest;
  }
  return true;
}
