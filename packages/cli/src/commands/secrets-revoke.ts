import type { RevokedAnswer, SecretStatusAnswer } from "@usher/server/admin-types";
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
import { usageError } from "../cli-error.ts";
import { print } from "../print.ts";
import { counted, endedText } from "./ended-text.ts";
import { appliedText } from "./secrets-status-text.ts";
import { addWhichOptions, secretsMeant, type Which, type WhichFlags, whichOf } from "./which-secret.ts";

interface RevokeFlags extends KeyFlags, ConfirmFlags, WhichFlags {
  readonly keepConnections?: boolean;
}

export function addSecretsRevoke(secrets: Command, cli: Cli): void {
  const command = addWhichOptions(
    addKeyOption(
      secrets
        .command("revoke")
        .description("end a secret now, with the connections and subscriptions that it let in"),
    ),
  ).option("--keep-connections", "leave those who came in with it where they are");
  addAdminOptions(
    addYesOption(command),
    "print what the API answers; with `secret` where a new one had to be made",
  )
    .addHelpText("after", "\nExample:\n  usher secrets revoke --app 123456 --current --yes")
    .action(async (flags: RevokeFlags) => {
      const which = whichOf(flags);
      if (which === undefined) {
        throw usageError("it is not said which secret", "Give --pending, --retiring, --current or --id.");
      }
      const answer = await withAdmin(cli, flags, {}, async (admin) => {
        const { appId, key } = await chooseKey(admin, flags);
        const meant = secretsMeant(await admin.secrets(appId, key), which);
        await requireYes(cli, flags, questionOf(meant, flags));
        const body = { ...bodyOf(which, meant), end_connections: !flags.keepConnections };
        return admin.revoke(appId, key, body);
      });
      print(cli, flags, asText(answer), answer);
    });
}

/** The very secret that was shown: by the time of the answer, somebody else's step may have put another in its place. */
function bodyOf(
  which: Which,
  [secret, ...others]: readonly SecretStatusAnswer[],
): Record<string, string | undefined> {
  return typeof which === "string" && others.length > 0 ? { which } : { secret_id: secret?.id };
}

/** With what speaks against it, where something does. */
function questionOf(meant: readonly SecretStatusAnswer[], { keepConnections }: RevokeFlags): string {
  const names = meant.map(({ state, fingerprint }) => `the ${state} secret ${fingerprint}`).join(" and ");
  const against = meant
    .filter(({ safe_to_revoke: verdict }) => !verdict.safe)
    .flatMap(({ safe_to_revoke: verdict }) => verdict.reasons.map(({ message }) => message));
  const connections = meant.reduce((sum, { held }) => sum + (held?.connections ?? 0), 0);
  const ended = connections > 0 && !keepConnections ? ` ${counted(connections, "connection")} will end.` : "";
  const reasons = against.length > 0 ? ` Not safe: ${against.join("; ")}.` : "";
  return `Revoke ${names} now?${ended}${reasons}`;
}

function asText(answer: RevokedAnswer): string {
  const lines = [`revoked${appliedText(answer)}; ${endedText(answer.ended)}`];
  if (answer.secret !== undefined) {
    lines.push(`secret  ${answer.secret}   (the new current one, shown this once)`);
    lines.push("Nobody has it yet: deploy it now, for everything signed with the old one is refused.");
  }
  return lines.join("\n");
}
