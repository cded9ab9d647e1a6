/** What can go wrong with the store, with what to do next. */
export const STORE_ERRORS = {
  missing: "Check data_dir; `usher serve` and `usher apps create` make the database.",
  folder_unusable: "Give data_dir a folder that this user may write to.",
  read_only: "Give this user write access to the folder and the files in it, or choose another data_dir.",
  disk_full: "Free some space on the disk of data_dir; nothing was written.",
  locked: "Another process holds the database; end it, or try again.",
  corrupt: "Put back a copy of the file, or move it away to start with an empty store.",
  newer: "Start the version of Usher that wrote it, or a later one.",
  sqlite_too_old: "Run Usher on the Bun that `npm ci` installs; its SQLite is recent enough.",
  failed: "Look at the cause; the disk or the file system may be at fault.",
  app_exists: "Choose another id.",
  app_not_found: "`usher apps list` shows the apps there are.",
  key_taken: "Choose another key; every key belongs to one app.",
  settings_unreadable: "Set the app's settings anew.",
} as const satisfies Record<string, string>;

export type StoreErrorCode = keyof typeof STORE_ERRORS;

/** A store that cannot do what it was asked. What it was asked did not happen, not even in part. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly hint: string;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "StoreError";
    this.code = code;
    this.hint = STORE_ERRORS[code];
  }
}
