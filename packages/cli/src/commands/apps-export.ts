import type { Command } from "commander";
import { withAdmin } from "../admin/open-admin.ts";
import { type AdminFlags, addAdminOptions } from "../admin/options.ts";
import type { Cli } from "../cli.ts";

interface ExportFlags extends AdminFlags {
  readonly secrets?: boolean;
}

export function addAppsExport(apps: Command, cli: Cli): void {
  const command = apps
    .command("export [id]")
    .description("print an app, or all apps, as `usher apps import` takes them")
    .option("--secrets", "with all secrets in plain; keep the file as you keep a password");
  addAdminOptions(command, "on one line; the export is JSON in any case")
    .addHelpText("after", "\nExample:\n  (umask 077 && usher apps export --secrets > apps.json)")
    .action(async (id: string | undefined, flags: ExportFlags) => {
      const query = { app_id: id, secrets: flags.secrets ?? false };
      const exported = await withAdmin(cli, flags, {}, (admin) => admin.export(query));
      cli.writeOut(`${JSON.stringify(exported, null, flags.json ? 0 : 2)}\n`);
    });
}
