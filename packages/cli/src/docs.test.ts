import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROBLEMS } from "@usher/server/light";
import type { Command } from "commander";
import { processCli } from "./cli.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { createProgram } from "./program.ts";

const PAGE = readFileSync(join(import.meta.dir, "../../../docs/cli.md"), "utf8");

test("docs/cli.md lists every exit code with its meaning", () => {
  const rows = PAGE.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  for (const { code, meaning } of Object.values(EXIT_CODES)) {
    expect(rows).toContainEqual(["", String(code), meaning, ""]);
  }
});

test("docs/cli.md lists everything that `usher auth check` finds", () => {
  const rows = Array.from(
    PAGE.matchAll(/^\| `(\w+)` +\| (fails|warns) +\| (.+?) +\|$/gm),
    ([, ...row]) => row,
  );
  expect(rows).toEqual(Object.entries(PROBLEMS).map(([code, { level, message }]) => [code, level, message]));
});

test("docs/cli.md lists the commands of the program, all of them and no other", () => {
  const leaves = (command: Command, path: string): string[] =>
    command.commands.length === 0
      ? [path]
      : command.commands.flatMap((each) => leaves(each, `${path} ${each.name()}`));
  const inProgram = leaves(
    createProgram(processCli(), () => {}),
    "usher",
  );
  const inDocs = Array.from(
    PAGE.matchAll(/^\| `(usher [a-z -]+?)(?: [A-Z]+)?` +\|/gm),
    ([, command = ""]) => command,
  );
  // `usher channels` alone lists them.
  expect(
    inDocs.map((command) => (command === "usher channels" ? "usher channels list" : command)).toSorted(),
  ).toEqual(inProgram.toSorted());
});
