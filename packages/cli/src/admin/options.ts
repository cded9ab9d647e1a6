import type { Command } from "commander";
import { addConfigOptions, type StoreFlags } from "../configuration.ts";

/** Where the admin API is, and how its answer is printed. */
export interface AdminFlags extends StoreFlags {
  readonly url?: string;
  readonly token?: string;
  readonly json?: boolean;
}

export interface AppFlags extends AdminFlags {
  readonly app?: string;
}

export interface KeyFlags extends AppFlags {
  readonly key?: string;
}

/** For commands that could be regretted. */
export interface ConfirmFlags {
  readonly yes?: boolean;
}

/** Ends the options of a command that talks to the admin API. @param json what `--json` prints. */
export function addAdminOptions(command: Command, json: string): Command {
  command
    .option("--url <url>", "server to talk to (USHER_URL); without it, this machine's by its data folder")
    .option("--token <token>", "API token for --url (USHER_TOKEN); it shows in the process list");
  return addConfigOptions(command, ["data_dir"]).option("--json", json);
}

export function addAppOption(command: Command): Command {
  return command.option("--app <id>", "the app; may be left out where there is one");
}

export function addKeyOption(command: Command): Command {
  return addAppOption(command).option("--key <key>", "the app's key; may be left out where it has one");
}

export function addYesOption(command: Command): Command {
  return command.option("--yes", "do not ask; needed where nobody can be asked");
}
