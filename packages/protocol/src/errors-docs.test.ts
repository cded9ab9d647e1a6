import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ERRORS, type ErrorSpec } from "./errors.ts";

const docs = readFileSync(join(import.meta.dir, "../../../docs/errors.md"), "utf8");
const table =
  readFileSync(join(import.meta.dir, "errors.ts"), "utf8").split("export interface ErrorSpec")[0] ?? "";

/** The line under a code, which says how the error shows. */
function appearance({ closeCode, frameCode, subscription, status }: ErrorSpec): string {
  const leavesOpen = closeCode === undefined && (subscription !== undefined || status === undefined);
  return [
    closeCode && `Close code ${closeCode}`,
    subscription && `Subscription error \`${subscription.type}\` ${subscription.status}`,
    leavesOpen && `Error frame ${frameCode ?? "`null`"}`,
    status && `HTTP status ${status}`,
  ]
    .filter(Boolean)
    .join(", ");
}

function outline(text: string, entry: RegExp): (string | undefined)[] {
  return Array.from(text.matchAll(entry), ({ groups }) => groups?.group ?? groups?.code);
}

test("docs/errors.md has a section for each code of the table, in its groups and in its order", () => {
  const inTable = outline(table, /^ {2}(?:\/\/ (?<group>.+)\.|(?<code>\w+): \{.*)$/gm);
  const inDocs = outline(docs, /^(?:## (?<group>.+)|### `(?<code>\w+)`)$/gm);
  expect(inDocs).toEqual(inTable);
  expect(inDocs).toEqual(expect.arrayContaining(Object.keys(ERRORS)));
});

test.each(Object.entries(ERRORS))(
  "docs/errors.md says how %s shows, what happened, why, and what to do",
  (code, spec) => {
    const [, section = ""] = docs.split(`### \`${code}\`\n`);
    const [how, ...points] = section.split(/\n##/)[0]?.trim().split("\n").filter(Boolean) ?? [];
    expect(how).toBe(appearance(spec));
    expect(points.map((point) => /^- \*\*(.+):\*\* \S.*\.$/.exec(point)?.[1])).toEqual([
      "What happened",
      "Why",
      "What to do",
    ]);
  },
);
