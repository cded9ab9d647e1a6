import { mergeAppSettings, printAppSettings, type StoredApp } from "@usher/server";
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { CliError } from "../cli-error.ts";
import { addConfigOptions, type StoreFlags } from "../configuration.ts";
import { withStore } from "../local-store.ts";
import { print, table } from "../print.ts";

export function addAppsShow(apps: Command, cli: Cli): void {
  const command = apps.command("show <id>").description("show an app with its settings, never its secrets");
  addConfigOptions(command, ["data_dir"])
    .option("--json", "print a JSON object")
    .addHelpText("after", "\nExample:\n  usher apps show 123456")
    .action(async (id: string, flags: StoreFlags & { readonly json?: boolean }) => {
      const app = await withStore(cli, flags, { create: false }, (store) => store.get(id));
      if (!app) {
        const hint = "`usher apps list` shows those there are.";
        throw new CliError("refused", "app_not_found", `there is no app with the id ${id}`, hint);
      }
      print(cli, flags, asText(app), asJson(app));
    });
}

function asJson(app: StoredApp): unknown {
  const { id, name, enabled, keys, createdAt, settings, overrides } = app;
  return {
    id,
    name,
    enabled,
    created_at: createdAt,
    keys: keys.map(({ key, secrets }) => ({ key, secret_ids: secrets.map((secret) => secret.id) })),
    settings: printAppSettings(settings),
    overrides: printAppSettings(overrides),
  };
}

function asText(app: StoredApp): string {
  const defaults = printAppSettings(mergeAppSettings({}));
  const settings = Object.entries(printAppSettings(app.settings)).map(([key, value]) => {
    const isDefault = JSON.stringify(value) === JSON.stringify(defaults[key]);
    return [`  ${key}`, JSON.stringify(value), isDefault ? "(default)" : ""];
  });
  const facts = [
    ["id", app.id],
    ["name", app.name],
    ["state", app.enabled ? "enabled" : "disabled"],
    ["created", app.createdAt],
    ...app.keys.map(({ key, secrets }) => [
      "key",
      `${key} (${secrets.length} live ${secrets.length === 1 ? "secret" : "secrets"})`,
    ]),
  ];
  return `${table(facts)}\nsettings\n${table(settings)}`;
}
