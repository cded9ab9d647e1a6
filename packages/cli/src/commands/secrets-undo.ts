import type { SecretsAnswer } from "@usher/server/admin-types";
import type { Command } from "commander";
import type { AdminClient } from "../admin/admin-client.ts";
import { chooseKey } from "../admin/choose.ts";
import { withAdmin } from "../admin/open-admin.ts";
import { addAdminOptions, addKeyOption, addYesOption, type KeyFlags } from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { print } from "../print.ts";
import { appliedText } from "./secrets-status-text.ts";

export function addSecretsUndo(secrets: Command, cli: Cli): void {
  addStepBack(secrets, cli, {
    name: "undo",
    about: "take the activation back while the old secret is retiring; the new one is pending again",
    step: (admin, appId, key) => admin.undo(appId, key),
    asText: (answer) => {
      const current = answer.secrets.find(({ state }) => state === "current");
      const pending = answer.secrets.find(({ state }) => state === "pending");
      return `${current?.fingerprint} is the current secret again, and ${pending?.fingerprint} is pending`;
    },
  });
}

export function addSecretsCancel(secrets: Command, cli: Cli): void {
  addStepBack(secrets, cli, {
    name: "cancel",
    about: "give the rotation up: the pending secret is revoked, and nobody is disconnected",
    step: (admin, appId, key) => admin.cancel(appId, key),
    asText: (answer) => {
      const current = answer.secrets.find(({ state }) => state === "current");
      return `the pending secret is revoked, and ${current?.fingerprint} stays the current one`;
    },
  });
}

interface StepBack {
  readonly name: string;
  readonly about: string;
  readonly step: (admin: AdminClient, appId: string, key: string) => Promise<SecretsAnswer>;
  readonly asText: (answer: SecretsAnswer) => string;
}

/** Steps that nobody is refused by, so that they do not ask; `--yes` is taken all the same, as by every step. */
function addStepBack(secrets: Command, cli: Cli, { name, about, step, asText }: StepBack): void {
  addAdminOptions(
    addYesOption(addKeyOption(secrets.command(name).description(about))),
    "print what the API answers",
  )
    .addHelpText("after", `\nExample:\n  usher secrets ${name} --app 123456`)
    .action(async (flags: KeyFlags) => {
      const answer = await withAdmin(cli, flags, {}, async (admin) => {
        const { appId, key } = await chooseKey(admin, flags);
        return step(admin, appId, key);
      });
      print(cli, flags, `${asText(answer)}${appliedText(answer)}.`, answer);
    });
}
