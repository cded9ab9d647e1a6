import type { Cli } from "../cli.ts";
import { usageError } from "../cli-error.ts";
import { requireLocalConfig, type StoreFlags } from "../configuration.ts";

export const SECRET_OPTION = [
  "--secret <secret>",
  "secret to take instead of a generated one; - reads it from standard input, which no process list shows",
] as const;

/** The secret that `--secret` gives; undefined to have one generated. */
export async function givenSecret(
  cli: Cli,
  flags: StoreFlags & { readonly secret?: string },
): Promise<string | undefined> {
  const secret = flags.secret === "-" ? (await cli.readInput()).replace(/\r?\n$/, "") : flags.secret;
  if (secret === undefined) return undefined;
  if (secret === "") throw usageError("the secret is empty", "Leave --secret out to have one generated.");
  if (secret === "app-secret" && requireLocalConfig(cli, flags).config.mode === "production") {
    const message = "app-secret is the example of other servers' documentation, so everybody knows it";
    throw usageError(message, "Leave --secret out to have one generated.");
  }
  return secret;
}
