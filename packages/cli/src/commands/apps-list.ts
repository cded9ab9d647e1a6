import type { Command } from "commander";
import { withAdmin } from "../admin/open-admin.ts";
import { type AdminFlags, addAdminOptions } from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { print, table } from "../print.ts";

export function addAppsList(apps: Command, cli: Cli): void {
  addAdminOptions(apps.command("list").description("list the apps"), "print a JSON array")
    .addHelpText("after", "\nExample:\n  usher apps list --data-dir /var/lib/usher")
    .action(async (flags: AdminFlags) => {
      const { items } = await withAdmin(cli, flags, {}, (admin) => admin.apps());
      const rows = items.map(({ id, name, enabled, keys }) => ({
        id,
        name,
        enabled,
        keys: keys.map(({ key }) => key),
      }));
      const cells = rows.map(({ id, name, enabled, keys }) => [
        id,
        name,
        enabled ? "enabled" : "disabled",
        keys.join(","),
      ]);
      print(cli, flags, table([["ID", "NAME", "STATE", "KEYS"], ...cells]), rows);
    });
}
