import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newDataDir } from "../support/apps.ts";
import { startServer, type TestServer } from "../support/server.ts";

setDefaultTimeout(60_000);

const PAGE = readFileSync(join(import.meta.dir, "../../docs/admin-api.md"), "utf8");

let dataDir: string;
let folder: string;
let server: TestServer;

beforeAll(async () => {
  dataDir = await newDataDir();
  folder = mkdtempSync(join(tmpdir(), "usher-docs-"));
  server = await startServer({ dataDir });
});

afterAll(async () => {
  await server.stop();
  rmSync(dataDir, { recursive: true });
  rmSync(folder, { recursive: true });
});

test("docs/admin-api.md: the commands run as they stand, and answer what the page shows", async () => {
  const blocks = Array.from(PAGE.matchAll(/^```(sh|json)\n([\s\S]*?)^```$/gm), ([, kind, text = ""]) => ({
    kind,
    text,
  }));
  const commands = blocks.filter(({ kind }) => kind === "sh").map(({ text }) => text);
  const shown = blocks.filter(({ kind }) => kind === "json").map(({ text }) => JSON.parse(text) as unknown);
  expect([commands.length, shown.length]).toEqual([3, 2]);

  // One shell, as in a terminal; a mark tells where one command's answer ends.
  const script = ["set -e", ...commands.flatMap((command) => [command, "echo; echo ====="])].join("\n");
  const shell = Bun.spawn(["sh", "-c", script], {
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? "",
      USHER_DATA_DIR: dataDir,
      USHER_URL: `http://127.0.0.1:${server.port}`,
    },
    stderr: "pipe",
  });
  const output = await new Response(shell.stdout).text();
  expect([await shell.exited, await new Response(shell.stderr).text()]).toEqual([0, ""]);
  const answers = output
    .split("=====")
    .slice(1, 3)
    .map((text) => JSON.parse(text) as unknown);
  expect(answers.map(withoutWhatDiffers)).toEqual(shown.map(withoutWhatDiffers));
});

/** Ids and times are others each time; what they are like stays. */
function withoutWhatDiffers(answer: unknown): unknown {
  const text = JSON.stringify(answer)
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replaceAll(/tok_[0-9a-f]{24}/g, "<token id>")
    .replace(/"id":"\d+"/, '"id":"<number>"');
  return JSON.parse(text);
}
