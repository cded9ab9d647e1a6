import { unreachable } from "@usher/protocol";
import { CONFIG } from "../actor.ts";
import type { AppSettingsOverrides } from "../config/app-settings.ts";
import type { FirstAppConfig } from "../config/server-config.ts";
import type { AppStore, StoredApp } from "./app-store.ts";
import { generateAppId, generateKey, generateSecret } from "./credentials.ts";
import type { SecretState } from "./tables.ts";
import { fingerprintOf } from "./vault.ts";

export interface FirstApp {
  readonly app: StoredApp;
  readonly created: boolean;
  /** Only of an app that was generated just now; nothing prints it again. */
  readonly secretShownOnce?: string;
  /** What the operator should know, a line each. */
  readonly notices: readonly string[];
}

/**
 * Makes sure that there is an app to connect to: the one that the configuration describes, else the oldest there is, else
 * one with generated credentials. Starting again with the same configuration changes nothing.
 *
 * @param settingsWhenGenerated for an app that is generated when the configuration gives no settings.
 */
export async function ensureFirstApp(
  store: AppStore,
  config: FirstAppConfig,
  settingsWhenGenerated: AppSettingsOverrides,
): Promise<FirstApp> {
  if (config.credentials) return configured(store, { ...config.credentials, settings: config.settings });

  const secret = generateSecret();
  const generated = await store.createFirst({
    id: generateAppId(),
    name: NAME,
    keys: [{ key: generateKey(), secret }],
    settings: config.settings ?? settingsWhenGenerated,
  });
  if (generated) return { app: generated, created: true, secretShownOnce: secret, notices: [] };
  return { app: await existing(store, config.settings), created: false, notices: [] };
}

const NAME = "First app";

async function configured(
  store: AppStore,
  app: {
    readonly id: string;
    readonly key: string;
    readonly secret: string;
    readonly settings: AppSettingsOverrides | null;
  },
): Promise<FirstApp> {
  const { secretState, ...result } = await store.configure({ ...app, name: NAME });
  return { ...result, notices: noticesOf(result.app, secretState, fingerprintOf(app.secret)) };
}

/** A rotation outlives a restart: what it made of the configured secret is told, and not undone. */
function noticesOf(app: StoredApp, state: SecretState, fingerprint: string): readonly string[] {
  switch (state) {
    case "current":
      return [];
    case "pending":
      return [
        `the configured secret of app ${app.id} is pending in a rotation; activate it when everything signs with it`,
      ];
    case "retiring": {
      const retireAt = app.secrets.find((secret) => secret.fingerprint === fingerprint)?.retireAt;
      return [
        `the configured secret of app ${app.id} is retiring and is revoked at ${retireAt}; configure the new one`,
      ];
    }
    case "revoked":
      return [
        `the configured secret of app ${app.id} was revoked by a rotation and stays so; configure the new one`,
      ];
    default:
      return unreachable(state);
  }
}

async function existing(store: AppStore, settings: AppSettingsOverrides | null): Promise<StoredApp> {
  const [oldest] = await store.list();
  // Gone between two calls: only when somebody deletes the last app while the server starts.
  if (!oldest) throw new Error("the store has no app although it had one a moment ago");
  return settings ? store.update(oldest.id, { settings }, CONFIG) : oldest;
}
