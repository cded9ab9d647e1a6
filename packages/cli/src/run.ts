import { CommanderError } from "commander";
import type { Cli } from "./cli.ts";
import { toCliError } from "./cli-error.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { createProgram } from "./program.ts";

/** Runs one command to its end and gives the exit code. Whatever fails is said on standard error. */
export async function run(args: readonly string[], cli: Cli): Promise<number> {
  let exitCode: number = EXIT_CODES.ok.code;
  const program = createProgram(cli, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has printed help, the version or what is wrong with the command line by now.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode : EXIT_CODES.usage.code;
    return report(cli, error, { isJson: args.includes("--json") });
  }
}

function report(cli: Cli, error: unknown, { isJson }: { readonly isJson: boolean }): number {
  const { code, message, hint, exitCode } = toCliError(error);
  if (isJson) cli.writeError(`${JSON.stringify({ error: { code, message, hint } })}\n`);
  else cli.writeError(`usher: ${message}\n  ${hint}\n`);
  return exitCode;
}
