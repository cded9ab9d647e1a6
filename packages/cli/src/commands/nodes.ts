import type { Command } from "commander";
import { withAdmin } from "../admin/open-admin.ts";
import { type AdminFlags, addAdminOptions } from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { printTime } from "../duration.ts";
import { print, printable, table } from "../print.ts";

export function addNodes(program: Command, cli: Cli): void {
  const command = program.command("nodes").description("list the servers that share the database");
  addAdminOptions(command, "print what the API answers")
    .addHelpText("after", "\nExample:\n  usher nodes")
    .action(async (flags: AdminFlags) => {
      const answer = await withAdmin(cli, flags, {}, (admin) => admin.nodes());
      const now = Date.now();
      const rows = answer.items.map((node) => [
        node.id,
        printable(node.name),
        node.version,
        node.is_draining ? "draining" : node.is_live ? "live" : "gone",
        String(node.connections),
        printTime(node.started_at, now),
        printTime(node.seen_at, now),
      ]);
      const header = ["ID", "NAME", "VERSION", "STATE", "CONNECTIONS", "STARTED", "LAST HEARD OF"];
      print(cli, flags, table([header, ...rows]), answer);
    });
}
