import type { Command } from "commander";
import { requireYes } from "../admin/confirm.ts";
import { withAdmin } from "../admin/open-admin.ts";
import { type AdminFlags, addAdminOptions, addYesOption, type ConfirmFlags } from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { print } from "../print.ts";

export function addAppsDelete(apps: Command, cli: Cli): void {
  const command = apps
    .command("delete <id>")
    .description("delete an app with its keys, secrets and grants, for good");
  addAdminOptions(addYesOption(command), "print a JSON object")
    .addHelpText("after", "\nExample:\n  usher apps delete 123456 --yes")
    .action(async (id: string, flags: AdminFlags & ConfirmFlags) => {
      await withAdmin(cli, flags, {}, async (admin) => {
        const { name, live } = await admin.app(id);
        const clients = live && live.connections > 0 ? ` It has ${live.connections} connections.` : "";
        await requireYes(cli, flags, `Delete app ${id} (${name}) for good?${clients}`);
        await admin.deleteApp(id);
      });
      print(cli, flags, `deleted app ${id}`, { id, deleted: true });
    });
}
