import type { Cli } from "../cli.ts";
import { CliError, usageError } from "../cli-error.ts";
import type { ConfirmFlags } from "./options.ts";

/**
 * Asks before something that could be regretted. Where nobody sits at a terminal `--yes` is needed, so that a script never
 * hangs at a question and never does by accident what it did not ask for.
 *
 * @param question what is about to happen, as a question.
 */
export async function requireYes(cli: Cli, { yes }: ConfirmFlags, question: string): Promise<void> {
  if (yes) return;
  if (!cli.canAsk) {
    throw usageError(`nobody is here to be asked: ${question}`, "Give --yes to go on without the question.");
  }
  if (await cli.confirm(question)) return;
  throw new CliError("refused", "not_confirmed", "nothing was changed", "Answer yes, or give --yes.");
}
