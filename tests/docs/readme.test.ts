import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { startServer, type TestServer } from "../support/server.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const QUICKSTART = `${ROOT}examples/quickstart/`;
// Inside the repository, so that the copies find the libraries they import.
const COPIES = `${ROOT}tests/.artifacts/quickstart/`;

describe("the README", () => {
  let server: TestServer;
  const running: Bun.Subprocess[] = [];

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => {
    for (const child of running) child.kill();
    await server.stop();
    await rm(COPIES, { recursive: true, force: true });
  });

  test.each(["backend.mjs", "page.mjs"])("shows examples/quickstart/%s as it is", async (name) => {
    const readme = await readFile(`${ROOT}README.md`, "utf8");
    const source = await readFile(QUICKSTART + name, "utf8");
    expect(readme).toContain(`\`\`\`js\n${source.trimEnd()}\n\`\`\``);
  });

  test("has a quick start in which the page joins a private channel and receives what the backend triggers", async () => {
    const backendPort = await freePort();
    const backend = await start("backend.mjs", backendPort);
    running.push(backend);
    await isListening(backendPort);
    const page = await start("page.mjs", backendPort);
    running.push(page);
    const output = await outputUntil(page, "shipped");
    expect(output).toStartWith("joined\n");
    expect(output).toContain("shipped { order: 42 }");
  }, 30_000);

  test("has shell commands that work on a running server", async () => {
    const readme = await readFile(`${ROOT}README.md`, "utf8");
    const commands = [...readme.matchAll(/```sh\n(.*?)```/gs)]
      .flatMap(([, block]) => (block ?? "").trim().split("\n"))
      .filter((line) => line.startsWith("npm run"));
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) {
      const child = Bun.spawn(["sh", "-c", command], {
        cwd: ROOT,
        env: clientEnvironment(),
        stdout: "pipe",
        stderr: "pipe",
      });
      const [code, errors] = await Promise.all([child.exited, new Response(child.stderr).text()]);
      expect({ command, code, errors }).toEqual({ command, code: 0, errors: "" });
    }
  }, 60_000);

  function clientEnvironment(): Record<string, string> {
    return {
      PATH: process.env.PATH ?? "",
      HOME: process.env.HOME ?? "",
      USHER_DATA_DIR: server.dataDir,
      USHER_URL: `http://${server.host}:${server.port}`,
    };
  }

  async function start(name: string, backendPort: number) {
    await mkdir(COPIES, { recursive: true });
    const source = await readFile(QUICKSTART + name, "utf8");
    await writeFile(COPIES + name, source.replace("3000", String(backendPort)));
    return Bun.spawn(["node", COPIES + name], {
      env: {
        PATH: process.env.PATH ?? "",
        USHER_PORT: String(server.port),
        USHER_APP_ID: server.appId,
        USHER_APP_KEY: server.key,
        USHER_APP_SECRET: server.secret,
      },
      stdout: "pipe",
      stderr: "inherit",
    });
  }
});

async function outputUntil(
  child: Bun.Subprocess<"ignore", "pipe", "inherit">,
  text: string,
): Promise<string> {
  let output = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    output += decoder.decode(chunk, { stream: true });
    if (output.includes(text)) break;
  }
  return output;
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

/** The backend prints nothing, so it is asked until it answers. */
async function isListening(port: number): Promise<void> {
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "" });
      return;
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
