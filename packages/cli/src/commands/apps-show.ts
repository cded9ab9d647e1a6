import type { AppAnswer, SettingAnswer } from "@usher/server/admin-types";
import type { Command } from "commander";
import { withAdmin } from "../admin/open-admin.ts";
import { type AdminFlags, addAdminOptions } from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { print, table } from "../print.ts";

export function addAppsShow(apps: Command, cli: Cli): void {
  const command = apps.command("show <id>").description("show an app with its settings, never its secrets");
  addAdminOptions(command, "print a JSON object")
    .addHelpText("after", "\nExample:\n  usher apps show 123456")
    .action(async (id: string, flags: AdminFlags) => {
      const { app, settings } = await withAdmin(cli, flags, {}, async (admin) => ({
        app: await admin.app(id),
        settings: (await admin.settings(id)).items,
      }));
      print(cli, flags, asText(app, settings), asJson(app, settings));
    });
}

/** As the API has it, with the settings in effect beside those that were given. */
function asJson(
  { settings: overrides, keys, ...app }: AppAnswer,
  settings: readonly SettingAnswer[],
): unknown {
  return {
    ...app,
    keys: keys.map(({ key, secrets }) => ({ key, secret_ids: secrets.map(({ id }) => id), secrets })),
    settings: nest(settings),
    overrides,
  };
}

/** `presence_limits.members` is `members` in `presence_limits`. */
function nest(settings: readonly SettingAnswer[]): Record<string, unknown> {
  const nested: Record<string, unknown> = {};
  for (const { name, effective } of settings) {
    const [outer = "", inner] = name.split(".");
    nested[outer] = inner === undefined ? effective : { ...(nested[outer] as object), [inner]: effective };
  }
  return nested;
}

function asText(app: AppAnswer, settings: readonly SettingAnswer[]): string {
  const facts = [
    ["id", app.id],
    ["name", app.name],
    ["state", app.enabled ? "enabled" : "disabled"],
    ["created", app.created_at],
    ...app.keys.map(({ key, secrets }) => [
      "key",
      `${key} (${secrets.length} live ${secrets.length === 1 ? "secret" : "secrets"})`,
    ]),
    ...(app.live
      ? [
          [
            "live",
            `${app.live.connections} connections, ${app.live.channels} channels, ${app.live.users} users`,
          ],
        ]
      : []),
  ];
  const values = settings.map(({ name, effective, is_overridden: isOverridden }) => [
    `  ${name}`,
    JSON.stringify(effective),
    isOverridden ? "" : "(default)",
  ]);
  return `${table(facts)}\nsettings\n${table(values)}`;
}
