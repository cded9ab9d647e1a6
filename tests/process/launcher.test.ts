import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { newDataDir } from "../support/apps.ts";

setDefaultTimeout(30_000);

const LAUNCHER = fileURLToPath(new URL("../../packages/cli/bin/usher.mjs", import.meta.url));

let dataDir: string;

beforeEach(async () => {
  dataDir = await newDataDir();
});

afterEach(() => rmSync(dataDir, { recursive: true }));

/** The command as npm installs it: Node runs a script that hands over to Bun. */
function launch(args: readonly string[], env: Record<string, string> = {}) {
  return Bun.spawn(["node", LAUNCHER, ...args], {
    cwd: dataDir,
    env: {
      PATH: process.env.PATH ?? "",
      HOME: process.env.HOME ?? "",
      USHER_DATA_DIR: dataDir,
      USHER_PORT: "0",
      USHER_OPS_PORT: "0",
      USHER_LOG_FORMAT: "json",
      ...env,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: 20_000,
  });
}

/** What a process has written to standard output once a line of it holds the text. */
async function outputUntil(stream: ReadableStream<Uint8Array>, text: string): Promise<string> {
  const decoder = new TextDecoder();
  let output = "";
  const reader = stream.getReader();
  while (!output.includes(text)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`ended before it said ${text}: ${output}`);
    output += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return output;
}

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s reaches the server through the launcher, which ends as the server does",
  async (signal) => {
    const launcher = launch(["serve"]);
    await outputUntil(launcher.stdout, '"msg":"listening"');
    launcher.kill(signal);
    await outputUntil(launcher.stdout, '"msg":"stopped"');
    expect(await launcher.exited).toBe(0);
  },
);

test("the launcher hands over arguments, output and the exit code of what failed", async () => {
  const wrong = launch(["serve"], { USHER_PORT: "abc" });
  expect(await new Response(wrong.stderr).text()).toContain("USHER_PORT: port");
  expect(await wrong.exited).toBe(78);
  const version = launch(["--version"]);
  expect(await new Response(version.stdout).text()).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(await version.exited).toBe(0);
});

test("a server that is killed is reported as killed", async () => {
  const launcher = launch(["serve"]);
  const output = await outputUntil(launcher.stdout, '"msg":"listening"');
  expect(output).toContain("listening");
  for (const pid of childrenOf(launcher.pid)) process.kill(pid, "SIGKILL");
  expect(await launcher.exited).toBe(137);
});

/** The processes that a process has started, or itself where it has become the server. */
function childrenOf(pid: number): number[] {
  const { stdout } = Bun.spawnSync(["ps", "-o", "pid=", "--ppid", String(pid)]);
  const children = stdout
    .toString()
    .split("\n")
    .flatMap((line) => (line.trim() === "" ? [] : [Number(line)]));
  return children.length > 0 ? children : [pid];
}
