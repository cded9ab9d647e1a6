import { type ConfigFile, parseConfigFile } from "./config-file.ts";
import { type ConfigKey, configKeys, flagOf, flagProperty, specOf, variablesOf } from "./config-keys.ts";
import type { ConfigProblem } from "./config-problem.ts";

/** Everything outside that can configure the server, handed in so that reading it needs no process. */
export interface ConfigInput {
  /** Values of flags by property (`opsPort` for `--ops-port`); `config` is the path of the file. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws when the file cannot be read. */
  readonly readFile: (path: string) => string;
  readonly isTerminal: boolean;
}

/** What was given for one key, from the strongest source that gives anything. */
export interface GivenValue {
  readonly value: unknown;
  /** `--port`, `USHER_PORT` or `usher.toml:3`. */
  readonly source: string;
  /** For a table of a file: the place of a key inside it, given in dots from the top of the file. */
  readonly sourceWithin?: (key: string) => string;
}

export interface GivenValues {
  readonly values: ReadonlyMap<string, GivenValue>;
  readonly problems: readonly ConfigProblem[];
}

/** Collects what was given: a flag before a variable before the file. Nothing is checked here, and no default is added. */
export function gatherValues(input: ConfigInput): GivenValues {
  const problems: ConfigProblem[] = [];
  const file = readConfigFile(input, problems);
  // Every value of the file is kept, known key or not: the schema refuses what it does not know.
  const values = new Map<string, GivenValue>();
  for (const [key, value] of Object.entries(file?.values ?? {})) {
    const sourceWithin = file?.sourceOf ?? String;
    values.set(key, { value: fromFile(key, value), source: sourceWithin(key), sourceWithin });
  }
  for (const key of configKeys()) {
    const stronger = fromFlag(input, key) ?? fromVariables(input, key, problems);
    if (stronger) values.set(key, stronger);
  }
  return { values, problems };
}

function readConfigFile(input: ConfigInput, problems: ConfigProblem[]): ConfigFile | undefined {
  const flag = input.flags.config;
  const path = typeof flag === "string" ? flag : input.env.USHER_CONFIG;
  if (!path) return undefined;
  const text = readText(input, path);
  if (!text.ok) {
    const source = typeof flag === "string" ? "--config" : "USHER_CONFIG";
    problems.push({ key: "config", source, problem: text.problem, fix: "Give the path of a readable file." });
    return undefined;
  }
  const parsed = parseConfigFile(path, text.value);
  if (parsed.ok) return parsed.value;
  problems.push(parsed.error);
  return undefined;
}

function fromFlag(input: ConfigInput, key: ConfigKey): GivenValue | undefined {
  const value = input.flags[flagProperty(key)];
  if (value === undefined) return undefined;
  return { value: typeof value === "string" ? fromText(key, value) : value, source: flagOf(key) };
}

function fromVariables(
  input: ConfigInput,
  key: ConfigKey,
  problems: ConfigProblem[],
): GivenValue | undefined {
  // A variable that is set to nothing counts as not set: compose files pass on what the host does not have that way.
  const name = variablesOf(key).find((candidate) => input.env[candidate]);
  const given =
    name === undefined ? undefined : { value: fromText(key, input.env[name] ?? ""), source: name };
  if (!specOf(key).fromFile) return given;

  const fileName = `${variablesOf(key)[0]}_FILE`;
  const path = input.env[fileName];
  if (!path) return given;
  if (given) {
    problems.push({
      key,
      source: fileName,
      problem: `${given.source} is set as well`,
      fix: "Keep one of the two.",
    });
    return given;
  }
  const text = readText(input, path);
  if (text.ok) return { value: text.value.trim(), source: fileName };
  problems.push({ key, source: fileName, problem: text.problem, fix: "Give the path of a readable file." });
  return undefined;
}

/** Text becomes a value only in the form its key expects; what does not fit is left for the schema to refuse. */
function fromText(key: ConfigKey, text: string): unknown {
  switch (specOf(key).kind) {
    case "number":
      return /^-?\d+$/.test(text.trim()) ? Number(text) : text;
    case "boolean":
      return parseBoolean(text) ?? text;
    case "list":
      return text.split(",").map((entry) => entry.trim());
    case "json":
      return parseJson(text) ?? text;
    case "text":
      return text;
  }
}

const YES = ["true", "1", "yes", "on"];
const NO = ["false", "0", "no", "off"];

function parseBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  return YES.includes(word) ? true : NO.includes(word) ? false : undefined;
}

/** A file has types of its own; only an id made of digits is wanted as text, whichever way it was written. */
function fromFile(key: string, value: unknown): unknown {
  const isText = configKeys().some((known) => known === key && specOf(known).kind === "text");
  return isText && typeof value === "number" ? String(value) : value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readText(
  input: ConfigInput,
  path: string,
): { readonly ok: true; readonly value: string } | { readonly ok: false; readonly problem: string } {
  try {
    return { ok: true, value: input.readFile(path) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, problem: `${path} cannot be read: ${reason}` };
  }
}
