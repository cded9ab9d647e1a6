import type { Result } from "@usher/protocol";
import {
  type ConfigKey,
  type ConfigProblem,
  configKeys,
  flagOf,
  type LoadedConfig,
  loadConfig,
  specOf,
  variablesOf,
} from "@usher/server/light";
import { type Command, Option } from "commander";
import type { Cli } from "./cli.ts";
import { configError } from "./cli-error.ts";

/** The flags of a command by property, as commander gives them. */
export type Flags = Readonly<Record<string, unknown>>;

/** Where the local store is. */
export interface StoreFlags {
  readonly config?: string;
  readonly dataDir?: string;
}

/** Adds `--config` and a flag for every key given, or for every key there is. */
export function addConfigOptions(command: Command, keys: readonly ConfigKey[] = configKeys()): Command {
  command.option("--config <file>", "TOML file to read (USHER_CONFIG)");
  for (const key of keys) {
    const { about, kind } = specOf(key);
    const description = `${about} (${variablesOf(key)[0]})`;
    if (kind === "boolean") {
      command.addOption(new Option(flagOf(key), description));
      command.addOption(new Option(flagOf(key).replace("--", "--no-")).hideHelp());
    } else {
      command.option(`${flagOf(key)} <${valueName(kind)}>`, description);
    }
  }
  return command;
}

export function checkConfig(cli: Cli, flags: Flags): Result<LoadedConfig, readonly ConfigProblem[]> {
  return loadConfig({ flags, env: cli.env, readFile: cli.readFile, isTerminal: cli.isTerminal });
}

/** The configuration for a command that is not the server: its other flags mean something else than the server's. */
export function requireLocalConfig(cli: Cli, { config, dataDir }: StoreFlags): LoadedConfig {
  return requireConfig(cli, { config, dataDir });
}

/** The configuration, or a `CliError` that lists what is wrong with it. */
export function requireConfig(cli: Cli, flags: Flags): LoadedConfig {
  const loaded = checkConfig(cli, flags);
  if (loaded.ok) return loaded.value;
  throw configError(loaded.error);
}

function valueName(kind: "text" | "number" | "list" | "json"): string {
  return kind === "number" ? "n" : kind === "list" ? "a,b" : kind;
}
