import type { Cli } from "../cli.ts";
import { CliError } from "../cli-error.ts";

/** The text of a file that was named on the command line. */
export function readGivenFile(cli: Cli, path: string): string {
  try {
    return cli.readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(
      "usage",
      "file_unreadable",
      `${path} cannot be read: ${reason}`,
      "Check the name.",
      cause,
    );
  }
}
