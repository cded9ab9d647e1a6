import type { App, Restriction } from "@usher/hub";
import type { Actor } from "../actor.ts";
import type { AppSettingsOverrides } from "../config/app-settings.ts";
import type { SecretState } from "./tables.ts";

/**
 * Keeps the apps with their keys and secrets.
 *
 * Each change is one transaction, its entry in the audit trail included: it happens whole or not at all, and whoever asks
 * afterwards, in this process or another, sees it. What cannot be done throws a `StoreError`.
 */
export interface AppStore {
  /** All apps, the oldest first, as they stood at one moment. */
  list(): Promise<readonly StoredApp[]>;
  get(id: string): Promise<StoredApp | undefined>;
  /** Throws `app_exists` or `key_taken`. */
  create(app: NewApp, by: Actor): Promise<StoredApp>;
  /** Creates the app in a store that has none and does nothing in any other, so that two servers starting together make one. */
  createFirst(app: NewApp): Promise<StoredApp | undefined>;
  /** Changes what is given and leaves the rest. Throws `app_not_found`. */
  update(id: string, changes: AppChanges, by: Actor): Promise<StoredApp>;
  /**
   * Makes the app of the configuration exist as it is described there; what is so already is not touched.
   *
   * Its secret becomes the only live one of its key at once. A key that an earlier configuration brought goes, others
   * stay. A secret that the key has already, or had, is left in the state it is in, so that a restart undoes no rotation.
   * Throws `key_taken` when the key belongs to another app.
   */
  configure(app: ConfiguredApp): Promise<Configured>;
  /** Returns true when there was such an app. Its keys and secrets go with it. */
  delete(id: string, by: Actor): Promise<boolean>;

  /** Adds a key after the others, with its first secret. Throws `app_not_found` or `key_taken`. */
  addKey(appId: string, pair: KeyPair, by: Actor): Promise<StoredApp>;
  /**
   * Takes a key away with its secrets. Throws `key_not_found`, or `last_key` for the only one. The key of the configuration
   * comes back with the next start.
   */
  removeKey(appId: string, key: string, by: Actor): Promise<StoredApp>;

  // The steps of a rotation follow rotation.ts, which says what each does and when it is refused. Beside its codes they
  // throw `app_not_found` and `key_not_found`.

  /** Adds a pending secret. Throws `secret_known` when the key has or had it already. */
  rotateSecret(
    appId: string,
    key: string,
    pending: { readonly secret: string },
    by: Actor,
  ): Promise<StoredApp>;
  activateSecret(appId: string, key: string, options: ActivateOptions, by: Actor): Promise<StoredApp>;
  undoActivation(appId: string, key: string, by: Actor): Promise<StoredApp>;
  cancelRotation(appId: string, key: string, by: Actor): Promise<StoredApp>;
  revokeSecrets(appId: string, key: string, options: RevokeOptions, by: Actor): Promise<Revoked>;
  /**
   * Revokes the retiring secrets whose time has come, of all apps; nobody is disconnected. Each is revoked once, however
   * many nodes ask.
   *
   * @param nowIso ISO 8601, UTC.
   */
  revokeDue(nowIso: string): Promise<readonly StoredSecret[]>;

  /**
   * Adds a restriction. One for the same user or channel is replaced: a ban by the newer one, a `notBefore` by the later
   * one. Bans that are over are forgotten. Throws `too_many_restrictions`.
   */
  restrict(appId: string, restriction: Restriction, by: Actor): Promise<StoredApp>;
  /** Throws `restriction_not_found`. */
  liftRestriction(appId: string, id: string, by: Actor): Promise<StoredApp>;

  /** Adds apps as they are described, secrets with their states. All are added or none. */
  import(apps: readonly ImportedApp[], options: ImportOptions, by: Actor): Promise<Imported>;

  /** A number that differs after every committed change, by whichever process. Cheap enough to ask several times a second. */
  revision(): Promise<number>;
}

/** An app as it is stored. The `App` in it holds live secrets only, and its settings are complete. */
export interface StoredApp extends App {
  /** The settings that differ from the defaults. */
  readonly overrides: AppSettingsOverrides;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /**
   * All secrets of all keys with their states, a few revoked ones of each key among them: what a refused signature is
   * explained with. Nothing is accepted because it is here.
   */
  readonly secrets: readonly StoredSecret[];
}

/** Times are ISO 8601, UTC. */
export interface StoredSecret {
  readonly id: string;
  readonly key: string;
  readonly value: string;
  readonly state: SecretState;
  /** The first 12 hex digits of the value's SHA-256: names it to people. */
  readonly fingerprint: string;
  readonly createdAt: string;
  /** When it became the current one. */
  readonly activatedAt: string | null;
  /** For a retiring one: when it is revoked. */
  readonly retireAt: string | null;
  /** For a retiring one: the id of the secret that was activated over it. */
  readonly replacedBy: string | null;
  readonly revokedAt: string | null;
  /** For a revoked one: was what it had admitted to be ended? */
  readonly endsConnections: boolean;
}

export interface NewApp {
  readonly id: string;
  readonly name: string;
  readonly keys: readonly KeyPair[];
  readonly settings: AppSettingsOverrides;
}

export interface ConfiguredApp {
  readonly id: string;
  readonly key: string;
  readonly secret: string;
  /** For an app that is new; one that exists keeps its name. */
  readonly name: string;
  /** `null` leaves the settings of an app that exists alone. */
  readonly settings: AppSettingsOverrides | null;
}

export interface Configured {
  readonly app: StoredApp;
  readonly created: boolean;
  /** What a rotation has made of the configured secret since; `current` when nothing. */
  readonly secretState: SecretState;
}

export interface AppChanges {
  readonly name?: string;
  readonly enabled?: boolean;
  /** Replaces all overrides; a function gets those that there are, and nobody changes them meanwhile. */
  readonly settings?: AppSettingsOverrides | ((before: AppSettingsOverrides) => AppSettingsOverrides);
}

export interface KeyPair {
  readonly key: string;
  readonly secret: string;
}

export interface ActivateOptions {
  /** How long the former current secret stays accepted: 0 to `MAX_RETIRE_SECONDS`. */
  readonly retireForSeconds: number;
}

export interface RevokeOptions {
  readonly which: "pending" | "retiring" | "current" | { readonly secretId: string };
  /** Is what they had admitted to be ended? */
  readonly endConnections: boolean;
  /** A new secret, which becomes the current one when that is revoked and no pending one is there to take its place. */
  readonly replacement: string;
}

export interface Revoked {
  readonly app: StoredApp;
  readonly revokedIds: readonly string[];
  /** The secret that took the place of a revoked current one: a pending one, or the replacement. */
  readonly newCurrentId: string | null;
  /** Was the replacement needed? */
  readonly isReplaced: boolean;
}

/** An app with everything that makes it up, for a store that does not have it. */
export interface ImportedApp {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly createdAt: string;
  readonly settings: AppSettingsOverrides;
  readonly restrictions: readonly Restriction[];
  readonly keys: readonly { readonly key: string; readonly secrets: readonly ImportedSecret[] }[];
}

export type ImportedSecret = Omit<StoredSecret, "key" | "fingerprint">;

export interface ImportOptions {
  /** An app whose id is there already: `refuse` all with `app_exists`, or `skip` that one. */
  readonly existing: "refuse" | "skip";
}

export interface Imported {
  readonly added: readonly StoredApp[];
  /** Ids of those that were there already. */
  readonly skipped: readonly string[];
}
