import type { Cli } from "./cli.ts";

const FIRST_SIGN_MS = 1_000;

/** Shows on a terminal that something which takes more than a second is still going on, and for how long. */
export async function withProgress<T>(cli: Cli, what: string, work: Promise<T>): Promise<T> {
  if (!cli.isErrorTerminal) return work;
  const startedAtMs = performance.now();
  let isShown = false;
  const timer = setInterval(() => {
    isShown = true;
    const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
    cli.writeError(`\r${CLEAR_LINE}usher: still ${what} (${seconds} s)`);
  }, FIRST_SIGN_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (isShown) cli.writeError(`\r${CLEAR_LINE}`);
  }
}

const CLEAR_LINE = "\u001b[K";
