import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ADMIN_ERRORS, type AdminErrorSpec } from "./admin-errors.ts";

const docs = readFileSync(join(import.meta.dir, "../../../../docs/admin-errors.md"), "utf8");
const source = readFileSync(join(import.meta.dir, "admin-errors.ts"), "utf8");
const table = source.slice(source.indexOf("ADMIN_ERRORS = {"), source.indexOf("} as const satisfies"));

/** Groups and codes in their order. */
function outline(text: string, entry: RegExp): (string | undefined)[] {
  return Array.from(text.matchAll(entry), ({ groups }) => groups?.group ?? groups?.code);
}

test("docs/admin-errors.md has each code of the table, in its groups and in its order", () => {
  const inTable = outline(table, /^ {2}(?:\/\/ (?<group>.+)\.|(?<code>\w+): \{.*)$/gm);
  const inDocs = outline(docs, /^(?:## (?<group>.+)|\| `(?<code>\w+)` \|.*)$/gm);
  expect(inDocs).toEqual(inTable);
  expect(inDocs).toEqual(expect.arrayContaining(Object.keys(ADMIN_ERRORS)));
});

test.each(Object.entries<AdminErrorSpec>(ADMIN_ERRORS))(
  "docs/admin-errors.md says of %s which status it has, what happened and what to do",
  (code, { status, message, hint }) => {
    const row = `| \`${code}\` | ${status} | ${sentence(message)} | ${hint} |`;
    expect(docs.split("\n")).toContain(row);
  },
);

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
