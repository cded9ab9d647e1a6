import type { Command } from "commander";
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
import { print, table } from "../print.ts";
import { appName } from "./apps-create.ts";
import { givenSecret, SECRET_OPTION } from "./given-secret.ts";

export function addKeysAdd(keys: Command, cli: Cli): void {
  const command = addAppOption(
    keys.command("add").description("add a key to an app and print its secret, this once"),
  )
    .option("--key <key>", "key to take instead of a generated one", appName)
    .option(...SECRET_OPTION);
  addAdminOptions(command, "print a JSON object")
    .addHelpText("after", "\nExample:\n  usher keys add --app 123456")
    .action(async (flags: AppFlags & { readonly key?: string; readonly secret?: string }) => {
      const body = { key: flags.key, secret: await givenSecret(cli, flags) };
      const answer = await withAdmin(cli, flags, {}, async (admin) =>
        admin.addKey(await chooseAppId(admin, flags), body),
      );
      const { app_id: appId, key, secret } = answer.credentials;
      const rows = [
        ["app", appId],
        ["key", key],
        ["secret", `${secret}   (shown this once)`],
      ];
      print(cli, flags, table(rows), answer);
    });
}

export function addKeysRemove(keys: Command, cli: Cli): void {
  const command = addAppOption(
    keys.command("remove").description("take a key away, with its secrets"),
  ).requiredOption("--key <key>", "the key");
  addAdminOptions(addYesOption(command), "print the app as a JSON object")
    .addHelpText("after", "\nExample:\n  usher keys remove --app 123456 --key 7a1c39d40be25f68c0aa --yes")
    .action(async (flags: AppFlags & ConfirmFlags & { readonly key: string }) => {
      const { key } = flags;
      const app = await withAdmin(cli, flags, {}, async (admin) => {
        const appId = await chooseAppId(admin, flags);
        await requireYes(cli, flags, `Take key ${key} from app ${appId}? Its clients are sent away (4001).`);
        return admin.removeKey(appId, key);
      });
      print(cli, flags, `took key ${key} from app ${app.id}`, app);
    });
}
