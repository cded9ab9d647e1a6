/** The tables as queries see them. Types are the few that SQLite and PostgreSQL share; times are ISO 8601, UTC. */
export interface Tables {
  readonly apps: AppsTable;
  readonly app_keys: AppKeysTable;
  readonly app_secrets: AppSecretsTable;
  readonly revision: { readonly value: number };
}

export interface AppsTable {
  readonly id: string;
  readonly name: string;
  /** 0 or 1. */
  readonly enabled: number;
  /** JSON of the settings that differ from the defaults, as people write them. */
  readonly settings: string;
  readonly created_at: string;
}

export interface AppKeysTable {
  readonly key: string;
  readonly app_id: string;
  /** Order among the keys of one app. */
  readonly position: number;
  /** 1 for a key that the configuration brought and may take away again. */
  readonly from_config: number;
  readonly created_at: string;
}

export interface AppSecretsTable {
  readonly id: string;
  readonly key: string;
  readonly value: string;
  readonly state: SecretState;
  /** Order among the secrets of one key. */
  readonly position: number;
  readonly created_at: string;
  /** When a retiring secret is due to be revoked; a reminder, nothing happens by itself. */
  readonly retire_at: string | null;
}

/** All but `revoked` are live: signatures made with them are accepted. `current` is the one that signs. */
export type SecretState = "pending" | "current" | "retiring" | "revoked";
