import { generateAppId, generateKey, isAppName } from "@usher/server/light";
import { type Command, InvalidArgumentError } from "commander";
import type { AdminClient, Given } from "../admin/admin-client.ts";
import { withAdmin } from "../admin/open-admin.ts";
import { type AdminFlags, addAdminOptions } from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { print, table } from "../print.ts";
import { givenSecret, SECRET_OPTION } from "./given-secret.ts";
import { givenSettings } from "./given-settings.ts";

interface CreateFlags extends AdminFlags {
  readonly name?: string;
  readonly id?: string;
  readonly key?: string;
  readonly secret?: string;
  readonly settings?: string;
}

export function addAppsCreate(apps: Command, cli: Cli): void {
  const command = apps
    .command("create")
    .description("create an app and print its secret, this once")
    .option("--name <name>", "name for people")
    .option("--id <id>", "id to take instead of a generated one", appName)
    .option("--key <key>", "key to take instead of a generated one", appName)
    .option(...SECRET_OPTION)
    .option("--settings <json>", "settings as a JSON object, such as '{\"client_events\":true}'");
  addAdminOptions(command, "print a JSON object")
    .addHelpText("after", "\nExample:\n  usher apps create --name Chat --settings '{\"client_events\":true}'")
    .action(async (flags: CreateFlags) => {
      const { name, id, key } = flags;
      const settings = flags.settings === undefined ? undefined : givenSettings(flags.settings);
      const secret = await givenSecret(cli, flags);
      const made = await withAdmin(cli, flags, { create: true }, (admin) =>
        secret === undefined
          ? create(admin, { name, id, key, settings })
          : bringIn(admin, { name, id: id ?? generateAppId(), key: key ?? generateKey(), settings }, secret),
      );
      const rows = [
        ["id", made.id],
        ["key", made.key],
        ["secret", `${made.secret}   (shown this once)`],
      ];
      print(cli, flags, table(rows), made);
    });
}

interface Made {
  readonly id: string;
  readonly name: string;
  readonly key: string;
  readonly secret: string;
}

async function create(admin: AdminClient, body: Given): Promise<Made> {
  const { app, credentials } = await admin.createApp(body);
  return { id: app.id, name: app.name, key: credentials.key, secret: credentials.secret };
}

/** A secret that somebody signs with already is taken as it is, which is what an import does. */
async function bringIn(
  admin: AdminClient,
  { key, ...app }: Given & { readonly id: string; readonly key: string },
  secret: string,
): Promise<Made> {
  const imported = { ...app, keys: [{ key, secrets: [{ value: secret }] }] };
  const { added } = await admin.import({ apps: [imported] }, "refuse");
  return { id: app.id, name: added[0]?.name ?? "", key, secret };
}

export function appName(text: string): string {
  if (isAppName(text)) return text;
  throw new InvalidArgumentError("Use up to 200 characters without spaces or any of / : ? # % &.");
}
