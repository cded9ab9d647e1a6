import type { InvitationAnswer } from "@usher/server/admin-types";
import { type Command, Option } from "commander";
import { requireYes } from "../admin/confirm.ts";
import { withAdmin } from "../admin/open-admin.ts";
import { type AdminFlags, addAdminOptions, addYesOption, type ConfirmFlags } from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { printTime } from "../duration.ts";
import { print, printable, table } from "../print.ts";

export const ROLES = ["viewer", "operator", "owner"];

export function addOperatorsList(operators: Command, cli: Cli): void {
  addAdminOptions(
    operators.command("list").description("list the people who may log in"),
    "print what the API answers",
  )
    .addHelpText("after", "\nExample:\n  usher operators list")
    .action(async (flags: AdminFlags) => {
      const answer = await withAdmin(cli, flags, {}, (admin) => admin.operators());
      const rows = answer.items.map(({ id, email, name, role, state, seen_at: seenAt }) => [
        id,
        printable(email),
        printable(name),
        role,
        state,
        printTime(seenAt, Date.now()),
      ]);
      print(cli, flags, table([["ID", "E-MAIL", "NAME", "ROLE", "STATE", "LAST LOG-IN"], ...rows]), answer);
    });
}

export function addOperatorsInvite(operators: Command, cli: Cli): void {
  const command = operators
    .command("invite <email>")
    .description("let somebody in by a link that is good once")
    .addOption(new Option("--role <role>", "what they may do").choices(ROLES).default("operator"));
  addAdminOptions(command, "print what the API answers")
    .addHelpText("after", "\nExample:\n  usher operators invite jo@example.com --role viewer")
    .action(async (email: string, flags: AdminFlags & { readonly role: string }) => {
      const answer = await withAdmin(cli, flags, {}, (admin) =>
        admin.inviteOperator({ email, role: flags.role }),
      );
      print(cli, flags, linkText(answer), answer);
    });
}

export function addOperatorsLink(operators: Command, cli: Cli): void {
  const command = operators
    .command("link <id>")
    .description("make a new link for an operator whose invitation or password was lost");
  addAdminOptions(command, "print what the API answers")
    .addHelpText("after", "\nExample:\n  usher operators link op_01a1fdae19e2f0cbad8c7de9")
    .action(async (id: string, flags: AdminFlags) => {
      const answer = await withAdmin(cli, flags, {}, (admin) => admin.renewInvitation(id));
      print(cli, flags, linkText(answer), answer);
    });
}

export function addOperatorsRemove(operators: Command, cli: Cli): void {
  const command = operators.command("remove <id>").description("remove somebody, and end their sessions");
  addAdminOptions(addYesOption(command), "print a JSON object")
    .addHelpText("after", "\nExample:\n  usher operators remove op_01a1fdae19e2f0cbad8c7de9 --yes")
    .action(async (id: string, flags: AdminFlags & ConfirmFlags) => {
      await requireYes(cli, flags, `Remove the operator ${id}?`);
      await withAdmin(cli, flags, {}, (admin) => admin.removeOperator(id));
      print(cli, flags, `removed the operator ${id}`, { id, removed: true });
    });
}

function linkText({ link }: InvitationAnswer): string {
  return `${link.url}\nPass it on in private: it is shown this once and is good once, until ${link.expires_at}.`;
}
