import { setTimeout } from "node:timers/promises";
import type { SecretsAnswer } from "@usher/server/admin-types";
import type { Command } from "commander";
import type { AdminClient } from "../admin/admin-client.ts";
import { chooseKey } from "../admin/choose.ts";
import { withAdmin } from "../admin/open-admin.ts";
import { addAdminOptions, addKeyOption, addYesOption, type KeyFlags } from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { parseDuration } from "../duration.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { note, print } from "../print.ts";
import { statusText } from "./secrets-status-text.ts";
import { wholeNumber } from "./whole-number.ts";

interface StatusFlags extends KeyFlags {
  readonly retireFor?: number;
  readonly watch?: boolean;
  readonly timeout?: number;
}

const POLL_INTERVAL_MS = 1_000;

/** @param end called with the exit code when a watch ends before its verdict is green. */
export function addSecretsStatus(secrets: Command, cli: Cli, end: (exitCode: number) => void): void {
  const command = addKeyOption(
    secrets
      .command("status")
      .description("show who uses which secret, and what can be done without anybody being refused"),
  )
    .option("--retire-for <duration>", "judge an activation with this retirement, such as 24h", parseDuration)
    .option(
      "--watch",
      "look again and again until it is safe to activate, or the retiring secret safe to revoke",
    )
    .option("--timeout <seconds>", "end a watch after so long, with exit code 1", wholeNumber);
  addAdminOptions(
    addYesOption(command),
    "print what the API answers; with --watch a line whenever the verdict changes",
  )
    .addHelpText(
      "after",
      "\nExample:\n  usher secrets status --app 123456 --watch && usher secrets activate --app 123456 --retire-for 24h",
    )
    .action(async (flags: StatusFlags) => {
      const isGreen = await withAdmin(cli, flags, {}, async (admin) => {
        const { appId, key } = await chooseKey(admin, flags);
        const read = () => admin.secrets(appId, key, { retire_for_seconds: flags.retireFor });
        if (flags.watch) return watch(cli, flags, read);
        const status = await read();
        print(cli, flags, statusText(status, Date.now()), status);
        return true;
      });
      if (!isGreen) end(EXIT_CODES.refused.code);
    });
}

/** @returns whether the verdict is green; false when the watch was ended before. */
async function watch(
  cli: Cli,
  flags: StatusFlags,
  read: () => ReturnType<AdminClient["secrets"]>,
): Promise<boolean> {
  const ended = Promise.race([
    cli.interrupted().then(() => true),
    // It alone keeps no process from ending.
    ...(flags.timeout === undefined ? [] : [setTimeout(flags.timeout * 1_000, true, { ref: false })]),
  ]);
  let shown = "";
  let height = 0;
  for (;;) {
    const status = await read();
    const text = statusText(status, Date.now());
    const verdict = verdictOf(status);
    // What has changed for a program; people see the counts move.
    const news = flags.json || !cli.isTerminal ? JSON.stringify(verdict) : text;
    if (news !== shown) {
      if (cli.isTerminal && !flags.json && height > 0) cli.writeOut(`\u001b[${height}A\u001b[J`);
      print(cli, flags, text, status);
      shown = news;
      height = text.split("\n").length;
    }
    if (verdict.safe) return true;
    if (await Promise.race([ended, setTimeout(POLL_INTERVAL_MS, false)])) {
      note(cli, `ended before it was safe to ${verdict.step}`);
      return false;
    }
  }
}

/** What a watch waits for: that of the next step, or nothing when no rotation is under way. */
function verdictOf({ secrets, safe_to_activate: activate }: SecretsAnswer) {
  const reasons = (verdict: SecretsAnswer["safe_to_activate"]) => verdict.reasons.map(({ code }) => code);
  if (secrets.some(({ state }) => state === "pending")) {
    return { step: "activate", safe: activate.safe, reasons: reasons(activate) };
  }
  const retiring = secrets.filter(({ state }) => state === "retiring");
  return {
    step: "revoke",
    safe: retiring.every(({ safe_to_revoke: revoke }) => revoke.safe),
    reasons: retiring.flatMap(({ safe_to_revoke: revoke }) => reasons(revoke)),
  };
}
