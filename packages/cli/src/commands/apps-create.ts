import {
  type AppSettingsOverrides,
  generateAppId,
  generateKey,
  generateSecret,
  isAppName,
  parseAppSettings,
} from "@usher/server";
import { type Command, InvalidArgumentError } from "commander";
import type { Cli } from "../cli.ts";
import { usageError } from "../cli-error.ts";
import { addConfigOptions, requireLocalConfig, type StoreFlags } from "../configuration.ts";
import { withStore } from "../local-store.ts";
import { print, table } from "../print.ts";

interface CreateFlags extends StoreFlags {
  readonly name: string;
  readonly id?: string;
  readonly key?: string;
  readonly secret?: string;
  readonly settings?: string;
  readonly json?: boolean;
}

export function addAppsCreate(apps: Command, cli: Cli): void {
  const command = apps
    .command("create")
    .description("create an app in the local store and print its secret, this once");
  addConfigOptions(command, ["data_dir"])
    .option("--name <name>", "name for people", "App")
    .option("--id <id>", "id to take instead of a generated one", appName)
    .option("--key <key>", "key to take instead of a generated one", appName)
    .option("--secret <secret>", "secret to take instead of a generated one; it shows in the process list")
    .option("--settings <json>", "settings as a JSON object, such as '{\"client_events\":true}'")
    .option("--json", "print a JSON object")
    .addHelpText("after", "\nExample:\n  usher apps create --name Chat --settings '{\"client_events\":true}'")
    .action(async (flags: CreateFlags) => {
      const settings = readSettings(flags.settings);
      const pair = { key: flags.key ?? generateKey(), secret: checkSecret(cli, flags) };
      const app = await withStore(cli, flags, { create: true }, (store) =>
        store.create({ id: flags.id ?? generateAppId(), name: flags.name, keys: [pair], settings }),
      );
      const rows = [
        ["id", app.id],
        ["key", pair.key],
        ["secret", `${pair.secret}   (shown this once)`],
      ];
      print(cli, flags, table(rows), { id: app.id, name: app.name, ...pair });
    });
}

function appName(text: string): string {
  if (isAppName(text)) return text;
  throw new InvalidArgumentError("Use up to 200 characters without spaces or any of / : ? # % &.");
}

function checkSecret(cli: Cli, flags: CreateFlags): string {
  const { secret } = flags;
  if (secret === undefined) return generateSecret();
  if (secret === "") throw usageError("the secret is empty", "Leave --secret out to have one generated.");
  if (secret === "app-secret" && requireLocalConfig(cli, flags).config.mode === "production") {
    const message = "app-secret is the example of other servers' documentation, so everybody knows it";
    throw usageError(message, "Leave --secret out to have one generated.");
  }
  return secret;
}

function readSettings(text: string | undefined): AppSettingsOverrides {
  if (text === undefined) return {};
  const parsed = parseAppSettings(parseJson(text));
  if (parsed.ok) return parsed.value;
  const problems = parsed.error.map(
    ({ path, problem, fix }) => `${["settings", ...path].join(".")}: ${problem}\n  ${fix}`,
  );
  throw usageError(problems.join("\n"), "docs/settings.md lists the settings.");
}

/** Text that is not JSON stands for itself, to be refused as what it is. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
