import { fail, ok, type Result } from "@usher/protocol";
import { parse, TomlError } from "smol-toml";
import type { ConfigProblem } from "./config-problem.ts";

export interface ConfigFile {
  /** Top-level keys, and those of `[app]` as `app.id`, `app.key`, ... */
  readonly values: Readonly<Record<string, unknown>>;
  /** `usher.toml:7` for a key in dots; for one that has no line of its own, that of the table around it. */
  readonly sourceOf: (key: string) => string;
}

/** Reads a TOML file. @param path as it was given, for naming lines. */
export function parseConfigFile(path: string, text: string): Result<ConfigFile, ConfigProblem> {
  let table: Record<string, unknown>;
  try {
    table = parse(text);
  } catch (error) {
    return fail(syntaxProblem(path, error));
  }
  return ok({
    values: flatten(table),
    sourceOf: (key) => `${path}:${lineOf(text, key.split("."))}`,
  });
}

function syntaxProblem(path: string, error: unknown): ConfigProblem {
  const isSyntax = error instanceof TomlError;
  // The first line says what is wrong; the rest quotes the file, which may hold a secret.
  const message = (error as Error).message.split("\n")[0]?.replace("Invalid TOML document: ", "") ?? "";
  return {
    key: "config",
    source: isSyntax ? `${path}:${error.line}:${error.column}` : path,
    problem: `not valid TOML: ${message}`,
    fix: "Correct the line; texts stand in double quotes, and each key is given once.",
  };
}

function flatten({ app, ...others }: Record<string, unknown>): Record<string, unknown> {
  if (app === undefined) return others;
  if (typeof app !== "object" || app === null || Array.isArray(app)) return { ...others, app };
  return {
    ...others,
    ...Object.fromEntries(Object.entries(app).map(([key, value]) => [`app.${key}`, value])),
  };
}

/** The parser gives values without places, so the text is searched for the longest part of the key that stands in it. */
function lineOf(text: string, path: readonly string[]): number {
  let table: readonly string[] = [];
  let best = { line: 1, depth: 0 };
  for (const [index, line] of text.split("\n").entries()) {
    const header = /^\s*\[\s*([\w.\s"-]+?)\s*\]/.exec(line)?.[1];
    const key = /^\s*([\w."-]+(?:\s*\.\s*[\w"-]+)*)\s*=/.exec(line)?.[1];
    if (header !== undefined) table = splitKey(header);
    const here = header !== undefined ? table : key !== undefined ? [...table, ...splitKey(key)] : [];
    if (here.length > best.depth && here.every((part, depth) => part === path[depth])) {
      best = { line: index + 1, depth: here.length };
    }
  }
  return best.line;
}

function splitKey(key: string): string[] {
  return key.split(".").map((part) => part.trim().replaceAll('"', ""));
}
