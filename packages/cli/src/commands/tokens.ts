import { type Command, Option } from "commander";
import { requireYes } from "../admin/confirm.ts";
import { withAdmin } from "../admin/open-admin.ts";
import { type AdminFlags, addAdminOptions, addYesOption, type ConfirmFlags } from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { parseDuration, printTime } from "../duration.ts";
import { print, printable, table } from "../print.ts";
import { collect } from "./collect.ts";
import { ROLES } from "./operators.ts";

interface CreateFlags extends AdminFlags {
  readonly name: string;
  readonly role: string;
  readonly scope: readonly string[];
  readonly expires?: number;
}

export function addTokensList(tokens: Command, cli: Cli): void {
  addAdminOptions(tokens.command("list").description("list the API tokens"), "print what the API answers")
    .addHelpText("after", "\nExample:\n  usher tokens list")
    .action(async (flags: AdminFlags) => {
      const answer = await withAdmin(cli, flags, {}, (admin) => admin.tokens());
      const now = Date.now();
      const rows = answer.items.map(({ id, name, role, scopes, used_at: usedAt, expires_at: expiresAt }) => [
        id,
        printable(name),
        role,
        printTime(usedAt, now),
        printTime(expiresAt, now),
        scopes.join(" "),
      ]);
      print(cli, flags, table([["ID", "NAME", "ROLE", "LAST USE", "EXPIRES", "SCOPES"], ...rows]), answer);
    });
}

export function addTokensCreate(tokens: Command, cli: Cli): void {
  const command = tokens
    .command("create")
    .description("make an API token and print it, this once")
    .requiredOption("--name <name>", "what it is for")
    .addOption(new Option("--role <role>", "what it may do at most").choices(ROLES).default("operator"))
    .requiredOption(
      "--scope <scope>",
      "what it may be used for, such as secrets:write; may be given several times",
      collect,
    )
    .option("--expires <duration>", "when it ends, such as 90d; without it never", parseDuration);
  addAdminOptions(command, "print what the API answers")
    .addHelpText(
      "after",
      "\nExample:\n  usher tokens create --name deploy --scope secrets:read --scope secrets:write --expires 90d",
    )
    .action(async (flags: CreateFlags) => {
      const { name, role, scope: scopes, expires } = flags;
      const body = { name, role, scopes, expires_in_seconds: expires || null };
      const answer = await withAdmin(cli, flags, {}, (admin) => admin.createToken(body));
      const text = `${answer.value}\nThe token ${answer.token.id}, shown this once. Give it with USHER_TOKEN.`;
      print(cli, flags, text, answer);
    });
}

export function addTokensRevoke(tokens: Command, cli: Cli): void {
  addAdminOptions(
    addYesOption(tokens.command("revoke <id>").description("take an API token back, at once")),
    "print a JSON object",
  )
    .addHelpText("after", "\nExample:\n  usher tokens revoke tok_0190c7a1 --yes")
    .action(async (id: string, flags: AdminFlags & ConfirmFlags) => {
      await requireYes(cli, flags, `Revoke the token ${id}? Whatever uses it is refused at once.`);
      await withAdmin(cli, flags, {}, (admin) => admin.revokeToken(id));
      print(cli, flags, `revoked the token ${id}`, { id, revoked: true });
    });
}
