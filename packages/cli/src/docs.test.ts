import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT_CODES } from "./exit-codes.ts";

test("docs/cli.md lists every exit code with its meaning", () => {
  const page = readFileSync(join(import.meta.dir, "../../../docs/cli.md"), "utf8");
  const rows = page.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  for (const { code, meaning } of Object.values(EXIT_CODES)) {
    expect(rows).toContainEqual(["", String(code), meaning, ""]);
  }
});
