import { join } from "node:path";
import { track } from "./children.ts";
import type { Job, OutcomeOf, Target } from "./job.ts";

/** Far longer than any job takes; a generator that hangs is ended rather than waited for. */
const DEADLINE_MS = 300_000;

/** Runs one job in a load generator process of its own. */
export async function runLoad<J extends Job>(target: Target, job: J): Promise<OutcomeOf<J>> {
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, "load/main.ts"), JSON.stringify({ target, job })],
    {
      stdout: "pipe",
      stderr: "pipe",
      timeout: DEADLINE_MS,
    },
  );
  track(child);
  const [output, complaint, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0)
    throw new Error(`the load generator failed (${child.signalCode ?? code}): ${complaint.trim()}`);
  return JSON.parse(output);
}
