import {
  type ConfigProblem,
  formatProblem,
  StartError,
  StoreError,
  type StoreErrorCode,
} from "@usher/server/light";
import { type Ending, EXIT_CODES } from "./exit-codes.ts";

/** A command that cannot do what it was asked, with what to do next. */
export class CliError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly exitCode: number;

  constructor(ending: Ending, code: string, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "CliError";
    this.code = code;
    this.hint = hint;
    this.exitCode = EXIT_CODES[ending].code;
  }
}

export function usageError(message: string, hint: string): CliError {
  return new CliError("usage", "usage", message, hint);
}

export function configError(problems: readonly ConfigProblem[]): CliError {
  return new CliError(
    "config",
    "config_invalid",
    `the configuration is wrong\n${problems.map(formatProblem).join("\n")}`,
    "`usher config check` looks at it without starting anything.",
  );
}

/** What any failure looks like to the person at the command line. */
export function toCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof StoreError) {
    return new CliError(STORE_ENDINGS[error.code], error.code, error.message, error.hint, error);
  }
  if (error instanceof StartError) {
    const ending = ENDINGS.find((each) => EXIT_CODES[each].code === error.exitCode) ?? "internal";
    return new CliError(ending, error.code, error.message, error.hint, error);
  }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new CliError(
    "internal",
    "internal",
    details,
    "This is a fault of Usher's own; please report it.",
    error,
  );
}

const ENDINGS = Object.keys(EXIT_CODES) as Ending[];

const STORE_ENDINGS = {
  missing: "unavailable",
  folder_unusable: "cannotCreate",
  read_only: "cannotCreate",
  disk_full: "cannotCreate",
  locked: "unavailable",
  corrupt: "unavailable",
  newer: "unavailable",
  sqlite_too_old: "unavailable",
  unreachable: "unavailable",
  authentication_failed: "unavailable",
  tls_failed: "unavailable",
  database_missing: "unavailable",
  database_unsuitable: "unavailable",
  too_many_connections: "unavailable",
  busy: "unavailable",
  failed: "unavailable",
  app_exists: "refused",
  app_not_found: "refused",
  key_taken: "refused",
  key_not_found: "refused",
  last_key: "refused",
  secret_known: "refused",
  rotation_in_progress: "refused",
  nothing_pending: "refused",
  nothing_to_undo: "refused",
  nothing_retiring: "refused",
  secret_not_found: "refused",
  already_revoked: "refused",
  retirement_too_long: "refused",
  restriction_not_found: "refused",
  too_many_restrictions: "refused",
  import_invalid: "refused",
  settings_unreadable: "unavailable",
  restrictions_unreadable: "unavailable",
  master_key_invalid: "unavailable",
  master_key_missing: "unavailable",
  master_key_wrong: "unavailable",
  master_key_unreadable: "unavailable",
  sealed_value_damaged: "unavailable",
  sealed: "unavailable",
} as const satisfies Record<StoreErrorCode, Ending>;
