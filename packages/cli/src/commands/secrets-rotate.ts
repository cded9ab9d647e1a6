import type { Command } from "commander";
import { chooseKey } from "../admin/choose.ts";
import { withAdmin } from "../admin/open-admin.ts";
import { addAdminOptions, addKeyOption, addYesOption, type KeyFlags } from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { print, table } from "../print.ts";
import { givenSecret, SECRET_OPTION } from "./given-secret.ts";
import { appliedText } from "./secrets-status-text.ts";

export function addSecretsRotate(secrets: Command, cli: Cli): void {
  const command = addKeyOption(
    secrets
      .command("rotate")
      .description("make a new secret and print it, this once; both are accepted from then on"),
  ).option(...SECRET_OPTION);
  addAdminOptions(addYesOption(command), "print what the API answers, with the new secret as `secret`")
    .addHelpText("after", "\nExample:\n  usher secrets rotate --app 123456 --json | jq -r .secret")
    .action(async (flags: KeyFlags & { readonly secret?: string }) => {
      const secret = await givenSecret(cli, flags);
      const answer = await withAdmin(cli, flags, {}, async (admin) => {
        const { appId, key } = await chooseKey(admin, flags);
        return admin.rotate(appId, key, { secret });
      });
      const which = `--app ${answer.app_id} --key ${answer.key}`;
      const rows = [
        ["secret", `${answer.secret}   (shown this once)`],
        ["fingerprint", answer.secrets.find(({ state }) => state === "pending")?.fingerprint ?? ""],
      ];
      const text = [
        table(rows),
        `Both secrets are accepted now${appliedText(answer)}. Deploy the new one wherever the old one is, and look who uses which:`,
        `  usher secrets status ${which} --watch`,
        `  usher secrets activate ${which} --retire-for 24h`,
      ];
      print(cli, flags, text.join("\n"), answer);
    });
}
