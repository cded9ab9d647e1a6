import type { z } from "zod";
import { nearestName } from "./nearest-name.ts";

/** What is wrong with one value, before anyone has said where the value came from. */
export interface ValueProblem {
  readonly path: readonly string[];
  readonly problem: string;
  readonly fix: string;
}

/**
 * Says in words what a schema refused.
 *
 * The schemas here give as their error what they expect, as a noun ("a whole number from 1 to 10"), so that one value
 * gives both the problem and the fix.
 *
 * @param knownKeys the keys of the object at a path, for naming the one that was meant.
 * @param isSecret values under these paths are never shown.
 */
export function valueProblems(
  error: z.ZodError,
  input: unknown,
  knownKeys: (path: readonly string[]) => readonly string[],
  isSecret: (path: readonly string[]) => boolean = () => false,
): ValueProblem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => unknownKey(path, key, knownKeys(path)));
    }
    const value = valueAt(input, path);
    const shown = isSecret(path) ? "the value given" : showValue(value);
    return [{ path, problem: `${shown} is not ${issue.message}`, fix: howToWrite(value, issue.message) }];
  });
}

/** A value as an error may show it: JSON, cut where it gets long. */
function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function unknownKey(path: readonly string[], key: string, known: readonly string[]): ValueProblem {
  const meant = nearestName(key, known);
  return {
    path: [...path, key],
    problem: "there is no such key",
    fix: meant ? `Did you mean ${meant}?` : `Remove it; the keys here are ${known.join(", ")}.`,
  };
}

function howToWrite(value: unknown, expected: string): string {
  const isQuotedValue = typeof value === "string" && /^(true|false|null|\d+)$/.test(value);
  if (isQuotedValue && !expected.startsWith("one of")) return `Give ${expected}, without quotes.`;
  return `Give ${expected}.`;
}

function valueAt(input: unknown, path: readonly string[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
