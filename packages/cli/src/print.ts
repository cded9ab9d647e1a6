import type { Cli } from "./cli.ts";

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

/** Text from elsewhere on one line, with nothing that a terminal would obey. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return SHORT_ESCAPES[character] ?? `\\u{${code.toString(16)}}`;
  });
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
