import { STEPS, stepNames } from "./steps.ts";

const BEGIN = "<!-- Written by the tests in interop/; USHER_WRITE_TABLE=1 writes it anew. -->";
const END = "<!-- The end of what they write. -->";

/** One language of the table: what its SDK is, and a cell for each step. */
export interface Column {
  readonly name: string;
  readonly cells: readonly string[];
}

/** The columns of the document's table; those of a language that did not run stay as they are. */
export function committedColumns(document: string): Column[] {
  const rows = split(document)
    .table.split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
  const [head = [], , ...body] = rows;
  return head.slice(1).map((name, index) => ({ name, cells: body.map((row) => row[index + 1] ?? "") }));
}

/** The document with this table in place of its own. */
export function withTable(document: string, columns: readonly Column[]): string {
  const { before, after } = split(document);
  return `${before}${BEGIN}\n\n${render(columns)}\n\n${END}${after}`;
}

function render(columns: readonly Column[]): string {
  const titles = ["SDK", "Version", ...stepNames.map((step) => STEPS[step])];
  const rows = [
    ["", ...columns.map(({ name }) => name)],
    ...titles.map((title, index) => [title, ...columns.map(({ cells }) => cells[index] ?? "")]),
  ];
  const widths = rows[0]?.map((_, index) => Math.max(3, ...rows.map((row) => row[index]?.length ?? 0))) ?? [];
  const line = (row: readonly string[], fill = " ") =>
    `| ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0, fill)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  const rule = line(
    head.map(() => ""),
    "-",
  );
  return [line(head), rule, ...body.map((row) => line(row))].join("\n");
}

function split(document: string): {
  readonly before: string;
  readonly table: string;
  readonly after: string;
} {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error("docs/compatibility.md has lost the markers of the table");
  return {
    before: document.slice(0, begin),
    table: document.slice(begin + BEGIN.length, end),
    after: document.slice(end + END.length),
  };
}
