import type { App } from "@usher/hub";
import type { AppSettingsOverrides } from "../config/app-settings.ts";
import type { SecretState } from "./tables.ts";

/**
 * Keeps the apps with their keys and secrets.
 *
 * Each change is one transaction: it happens whole or not at all, and whoever asks afterwards, in this process or
 * another, sees it. What cannot be done throws a `StoreError`.
 */
export interface AppStore {
  /** All apps, the oldest first, as they stood at one moment. */
  list(): Promise<readonly StoredApp[]>;
  get(id: string): Promise<StoredApp | undefined>;
  /** Throws `app_exists` or `key_taken`. */
  create(app: NewApp): Promise<StoredApp>;
  /** Creates the app in a store that has none and does nothing in any other, so that two servers starting together make one. */
  createFirst(app: NewApp): Promise<StoredApp | undefined>;
  /** Changes what is given and leaves the rest. Throws `app_not_found`. */
  update(id: string, changes: AppChanges): Promise<StoredApp>;
  /**
   * Makes the app of the configuration exist as it is described there; what is so already is not touched.
   *
   * Its secret becomes the only live one of its key at once. A key that an earlier configuration brought goes, others
   * stay. A secret that the key has already is left in the state it is in, so that a restart undoes no rotation.
   * Throws `key_taken` when the key belongs to another app.
   */
  configure(app: ConfiguredApp): Promise<Configured>;
  /** Returns true when there was such an app. Its keys and secrets go with it. */
  delete(id: string): Promise<boolean>;
  /** A number that differs after every committed change, by whichever process. Cheap enough to ask several times a second. */
  revision(): Promise<number>;
  close(): Promise<void>;
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

export interface StoredSecret {
  readonly id: string;
  readonly key: string;
  readonly value: string;
  readonly state: SecretState;
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
  /** The configured secret was revoked in a rotation since, and stays so. */
  readonly isSecretRevoked: boolean;
}

export interface AppChanges {
  readonly name?: string;
  readonly enabled?: boolean;
  /** Replaces all overrides. */
  readonly settings?: AppSettingsOverrides;
}

export interface KeyPair {
  readonly key: string;
  readonly secret: string;
}
