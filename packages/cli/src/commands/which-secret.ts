import type { SecretStatusAnswer, SecretsAnswer } from "@usher/server/admin-types";
import type { Command } from "commander";
import { CliError, usageError } from "../cli-error.ts";

/** Which of a key's secrets is meant. */
export interface WhichFlags {
  readonly pending?: boolean;
  readonly retiring?: boolean;
  readonly current?: boolean;
  readonly id?: string;
}

export function addWhichOptions(command: Command): Command {
  return command
    .option("--pending", "the pending secret")
    .option("--retiring", "the retiring secret")
    .option("--current", "the current secret")
    .option("--id <id>", "the secret with this id or fingerprint");
}

export type Which = "pending" | "retiring" | "current" | { readonly id: string };

/** @returns undefined when none is named; naming several is a usage error. */
export function whichOf({ pending, retiring, current, id }: WhichFlags): Which | undefined {
  const named: readonly (Which | undefined)[] = [
    pending ? "pending" : undefined,
    retiring ? "retiring" : undefined,
    current ? "current" : undefined,
    id === undefined ? undefined : { id },
  ];
  const [which, ...others] = named.filter((each) => each !== undefined);
  if (others.length === 0) return which;
  throw usageError("several secrets are named", "Give one of --pending, --retiring, --current and --id.");
}

/** The secrets that are meant; several where several are retiring. Never none. */
export function secretsMeant({ secrets }: SecretsAnswer, which: Which): readonly SecretStatusAnswer[] {
  const meant = secrets.filter(({ id, fingerprint, state }) =>
    typeof which === "string" ? state === which : id === which.id || fingerprint === which.id,
  );
  if (meant.length > 0) return meant;
  const name = typeof which === "string" ? `${which} secret` : `secret ${which.id}`;
  const code = typeof which !== "string" ? "secret_not_found" : `nothing_${which}`;
  throw new CliError("refused", code, `the key has no ${name}`, "`usher secrets status` shows its secrets.");
}
