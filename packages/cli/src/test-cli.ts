import type { Cli } from "./cli.ts";
import { run } from "./run.ts";

export interface Finished {
  readonly exitCode: number;
  readonly out: string;
  readonly errors: string;
}

export interface TestOptions {
  readonly env?: Cli["env"];
  readonly files?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly interrupted?: Promise<void>;
  /** What a person at the terminal answers to a question; without it nobody is there. */
  readonly answer?: (question: string) => boolean;
}

/** Runs a command inside the test, with an empty environment and nothing but the files given. */
export async function runCommand(args: readonly string[], options: TestOptions = {}): Promise<Finished> {
  const { env = {}, files = {}, input = "", interrupted = new Promise<void>(() => {}), answer } = options;
  let out = "";
  let errors = "";
  const exitCode = await run(args, {
    env,
    writeOut: (text) => {
      out += text;
    },
    writeError: (text) => {
      errors += text;
    },
    isTerminal: false,
    isErrorTerminal: false,
    canAsk: answer !== undefined,
    confirm: async (question) => answer?.(question) ?? false,
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error("no such file");
      return text;
    },
    readInput: async () => input,
    interrupted: () => interrupted,
    terminated: () => new Promise<void>(() => {}),
  });
  return { exitCode, out, errors };
}
