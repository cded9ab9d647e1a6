import type { Cli } from "./cli.ts";

export { printable } from "@usher/server/light";

/** One line for people, or one JSON value on a line for programs. */
export function print(cli: Cli, { json }: { readonly json?: boolean }, text: string, value: unknown): void {
  cli.writeOut(json ? `${JSON.stringify(value)}\n` : text === "" ? "" : `${text}\n`);
}

/** What is good to know and not the result. Never on standard output, which programs read. */
export function note(cli: Cli, text: string): void {
  cli.writeError(`usher: ${text}\n`);
}

/** Columns that line up, each as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(cell.length, widest[column] ?? 0)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
