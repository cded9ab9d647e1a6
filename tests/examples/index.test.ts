import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { EXAMPLES, ROOT } from "./running-example.ts";

const index = readFileSync(`${EXAMPLES}README.md`, "utf8");
const folders = readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory());

describe("examples/README.md", () => {
  test("has a row for every example, and no other", () => {
    const rows = [...index.matchAll(/^\| \[([\w-]+)\]\(\1\)/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual(folders.map(({ name }) => name).sort());
  });

  test.each(folders.map(({ name }) => name))("%s links to files that are there", (name) => {
    const readme = `${EXAMPLES}${name}/README.md`;
    if (name === "quickstart") return; // Explained in the README of the repository.
    const text = readFileSync(readme, "utf8");
    for (const [, path] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      expect({ path, isThere: existsSync(`${EXAMPLES}${name}/${path}`) }).toEqual({ path, isThere: true });
    }
    for (const [, path] of text.matchAll(/^(?:node scripts\/bun\.mjs |php -S \S+ |ruby )(\S+)$/gm)) {
      expect({ path, isThere: existsSync(`${ROOT}${path}`) }).toEqual({ path, isThere: true });
    }
  });
});
