import type { SecretsAnswer } from "@usher/server/admin-types";
import type { Command } from "commander";
import { chooseKey } from "../admin/choose.ts";
import { requireYes } from "../admin/confirm.ts";
import { withAdmin } from "../admin/open-admin.ts";
import {
  addAdminOptions,
  addKeyOption,
  addYesOption,
  type ConfirmFlags,
  type KeyFlags,
} from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { parseDuration } from "../duration.ts";
import { note, print } from "../print.ts";
import { appliedText } from "./secrets-status-text.ts";

interface ActivateFlags extends KeyFlags, ConfirmFlags {
  readonly retireFor: number;
}

export function addSecretsActivate(secrets: Command, cli: Cli): void {
  const command = addKeyOption(
    secrets
      .command("activate")
      .description("make the pending secret the current one, and retire the old one"),
  ).option(
    "--retire-for <duration>",
    "how long the old secret stays accepted, such as 24h, 30m or 7d; without it, it is revoked at once",
    parseDuration,
    0,
  );
  addAdminOptions(addYesOption(command), "print what the API answers")
    .addHelpText("after", "\nExample:\n  usher secrets activate --app 123456 --retire-for 24h")
    .action(async (flags: ActivateFlags) => {
      const { retireFor } = flags;
      const answer = await withAdmin(cli, flags, {}, async (admin) => {
        const { appId, key } = await chooseKey(admin, flags);
        const before = await admin.secrets(appId, key, { retire_for_seconds: retireFor });
        await requireCare(cli, flags, before);
        return admin.activate(appId, key, { retire_for_seconds: retireFor });
      });
      print(cli, flags, asText(answer), answer);
    });
}

/** Asks where somebody would be refused at once; what else there is to know is said and holds nobody up. */
async function requireCare(
  cli: Cli,
  flags: ActivateFlags,
  { safe_to_activate: verdict }: SecretsAnswer,
): Promise<void> {
  const inUse = verdict.reasons.find(({ code }) => code === "still_used");
  if (flags.retireFor === 0 && inUse) {
    await requireYes(cli, flags, `Revoke the old secret at once? ${sentence(inUse.message)}`);
    return;
  }
  // That there is nothing to activate is said by the refusal.
  if (verdict.safe || flags.json) return;
  for (const { code, message } of verdict.reasons) if (code !== "nothing_pending") note(cli, message);
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function asText(answer: SecretsAnswer): string {
  const current = answer.secrets.find(({ state }) => state === "current");
  const retiring = answer.secrets.filter(({ state }) => state === "retiring").at(-1);
  const former = retiring
    ? `${retiring.fingerprint} stays accepted until ${retiring.retire_at}; until then, \`usher secrets undo\` takes this back.`
    : "The old one is not accepted any more.";
  return `${current?.fingerprint} is the current secret${appliedText(answer)}. ${former}`;
}
