import type { StoredApp } from "@usher/server";
import { readLocalAccess, type ServerConfig } from "@usher/server/light";
import type { Command } from "commander";
import type { Cli } from "./cli.ts";
import { usageError } from "./cli-error.ts";
import { addConfigOptions, requireLocalConfig, type StoreFlags } from "./configuration.ts";
import { withStore } from "./local-store.ts";
import { checkUrl, configuredUrl } from "./server-url.ts";

/** Where a command finds the server and what it proves itself with. */
export interface Target {
  /** Without a slash at its end. */
  readonly url: string;
  readonly appId: string;
  readonly key: string;
  readonly secret: string;
}

export interface TargetFlags extends StoreFlags {
  readonly url?: string;
  readonly app?: string;
  readonly appId?: string;
  readonly key?: string;
  readonly secret?: string;
}

export function addTargetOptions(command: Command): Command {
  command
    .option("--url <url>", "where the server is (USHER_URL, else this machine's, by its data folder)")
    .option("--app <id>", "app whose credentials to take from the local store")
    .option("--app-id <id>", "id of the app (USHER_APP_ID)")
    .option("--key <key>", "key of the app (USHER_APP_KEY)")
    .option("--secret <secret>", "secret of the app (USHER_APP_SECRET)");
  return addConfigOptions(command, ["data_dir"]);
}

/**
 * The credentials are those of `--app` in the local store, else the flags, else what the server's own configuration says
 * about its first app, else those of the only app in the local store.
 */
export async function resolveTarget(cli: Cli, flags: TargetFlags): Promise<Target> {
  const { appId, key, secret } = flags;
  const given = flags.url ?? cli.env.USHER_URL;
  const url = given ? checkUrl(given) : undefined;
  if (url && !flags.app && appId && key && secret) return { url, appId, key, secret };

  const { config } = requireLocalConfig(cli, flags);
  const credentials = flags.app
    ? await fromStore(cli, flags, flags.app)
    : (fromFlags(flags, config) ?? (await fromOnlyApp(cli, flags)));
  return { url: url ?? readLocalAccess(config.dataDir)?.url ?? configuredUrl(config), ...credentials };
}

type Credentials = Omit<Target, "url">;

function fromFlags({ appId, key, secret }: TargetFlags, { firstApp }: ServerConfig): Credentials | undefined {
  const configured = firstApp.credentials;
  const merged = {
    appId: appId ?? configured?.id,
    key: key ?? configured?.key,
    secret: secret ?? configured?.secret,
  };
  if (isComplete(merged)) return merged;
  if (appId === undefined && key === undefined && secret === undefined) return undefined;
  throw usageError(
    "the credentials are incomplete",
    "Give --app-id, --key and --secret together, or --app to take all three from the local store.",
  );
}

function isComplete(credentials: {
  readonly appId: string | undefined;
  readonly key: string | undefined;
  readonly secret: string | undefined;
}): credentials is Credentials {
  return Object.values(credentials).every((value) => value !== undefined);
}

function fromStore(cli: Cli, flags: TargetFlags, id: string): Promise<Credentials> {
  return withStore(cli, flags, { create: false }, async (store) => {
    const app = await store.get(id);
    if (app) return credentialsOf(app);
    throw usageError(
      `there is no app with the id ${id} in the local store`,
      "`usher apps list` shows those there are.",
    );
  });
}

function fromOnlyApp(cli: Cli, flags: TargetFlags): Promise<Credentials> {
  return withStore(cli, flags, { create: false }, async (store) => {
    const [app, ...others] = await store.list();
    if (app && others.length === 0) return credentialsOf(app);
    throw app
      ? usageError("the local store has several apps", "Choose one with --app; `usher apps list` shows them.")
      : usageError(
          "the local store has no app",
          "Make one with `usher apps create`, or give --app-id, --key and --secret.",
        );
  });
}

function credentialsOf({ id, keys }: StoredApp): Credentials {
  const [appKey] = keys;
  const [secret] = appKey?.secrets ?? [];
  if (appKey && secret) return { appId: id, key: appKey.key, secret: secret.value };
  throw usageError(`app ${id} has no key with a live secret`, "Give --app-id, --key and --secret.");
}
