import type { AuditEntryAnswer } from "@usher/server/admin-types";
import type { Command } from "commander";
import { withAdmin } from "../admin/open-admin.ts";
import { type AdminFlags, addAdminOptions } from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { print, printable, table } from "../print.ts";
import { wholeNumber } from "./whole-number.ts";

interface AuditFlags extends AdminFlags {
  readonly app?: string;
  readonly action?: string;
  readonly actor?: string;
  readonly limit: number;
}

export function addAudit(program: Command, cli: Cli): void {
  const command = program
    .command("audit")
    .description("list who did what to apps, secrets and grants, when, and from where; the newest first")
    .option("--app <id>", "only what was done to this app")
    .option("--action <action>", "only this action, such as secret.rotate")
    .option("--actor <id>", "only what this operator or token did")
    .option("--limit <n>", "most entries to list", wholeNumber, 50);
  addAdminOptions(command, "print what the API answers")
    .addHelpText("after", "\nExample:\n  usher audit --app 123456 --action secret.rotate")
    .action(async (flags: AuditFlags) => {
      const query = { app_id: flags.app, action: flags.action, actor_id: flags.actor };
      const answer = await withAdmin(cli, flags, {}, (admin) => admin.audit(query, flags.limit));
      print(cli, flags, table([HEADER, ...answer.items.map(cellsOf)]), answer);
    });
}

const HEADER = ["TIME", "WHO", "FROM", "ACTION", "APP", "TARGET", "DETAILS"];

function cellsOf({ at, actor, action, app_id: appId, target, details }: AuditEntryAnswer): string[] {
  const who = actor.kind === actor.name || actor.name === "" ? actor.kind : `${actor.kind} ${actor.name}`;
  const said = Object.entries(details).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const cells = [at, who, actor.address ?? "-", action, appId ?? "-", target ?? "-", said.join(" ")];
  return cells.map(printable);
}
