import type { RestrictionAnswer } from "@usher/server/admin-types";
import { type Command, InvalidArgumentError } from "commander";
import { chooseAppId } from "../admin/choose.ts";
import { requireYes } from "../admin/confirm.ts";
import { withAdmin } from "../admin/open-admin.ts";
import {
  type AppFlags,
  addAdminOptions,
  addAppOption,
  addYesOption,
  type ConfirmFlags,
} from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { usageError } from "../cli-error.ts";
import { parseDuration, printTime } from "../duration.ts";
import { print, printable, table } from "../print.ts";
import { endedText } from "./ended-text.ts";

interface RevokeFlags extends AppFlags, ConfirmFlags {
  readonly channel?: string;
  readonly user?: string;
  readonly socket?: string;
  readonly ban?: number;
  readonly notBefore?: boolean;
  readonly reason?: string;
}

export function addGrantsList(grants: Command, cli: Cli): void {
  const command = addAppOption(
    grants.command("list").description("list bans and watermarks, the oldest first"),
  );
  addAdminOptions(command, "print what the API answers")
    .addHelpText("after", "\nExample:\n  usher grants list --app 123456")
    .action(async (flags: AppFlags) => {
      const answer = await withAdmin(cli, flags, {}, async (admin) =>
        admin.grants(await chooseAppId(admin, flags)),
      );
      const rows = answer.items.map((grant) => [grant.id, ...cellsOf(grant, Date.now())].map(printable));
      print(cli, flags, table([["ID", "KIND", "CHANNEL", "USER", "WHEN", "REASON"], ...rows]), answer);
    });
}

export function addGrantsRevoke(grants: Command, cli: Cli): void {
  const command = addAppOption(
    grants
      .command("revoke")
      .description("take back what was granted: subscriptions, sign-ins and connections end now"),
  )
    .option("--channel <name>", "on this channel")
    .option("--user <id>", "of this user, signed in or a member")
    .option("--socket <id>", "of this connection")
    .option("--ban <duration>", "keep the user out for so long, such as 24h", banDuration)
    .option(
      "--not-before",
      "refuse older signatures from now on: of the channel, the user or, with neither, the whole app",
    )
    .option("--reason <text>", "for the user, who is sent it");
  addAdminOptions(addYesOption(command), "print what the API answers")
    .addHelpText(
      "after",
      "\nExample:\n  usher grants revoke --app 123456 --user 42 --channel private-room-7\n  usher grants revoke --app 123456 --user 42 --ban 24h --reason 'you left the team'",
    )
    .action(async (flags: RevokeFlags) => {
      const body = bodyOf(flags);
      const answer = await withAdmin(cli, flags, {}, async (admin) => {
        const appId = await chooseAppId(admin, flags);
        const isOfMany = flags.user === undefined && flags.socket === undefined;
        if (isOfMany) {
          const where = flags.channel === undefined ? `in the whole app ${appId}` : `on ${flags.channel}`;
          await requireYes(cli, flags, `Take back the grants of everybody ${where}?`);
        }
        return admin.revokeGrants(appId, body);
      });
      const { ended, restriction } = answer;
      print(cli, flags, `${endedText(ended)}${restriction ? `; ${lastingText(restriction)}` : ""}`, answer);
    });
}

export function addGrantsLift(grants: Command, cli: Cli): void {
  const command = addAppOption(grants.command("lift <id>").description("lift a ban or a watermark"));
  addAdminOptions(command, "print a JSON object")
    .addHelpText("after", "\nExample:\n  usher grants lift ban_5f3a9c02b7d1 --app 123456")
    .action(async (id: string, flags: AppFlags) => {
      await withAdmin(cli, flags, {}, async (admin) => admin.liftGrant(await chooseAppId(admin, flags), id));
      print(cli, flags, `lifted ${id}`, { id, lifted: true });
    });
}

function bodyOf({ channel, user, socket, ban, notBefore, reason }: RevokeFlags): Record<string, unknown> {
  const isNamed = channel !== undefined || user !== undefined || socket !== undefined;
  if (!isNamed && !notBefore) {
    throw usageError(
      "it is not said whose grants",
      "Give --channel, --user or --socket; or --not-before alone, for the whole app.",
    );
  }
  return { channel, user_id: user, socket_id: socket, ban_seconds: ban, not_before: notBefore, reason };
}

function banDuration(text: string): number {
  const seconds = parseDuration(text);
  if (seconds > 0) return seconds;
  throw new InvalidArgumentError("Give a duration such as 24h; `usher grants lift` ends a ban.");
}

function cellsOf(grant: RestrictionAnswer, nowMs: number): string[] {
  if (grant.kind === "ban") {
    const ends = grant.until === null ? "for ever" : `ends ${printTime(grant.until, nowMs)}`;
    return ["ban", "-", grant.user_id, ends, grant.reason ?? ""];
  }
  return ["not_before", grant.channel ?? "all", grant.user_id ?? "all", grant.at, ""];
}

function lastingText(grant: RestrictionAnswer): string {
  if (grant.kind === "ban")
    return `user ${grant.user_id} is banned until ${grant.until ?? "that is lifted"} (${grant.id})`;
  return `signatures for connections opened before ${grant.at} are refused (${grant.id})`;
}
