import type { Command } from "commander";
import { chooseKey } from "../admin/choose.ts";
import { withAdmin } from "../admin/open-admin.ts";
import { addAdminOptions, addKeyOption, addYesOption, type KeyFlags } from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { usageError } from "../cli-error.ts";
import { print } from "../print.ts";
import { addWhichOptions, secretsMeant, type WhichFlags, whichOf } from "./which-secret.ts";

export function addSecretsReveal(secrets: Command, cli: Cli): void {
  const command = addWhichOptions(
    addKeyOption(
      secrets
        .command("reveal")
        .description(
          "print a secret's value, the current one's unless told otherwise; it is noted in the audit trail",
        ),
    ),
  );
  addAdminOptions(addYesOption(command), "print what the API answers")
    .addHelpText("after", "\nExample:\n  usher secrets reveal --app 123456 --pending")
    .action(async (flags: KeyFlags & WhichFlags) => {
      const which = whichOf(flags) ?? "current";
      const answer = await withAdmin(cli, flags, {}, async (admin) => {
        const { appId, key } = await chooseKey(admin, flags);
        const [secret, ...others] = secretsMeant(await admin.secrets(appId, key), which);
        if (!secret || others.length > 0) {
          throw usageError(
            `the key has several ${which} secrets`,
            "Choose one with --id; `usher secrets status` shows them.",
          );
        }
        return admin.reveal(appId, key, secret.id);
      });
      print(cli, flags, answer.secret, answer);
    });
}
