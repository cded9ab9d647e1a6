import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { addConfigOptions, type StoreFlags } from "../configuration.ts";
import { withStore } from "../local-store.ts";
import { print, table } from "../print.ts";

export function addAppsList(apps: Command, cli: Cli): void {
  const command = apps.command("list").description("list the apps in the local store");
  addConfigOptions(command, ["data_dir"])
    .option("--json", "print a JSON array")
    .addHelpText("after", "\nExample:\n  usher apps list --data-dir /var/lib/usher")
    .action(async (flags: StoreFlags & { readonly json?: boolean }) => {
      const found = await withStore(cli, flags, { create: false }, (store) => store.list());
      const rows = found.map(({ id, name, enabled, keys }) => ({
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
