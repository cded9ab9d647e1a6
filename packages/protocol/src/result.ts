import type { UsherError } from "./errors.ts";

/** Bad input from outside is ordinary, so a parser returns its refusal instead of throwing it. */
export type Result<T, E = UsherError> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function fail<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

/** Ends a switch over a union: a new member fails to compile here until it is handled. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
