import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { MAIN, serveUsher } from "./test-processes.ts";

const DOCS = join(import.meta.dir, "../../../docs");

let folder: string;
let running: Bun.Subprocess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "usher-cli-"));
  running = [];
  const bin = join(folder, "bin");
  mkdirSync(bin);
  program(join(bin, "usher"), `exec "${process.execPath}" "${MAIN}" "$@"`);
  // Not every machine has jq, and what the examples ask of it is little.
  if (!Bun.which("jq")) program(join(bin, "jq"), `exec "${process.execPath}" -e '${LITTLE_JQ}' "$@"`);
});

afterEach(async () => {
  for (const child of running) child.kill("SIGKILL");
  await Promise.all(running.map((child) => child.exited));
  rmSync(folder, { recursive: true });
});

/** `-r`, and a path of names with `[]` for every item of a list. */
const LITTLE_JQ = `
const path = process.argv.at(-1).split(".").filter(Boolean);
let values = [JSON.parse(await Bun.stdin.text())];
for (const part of path) {
  values = values.map((value) => value[part.replace("[]", "")]);
  if (part.endsWith("[]")) values = values.flat();
}
for (const value of values) console.log(typeof value === "string" ? value : JSON.stringify(value));
`;

function program(path: string, line: string): void {
  writeFileSync(path, `#!/bin/sh\n${line}\n`);
  chmodSync(path, 0o755);
}

/** The shell blocks of a page, of these sections of it or of all. */
function shellBlocks(page: string, sections?: readonly string[]): string {
  const text = readFileSync(join(DOCS, page), "utf8");
  const parts = text.split(/^## /m).filter((part) => sections?.includes(part.split("\n")[0] ?? "") ?? true);
  expect(parts.length).toBe(sections?.length ?? parts.length);
  return parts
    .flatMap((part) => [...part.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block))
    .join("\n");
}

/** Runs a script to its end, as somebody would who pastes it; it stops at the first failure. */
async function runScript(script: string) {
  const child = Bun.spawn(["sh", "-euc", script], {
    cwd: folder,
    env: {
      PATH: [join(folder, "bin"), process.env.PATH].join(delimiter),
      USHER_DATA_DIR: join(folder, "store"),
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  running.push(child);
  const [exitCode, out, errors] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { exitCode, out, errors };
}

describe("docs/cli.md", () => {
  test("has commands that work one after another on a running server", async () => {
    const { server } = await serveUsher(join(folder, "store"));
    running.push(server);
    const script = shellBlocks("cli.md", [
      "Apps",
      "Rotate a secret",
      "Take grants back",
      "Connections, nodes and the audit trail",
      "Webhooks",
      "People and tokens",
      "When a secret has leaked",
    ]);
    const { exitCode, out, errors } = await runScript(script);
    expect({ exitCode, errors }).toMatchObject({ exitCode: 0 });
    expect(out).toContain("safe to activate: the pending secret was used");
  }, 120_000);
});

describe("docs/migrating.md", () => {
  const FILES = {
    "soketi.env":
      "SOKETI_DEFAULT_APP_ID=shop\nSOKETI_DEFAULT_APP_KEY=shop-key\nSOKETI_DEFAULT_APP_SECRET=shop-secret",
    "config.json": JSON.stringify({
      "appManager.array.apps": [
        {},
        { id: "second", key: "second-key", secret: "second-secret", maxConnections: 10 },
      ],
    }),
    "rows.json": JSON.stringify([
      { id: "row", key: "row-key", secret: "row-secret", enable_client_messages: 1 },
    ]),
    ".env":
      "APP_NAME=Tickets\nREVERB_APP_ID=256980\nREVERB_APP_KEY=reverb-key\nREVERB_APP_SECRET=reverb-secret",
    "config/reverb.php": `<?php
return ['apps' => ['provider' => 'config', 'apps' => [
    ['key' => env('REVERB_APP_KEY'), 'secret' => env('REVERB_APP_SECRET'), 'app_id' => env('REVERB_APP_ID')],
    ['key' => 'php-key', 'secret' => 'php-secret', 'app_id' => 'php'],
]]];`,
    "reverb.json": JSON.stringify({
      apps: { apps: [{ key: "json-key", secret: "json-secret", app_id: "json" }] },
    }),
    "pusher.env":
      "PUSHER_APP_ID=1234567\nPUSHER_APP_KEY=pusher-key\nPUSHER_APP_SECRET=pusher-secret\nPUSHER_APP_CLUSTER=eu",
  };

  test("has commands that work one after another, before any server ran", async () => {
    mkdirSync(join(folder, "config"));
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
    const { exitCode, out, errors } = await runScript(shellBlocks("migrating.md"));
    expect({ exitCode, errors }).toMatchObject({ exitCode: 0 });
    const imported = Array.from(out.matchAll(/^imported app (\S+)$/gm), ([, id]) => id);
    expect(imported).toEqual(["shop", "second", "row", "256980", "php", "json", "1234567"]);
    expect(out).toContain("skipped app 256980");
    expect(out + errors).not.toMatch(/(shop|second|row|reverb|php|json|pusher)-secret/);
  }, 120_000);
});
