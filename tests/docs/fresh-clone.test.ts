import { afterAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
  // Thirty thousand files.
}, 60_000);

test("npm ci && npm start serves from a fresh clone, also when npm runs no install scripts", async () => {
  const clone = join(await temporaryFolder(), "usher");
  await run(["git", "clone", "--quiet", ROOT, clone], tmpdir());
  await run(["npm", "ci", "--ignore-scripts"], clone);
  const { url, output, stop } = await npmStart(clone);
  const page = await fetch(url);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain("<title>");
  expect(output()).toContain("Secret");
  expect(await stop()).toContain('"msg":"stopped"');

  // The same folder as npm leaves it when scripts may run.
  await run(["npm", "rebuild", "bun"], clone);
  const again = await npmStart(clone);
  expect((await fetch(again.url)).status).toBe(200);
  expect(again.output()).not.toContain("Secret");
  expect(await again.stop()).toContain('"msg":"stopped"');
}, 120_000);

async function npmStart(clone: string) {
  const child = Bun.spawn(["npm", "start"], {
    cwd: clone,
    env: { ...environment(), USHER_PORT: "0", USHER_OPS_PORT: "0", USHER_LOG_FORMAT: "json" },
    stdout: "pipe",
    stderr: "pipe",
  });
  let output = "";
  const ready = Promise.withResolvers<string>();
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      output += decoder.decode(chunk, { stream: true });
      const url = /Usher is up at (http:\S+)/.exec(output)?.[1];
      if (url) ready.resolve(url);
    }
    ready.reject(new Error(`npm start ended:\n${output}`));
  };
  const ended = Promise.all([collect(child.stdout), collect(child.stderr)]);
  const url = await ready.promise;
  return {
    url,
    output: () => output,
    /** npm passes the signal on and then ends by it, so it is the server's last words that count. */
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
      return output;
    },
  };
}

async function run(command: string[], cwd: string): Promise<void> {
  const child = Bun.spawn(command, { cwd, env: environment(), stdout: "pipe", stderr: "pipe" });
  const errors = await new Response(child.stderr).text();
  expect({ command, code: await child.exited, errors: errors.slice(-2_000) }).toMatchObject({
    command,
    code: 0,
  });
}

/** No settings of the test run or of the developer: what a newcomer has. */
function environment(): Record<string, string> {
  const kept = ["PATH", "HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "NODE_EXTRA_CA_CERTS"];
  const npm = Object.keys(process.env).filter((name) => name.toLowerCase().startsWith("npm_config_"));
  return Object.fromEntries(
    [...kept, ...npm].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "usher-clone-"));
  folders.push(folder);
  return folder;
}
