import type { CandidateSecret } from "@usher/protocol/explain";
import type { StoredApp } from "@usher/server";
import { StoreError } from "@usher/server/light";
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { usageError } from "../cli-error.ts";
import { addConfigOptions, requireLocalConfig, type StoreFlags } from "../configuration.ts";
import { withStore } from "../local-store.ts";

export interface SecretFlags extends StoreFlags {
  readonly app?: string;
  readonly appId?: string;
  readonly key?: string;
  readonly secret?: string;
}

export function addSecretOptions(command: Command): Command {
  command
    .option("--app <id>", "app in the local store")
    .option("--app-id <id>", "id of the app that --secret belongs to")
    .option("--key <key>", "key that --secret belongs to (USHER_APP_KEY)")
    .option("--secret <secret>", "secret of the app (USHER_APP_SECRET)");
  return addConfigOptions(command, ["data_dir"]);
}

/** Every secret that can be had on this machine: the one of the flags, the configured one, and those of the local store. */
export interface KnownSecrets {
  readonly secrets: readonly CandidateSecret[];
  /** The one that is meant where only one counts; undefined where several apps are there and none was chosen. */
  readonly signing: CandidateSecret | undefined;
}

export async function knownSecrets(cli: Cli, flags: SecretFlags): Promise<KnownSecrets> {
  const { credentials } = requireLocalConfig(cli, flags).config.firstApp;
  const given = flags.secret === undefined ? undefined : givenSecret(flags, flags.secret);
  const configured: CandidateSecret | undefined = credentials
    ? {
        appId: credentials.id,
        key: credentials.key,
        slot: "current",
        id: "configured",
        value: credentials.secret,
      }
    : undefined;
  // A secret that was given is enough, and a store that cannot be read is then nobody's business.
  const apps = given && flags.app === undefined ? [] : await storedApps(cli, flags);
  const chosen = apps.find(({ id }) => id === flags.app);
  if (flags.app !== undefined && !chosen) {
    throw usageError(
      `there is no app with the id ${flags.app} in the local store`,
      "`usher apps list` shows those there are.",
    );
  }
  const ofChosen = chosen && signingSecret(chosen);
  const onlyApp = apps.length === 1 ? apps[0] : undefined;
  const signing = ofChosen ?? given ?? configured ?? (onlyApp && signingSecret(onlyApp));
  const others = apps.flatMap(secretsOf);
  const inStore = new Set(others.map(pairOf));
  const ofHere = [given, configured]
    .filter((secret) => secret !== undefined)
    .filter((secret) => !inStore.has(pairOf(secret)));
  return { secrets: [...ofHere, ...others], signing };
}

/** The one secret that a command signs with, or a usage error that says how to choose it. */
export function requireSigning({ signing }: KnownSecrets): CandidateSecret {
  if (!signing) {
    throw usageError(
      "it is not clear which app is meant",
      "Give --key and --secret, or --app to take both from the local store.",
    );
  }
  if (signing.key !== "") return signing;
  throw usageError("the credentials are incomplete", "Give --key along with --secret.");
}

function givenSecret({ appId = "", key = "" }: SecretFlags, value: string): CandidateSecret {
  return { appId, key, slot: "given", id: "--secret", value };
}

async function storedApps(cli: Cli, flags: SecretFlags): Promise<readonly StoredApp[]> {
  try {
    return await withStore(cli, flags, { create: false }, (store) => store.list());
  } catch (error) {
    if (error instanceof StoreError && error.code === "missing" && flags.app === undefined) return [];
    throw error;
  }
}

function pairOf({ key, value }: CandidateSecret): string {
  return `${key}\n${value}`;
}

function secretsOf({ id: appId, secrets }: StoredApp): CandidateSecret[] {
  return secrets.map(({ id, key, value, state }) => ({ appId, key, id, value, slot: state }));
}

function signingSecret(app: StoredApp): CandidateSecret | undefined {
  return secretsOf(app).find(({ slot }) => slot === "current");
}
