import { StoreError, type StoreErrorCode } from "./store-error.ts";

/** Says what a failure of `pg` means for the store. A `StoreError` stays as it is, and so does a bug. */
export function postgresStoreError(error: unknown, target: string): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error;
  const state = sqlState(error);
  const [code, what] =
    state === undefined ? (connectionFailure(error) ?? []) : (STATES[state] ?? failureOfClass(state));
  if (code === undefined) return error;
  return new StoreError(code, `the database ${target} ${what}: ${reasonOf(error)}`, error);
}

/** Did the database give up one of several changes that stood in each other's way? Nothing of it has happened. */
export function isConflict(error: unknown): boolean {
  return ["40001", "40P01"].includes(sqlState(error) ?? "");
}

/**
 * Is this the database's answer, after which the connection serves on? Anything else leaves it in a state unknown; and one
 * to a server that turned read-only may lead to another server when it is made anew.
 */
export function isAnswer(error: unknown): boolean {
  const state = sqlState(error);
  const isFatal = (error as { severity?: unknown }).severity !== "ERROR";
  return state !== undefined && state !== READ_ONLY && !isFatal;
}

type Failure = readonly [StoreErrorCode, string];

const AWAY: Failure = ["unreachable", "cannot be reached"];
const NOT_LET_IN: Failure = ["authentication_failed", "does not let this user in"];
const NOT_WRITABLE: Failure = ["read_only", "cannot be written by this user"];
const NOT_TRUSTED: Failure = ["tls_failed", "is not reached safely"];
const BUSY: Failure = ["busy", "is too busy"];

const READ_ONLY = "25006";

/** @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
const STATES: Readonly<Record<string, Failure>> = {
  "28000": NOT_LET_IN,
  "28P01": NOT_LET_IN,
  "3D000": ["database_missing", "is not there"],
  [READ_ONLY]: NOT_WRITABLE,
  "42501": NOT_WRITABLE,
  "40001": ["locked", "is in use by other changes"],
  "40P01": ["locked", "is in use by other changes"],
  "55P03": ["locked", "is in use by other changes"],
  "53100": ["disk_full", "has no space left"],
  "53300": ["too_many_connections", "has no connection left"],
  "57014": BUSY,
  // Sessions that the server ends, and one that is starting or stopping.
  "25P03": AWAY,
  "57P01": AWAY,
  "57P02": AWAY,
  "57P03": AWAY,
  "57P05": AWAY,
  XX001: ["corrupt", "is damaged"],
  XX002: ["corrupt", "is damaged"],
};

function failureOfClass(state: string): Failure {
  return state.startsWith("08") ? AWAY : ["failed", "failed"];
}

/** What went wrong before the database could say anything, or instead of it; undefined when it is none of that. */
function connectionFailure(error: Error): Failure | undefined {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (CERTIFICATE_CODES.test(code) || TLS_WORDS.test(error.message)) return NOT_TRUSTED;
  if (PASSWORD_WORDS.test(error.message)) return NOT_LET_IN;
  if (POOL_WORDS.test(error.message)) return BUSY;
  return SOCKET_CODES.test(code) || CONNECTION_WORDS.test(error.message) ? AWAY : undefined;
}

// `pg` tells its own failures apart by their words alone.
const CERTIFICATE_CODES = /CERT|^ERR_(TLS|SSL)_|^UNABLE_TO_|^HOSTNAME_MISMATCH$|^CRL_|^INVALID_CA$/;
const TLS_WORDS = /SSL connection|self[- ]signed|certificate/i;
const PASSWORD_WORDS = /^SASL:|^Password must be a string/;
const POOL_WORDS = /^timeout exceeded when trying to connect/;
const SOCKET_CODES =
  /^(?:E(?:CONN\w+|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|HOSTDOWN|NETDOWN|ADDRNOTAVAIL|NOENT|ACCES|AI_\w+|NOTFOUND)|ERR_STREAM\w*|ERR_SOCKET\w*)$/;
const CONNECTION_WORDS =
  /^Connection terminated|^timeout expired|^Query read timeout|not queryable|^Client was closed|after calling end on the pool|already been destroyed/;

function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("severity" in error)) return undefined;
  return typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}

/** Several addresses of one host fail together, each for its own reason. */
function reasonOf(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(String).join("; ") : error.message;
}
