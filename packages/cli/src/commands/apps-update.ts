import type { Command } from "commander";
import { withAdmin } from "../admin/open-admin.ts";
import { type AdminFlags, addAdminOptions } from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { usageError } from "../cli-error.ts";
import { print } from "../print.ts";
import { givenSettings } from "./given-settings.ts";

interface UpdateFlags extends AdminFlags {
  readonly name?: string;
  readonly settings?: string;
}

export function addAppsUpdate(apps: Command, cli: Cli): void {
  const command = apps
    .command("update <id>")
    .description("change an app's name or settings")
    .option("--name <name>", "name for people")
    .option("--settings <json>", "settings to change as a JSON object; null for one takes the default again");
  addAdminOptions(command, "print the app as a JSON object")
    .addHelpText(
      "after",
      '\nExample:\n  usher apps update 123456 --settings \'{"client_events":true,"data_limit":null}\'',
    )
    .action(async (id: string, flags: UpdateFlags) => {
      if (flags.name === undefined && flags.settings === undefined) {
        throw usageError("there is nothing to change", "Give --name, --settings or both.");
      }
      const settings = flags.settings === undefined ? undefined : givenSettings(flags.settings);
      const body = { name: flags.name, settings };
      const app = await withAdmin(cli, flags, {}, (admin) => admin.updateApp(id, body));
      print(cli, flags, `changed app ${app.id}`, app);
    });
}

export function addAppsEnable(apps: Command, cli: Cli): void {
  addSwitch(apps, cli, {
    name: "enable",
    isEnabled: true,
    about: "let clients and servers use an app again",
  });
}

export function addAppsDisable(apps: Command, cli: Cli): void {
  const about = "send an app's clients away (4003) and refuse its requests, until it is enabled again";
  addSwitch(apps, cli, { name: "disable", isEnabled: false, about });
}

function addSwitch(
  apps: Command,
  cli: Cli,
  { name, isEnabled, about }: { readonly name: string; readonly isEnabled: boolean; readonly about: string },
): void {
  addAdminOptions(apps.command(`${name} <id>`).description(about), "print the app as a JSON object")
    .addHelpText("after", `\nExample:\n  usher apps ${name} 123456`)
    .action(async (id: string, flags: AdminFlags) => {
      const app = await withAdmin(cli, flags, {}, (admin) => admin.updateApp(id, { enabled: isEnabled }));
      print(cli, flags, `app ${app.id} is ${app.enabled ? "enabled" : "disabled"}`, app);
    });
}
