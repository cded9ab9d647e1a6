import { explain, keyOf } from "@usher/protocol/explain";
import type { Command } from "commander";
import { explainOptions } from "../auth/explain-options.ts";
import { addSecretOptions, knownSecrets, type SecretFlags } from "../auth/known-secrets.ts";
import { printExplanation } from "../auth/print-explanation.ts";
import { refusalOf } from "../auth/refusal-of.ts";
import { addTicketOptions, requireTicket, type TicketFlags } from "../auth/ticket.ts";
import type { Cli } from "../cli.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { print } from "../print.ts";

interface VerifyFlags extends SecretFlags, TicketFlags {
  readonly auth: string;
  readonly json?: boolean;
}

const VALID = ["signature_valid", "secret_pending", "secret_retiring"];

/** @param end called with the exit code when the signature is not valid, which is a result here rather than a failure. */
export function addAuthVerify(auth: Command, cli: Cli, end: (exitCode: number) => void): void {
  const command = auth
    .command("verify")
    .description("check an auth value as the server would; says why where it is not valid")
    .requiredOption("--auth <value>", "the auth value, key:signature");
  addTicketOptions(command);
  addSecretOptions(command)
    .option("--json", "print a JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  usher auth verify --auth 278d425bdf160c739803:58df8b0c... --socket-id 1234.1234 --channel private-foobar",
    )
    .action(async (flags: VerifyFlags) => {
      const ticket = requireTicket(flags);
      const { secrets, signing } = await knownSecrets(cli, flags);
      const appId = flags.app ?? (signing?.appId || undefined);
      const options = explainOptions(secrets, { appId, key: keyOf(flags.auth) });
      const around = { appId, otherSocketIds: [], otherChannels: [] };
      const explanation = explain(refusalOf(ticket, flags.auth, around), options);
      if (VALID.includes(explanation.cause)) {
        const { slot = "", secretId = "" } = explanation.matched ?? {};
        const value = { valid: true, slot, secret_id: secretId };
        return print(cli, flags, `valid: signed with the ${slot} secret ${secretId}`, value);
      }
      if (flags.json) print(cli, flags, "", { valid: false, cause: explanation.cause, fix: explanation.fix });
      else {
        cli.writeOut("not valid\n");
        printExplanation(cli, flags, explanation);
      }
      end(EXIT_CODES.refused.code);
    });
}
