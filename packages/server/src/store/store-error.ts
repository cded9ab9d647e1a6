/** What can go wrong with the store, with what to do next. */
export const STORE_ERRORS = {
  missing: "Check data_dir or database_url; `usher serve` and `usher apps create` make the database.",
  folder_unusable: "Give data_dir a folder that this user may write to.",
  read_only:
    "Give this user write access to the folder of data_dir and the files in it; on PostgreSQL, give the role of database_url the privileges that docs/configuration.md names.",
  disk_full: "Free some space on the disk of data_dir, or of the database server; nothing was written.",
  locked: "Another process holds the database; end it, or try again.",
  corrupt: "Put back a copy of the file, or move it away to start with an empty store.",
  newer: "Start the version of Usher that wrote it, or a later one.",
  sqlite_too_old: "Run Usher on the Bun that `npm ci` installs; its SQLite is recent enough.",
  unreachable:
    "Start the database server, or set database_url to where it is; a running server goes on by itself.",
  authentication_failed:
    "Check user and password of database_url, and the pg_hba.conf of the database server.",
  tls_failed:
    "Name the certificate authority with sslrootcert in database_url; sslmode there says what is checked.",
  database_missing: "Make it, with `createdb`, or set database_url to the one there is.",
  database_unsuitable: "Make another with `createdb --encoding=UTF8 --template=template0`.",
  too_many_connections: "Raise max_connections of the database server, or end programs that use it.",
  busy: "Try again; if it stays so, look at what keeps the database server busy.",
  failed: "Look at the cause; the disk or the file system may be at fault.",
  app_exists: "Choose another id.",
  app_not_found: "`usher apps list` shows the apps there are.",
  key_taken: "Choose another key; every key belongs to one app.",
  sealed:
    "Take the schema back with a master key at hand, so that the secrets are written as they were before.",
  master_key_invalid:
    "Give 32 random bytes as 64 hex digits or as base64, such as `openssl rand -hex 32` prints.",
  master_key_missing:
    "Put master.key back into data_dir, or set master_key (USHER_MASTER_KEY) to the key that this database was first opened with. Every server of one database needs the same.",
  master_key_wrong:
    "Set master_key (USHER_MASTER_KEY), or put back master.key of data_dir, to the key that this database was first opened with. Every server of one database needs the same.",
  master_key_unreadable: "Let this user read master.key in data_dir, or set master_key (USHER_MASTER_KEY).",
  sealed_value_damaged: "Put back a copy of the database, or revoke the secret and make a new one.",
  key_not_found: "The app's keys are in `usher apps show`.",
  last_key: "Add another key first, or delete the app.",
  secret_known: "Choose another secret; a secret that was revoked does not come back.",
  rotation_in_progress: "Activate the pending secret, or cancel the rotation.",
  nothing_pending: "Rotate first; that makes a pending secret.",
  nothing_to_undo: "The secret before this one is no longer retiring; rotate to a new one.",
  nothing_retiring: "Nothing to do: no former secret is accepted any more.",
  secret_not_found: "The status of the key's secrets shows their ids.",
  already_revoked: "Nothing to do: the secret is not accepted any more.",
  retirement_too_long: "Let a secret retire for 0 seconds to 30 days.",
  restriction_not_found: "The list of the app's restrictions shows their ids; one that is over is gone.",
  too_many_restrictions: "Lift bans that are no longer needed, or give bans an end.",
  import_invalid: "Give a file as `usher apps export` prints it.",
  settings_unreadable: "Set the app's settings anew.",
  restrictions_unreadable: "Put back a copy of the database.",
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
