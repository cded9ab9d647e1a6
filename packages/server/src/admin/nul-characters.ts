import type { FieldProblem } from "./admin-errors.ts";

/**
 * The texts with a NUL character in them, however deep. PostgreSQL keeps no such text, and on a screen it looks like
 * another one.
 *
 * @param field what the value is called: `body`.
 */
export function nulCharacters(value: unknown, field: string): FieldProblem[] {
  if (typeof value === "string") {
    return value.includes("\0") ? [{ field, message: "must not have a NUL character in it" }] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => nulCharacters(each, `${field}.${name}`));
}
