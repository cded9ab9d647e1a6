import { readFileSync } from "node:fs";

/** The process around a command, as far as commands touch it. */
export interface Cli {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Do people read standard output, and standard error, on a terminal? */
  readonly isTerminal: boolean;
  readonly isErrorTerminal: boolean;
  /** Does a person sit at standard input who sees standard error? */
  readonly canAsk: boolean;
  /** Asks a question on standard error; false also for a question that was cancelled. Only where `canAsk`. */
  readonly confirm: (question: string) => Promise<boolean>;
  readonly readFile: (path: string) => string;
  /** Standard input to its end. */
  readonly readInput: () => Promise<string>;
  /** Resolves at the first Ctrl-C from now on. */
  readonly interrupted: () => Promise<void>;
  /** Resolves at the first SIGTERM from now on. */
  readonly terminated: () => Promise<void>;
}

export function processCli(): Cli {
  return {
    env: process.env,
    writeOut: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
    isTerminal: process.stdout.isTTY === true,
    isErrorTerminal: process.stderr.isTTY === true,
    canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true,
    confirm,
    readFile: (path) => readFileSync(path, "utf8"),
    readInput: () => Array.fromAsync(process.stdin.setEncoding("utf8")).then((chunks) => chunks.join("")),
    interrupted: () => new Promise((resolve) => process.once("SIGINT", () => resolve())),
    terminated: () => new Promise((resolve) => process.once("SIGTERM", () => resolve())),
  };
}

async function confirm(question: string): Promise<boolean> {
  const prompts = await import("@clack/prompts");
  // A terminal that does not know its width says 0, and the question would have a line for each letter.
  if (process.stderr.columns === 0) process.stderr.columns = 80;
  // Standard output is for results alone.
  return (await prompts.confirm({ message: question, initialValue: false, output: process.stderr })) === true;
}
