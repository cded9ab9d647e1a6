import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What is fetched could not be fetched; the message is one line. */
export class NotFetched extends Error {}

/** Fills the folder anew unless it was filled, to the end, from the same inputs. */
export async function once(
  folder: string,
  inputs: readonly string[],
  fill: () => Promise<void>,
): Promise<void> {
  const stamp = join(folder, ".filled-from");
  const wanted = createHash("sha256").update(inputs.join("\0")).digest("hex");
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === wanted) return;
  await rm(folder, { recursive: true, force: true });
  await fill();
  await mkdir(folder, { recursive: true });
  await writeFile(stamp, wanted);
}

export async function fetchWith(
  command: readonly string[],
  what: string,
  cwd: string,
  environment: Record<string, string> = {},
): Promise<void> {
  const { code, output } = await run(command, cwd, environment);
  if (code === 0) return;
  const lines = Bun.stripANSI(output)
    .split("\n")
    .map((line) => line.trim());
  const reason =
    lines.find((line) => /^\[?error\b\W+\w/i.test(line)) ?? lines.findLast(Boolean) ?? `exit code ${code}`;
  throw new NotFetched(`${what} could not be fetched: ${reason.slice(0, 300)}`);
}

/** How long a registry may take before its language counts as left out. */
const FETCH_LIMIT_MS = 180_000;

export async function run(command: readonly string[], cwd: string, environment: Record<string, string> = {}) {
  const child = Bun.spawn([...command], {
    cwd,
    env: { ...process.env, ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: FETCH_LIMIT_MS,
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, output: stdout + stderr };
}
