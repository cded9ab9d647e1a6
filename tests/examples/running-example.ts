import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import type { TestServer } from "../support/server.ts";
import { eventually } from "../support/time-limit.ts";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const EXAMPLES = `${ROOT}examples/`;

/** Java compiles before it listens, on a busy machine. */
const START_TIMEOUT_MS = 40_000;

export interface RunningExample {
  readonly url: string;
  /** What the process has written so far. */
  output(): string;
  stop(): Promise<void>;
}

/** Runs an example against the server, on a free port, and resolves once it answers. */
export async function runExample(
  command: readonly string[],
  server: TestServer,
  env: Record<string, string> = {},
): Promise<RunningExample> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = Bun.spawn(
    command.map((argument) => argument.replace("{port}", String(port))),
    {
      cwd: ROOT,
      env: { ...environmentFor(server), PORT: String(port), ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  let output = "";
  const collect = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) output += decoder.decode(chunk, { stream: true });
  };
  const drained = Promise.all([collect(child.stdout), collect(child.stderr)]);
  const ended = child.exited.then(async (code) => {
    await drained;
    throw new Error(`${command.join(" ")} ended with ${code}:\n${output}`);
  });
  ended.catch(() => {}); // Once it listens, its end is what the tests want.
  const stop = async (): Promise<void> => {
    child.kill();
    await child.exited;
    await drained;
  };
  try {
    await Promise.race([eventually(() => isAnswering(url), Boolean, START_TIMEOUT_MS), ended]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, output: () => output, stop };
}

/** What every example reads, and nothing of the developer's own. */
export function environmentFor(server: TestServer): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    HOME: process.env.HOME ?? "",
    LANG: "C.UTF-8",
    NODE_ENV: "development",
    USHER_PORT: String(server.port),
    USHER_APP_ID: server.appId,
    USHER_APP_KEY: server.key,
    USHER_APP_SECRET: server.secret,
  };
}

async function isAnswering(url: string): Promise<boolean> {
  try {
    await fetch(url);
    return true;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
