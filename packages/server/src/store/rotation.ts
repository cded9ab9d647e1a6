import { fail, ok, type Result } from "@usher/protocol";
import type { SecretState } from "./tables.ts";

/**
 * The life of one key's secrets, as values: each step takes all of them, in order, and gives all of them back, or says why
 * it cannot be taken.
 *
 * ```
 *   rotate --> pending --activate--> current --activate of another--> retiring --its time comes--> revoked
 *                 |  ^                  ^ |                              |
 *              cancel  \------ undo ----/-|----------- undo ------------/
 *                 v                       v
 *              revoked                 revoke, of any that is live
 * ```
 *
 * A key has exactly one current secret, at most one pending and any number retiring, from its first secret to its end.
 * What was revoked stays so. Times are ISO 8601, UTC.
 */
export interface RotatingSecret {
  readonly id: string;
  readonly state: SecretState;
  readonly activatedAt: string | null;
  readonly retireAt: string | null;
  /** For a retiring one: the id of the secret that was activated over it. */
  readonly replacedBy: string | null;
  readonly revokedAt: string | null;
  readonly endsConnections: boolean;
}

/** Why a step is not taken. */
const REFUSALS = {
  rotation_in_progress: "a pending secret is there already",
  nothing_pending: "no pending secret is there",
  nothing_to_undo: "the secret before the current one is not retiring",
  nothing_retiring: "no secret is retiring",
  secret_not_found: "the key has no such secret",
  already_revoked: "the secret is revoked already",
  retirement_too_long: "a secret retires for 0 seconds to 30 days",
} as const satisfies Record<string, string>;

export type RotationRefusal = keyof typeof REFUSALS;

export function rotationProblem(refusal: RotationRefusal): string {
  return REFUSALS[refusal];
}

export type Rotated<Secret> = Result<readonly Secret[], RotationRefusal>;

/** 30 days. */
export const MAX_RETIRE_SECONDS = 2_592_000;

/** The first secret of a key. */
export function newCurrent(id: string, nowIso: string): RotatingSecret {
  return { ...NEW, id, state: "current", activatedAt: nowIso };
}

/** Adds a pending secret: signatures of both it and the current one are accepted, the current one still signs. */
export function rotate<Secret extends RotatingSecret>(
  secrets: readonly Secret[],
  pending: Secret,
): Rotated<Secret> {
  if (find(secrets, "pending")) return fail("rotation_in_progress");
  return ok([...secrets, pending]);
}

export function newPending(id: string): RotatingSecret {
  return { ...NEW, id, state: "pending" };
}

/** The pending secret signs from now on; the former current one retires for a while, or is revoked at once with 0. */
export function activate<Secret extends RotatingSecret>(
  secrets: readonly Secret[],
  { retireForSeconds, nowMs }: { readonly retireForSeconds: number; readonly nowMs: number },
): Rotated<Secret> {
  const pending = find(secrets, "pending");
  if (!pending) return fail("nothing_pending");
  if (!(retireForSeconds >= 0 && retireForSeconds <= MAX_RETIRE_SECONDS)) return fail("retirement_too_long");
  const nowIso = iso(nowMs);
  return ok(
    secrets.map((secret) => {
      if (secret === pending) return { ...secret, state: "current", activatedAt: nowIso };
      if (secret.state !== "current") return secret;
      if (retireForSeconds === 0) return revoked(secret, { nowIso, endConnections: false });
      const retireAt = iso(nowMs + retireForSeconds * 1000);
      return { ...secret, state: "retiring", retireAt, replacedBy: pending.id };
    }),
  );
}

/** While the secret that the current one was activated over is still retiring, both go back to what they were. */
export function undo<Secret extends RotatingSecret>(secrets: readonly Secret[]): Rotated<Secret> {
  const current = find(secrets, "current");
  const former = secrets.find(({ state, replacedBy }) => state === "retiring" && replacedBy === current?.id);
  if (!current || !former) return fail("nothing_to_undo");
  if (find(secrets, "pending")) return fail("rotation_in_progress");
  return ok(
    secrets.map((secret) => {
      if (secret === former) return { ...secret, state: "current", retireAt: null, replacedBy: null };
      if (secret === current) return { ...secret, state: "pending", activatedAt: null };
      return secret;
    }),
  );
}

/** Revokes the pending secret quietly: nobody is disconnected. */
export function cancel<Secret extends RotatingSecret>(
  secrets: readonly Secret[],
  { nowMs }: { readonly nowMs: number },
): Rotated<Secret> {
  return revoke(secrets, "pending", { nowMs, endConnections: false });
}

export interface RevokeAt {
  readonly nowMs: number;
  readonly endConnections: boolean;
}

/**
 * Revokes the pending secret, all retiring ones, the current one, or any one by its id.
 *
 * When that was the current one, the pending one takes its place at once, else the replacement.
 *
 * @param replacement a current secret that is not among these yet. Without one, a current secret that has no pending one
 *   beside it is not revoked: `nothing_pending`.
 */
export function revoke<Secret extends RotatingSecret>(
  secrets: readonly Secret[],
  which: "pending" | "retiring" | "current" | { readonly secretId: string },
  { nowMs, endConnections }: RevokeAt,
  replacement?: Secret,
): Rotated<Secret> {
  const chosen = choose(secrets, which);
  if (!chosen.ok) return chosen;
  const nowIso = iso(nowMs);
  const after = secrets.map((secret) =>
    chosen.value.includes(secret) ? revoked(secret, { nowIso, endConnections }) : secret,
  );
  if (find(after, "current")) return ok(after);
  const pending = find(after, "pending");
  if (pending) {
    return ok(
      after.map((secret) =>
        secret === pending ? { ...secret, state: "current", activatedAt: nowIso } : secret,
      ),
    );
  }
  return replacement ? ok([...after, replacement]) : fail("nothing_pending");
}

/** Revokes the retiring secrets whose time has come; the same secrets when there are none. */
export function retireDue<Secret extends RotatingSecret>(
  secrets: readonly Secret[],
  nowIso: string,
): readonly Secret[] {
  const isDue = ({ state, retireAt }: Secret) =>
    state === "retiring" && retireAt !== null && retireAt <= nowIso;
  if (!secrets.some(isDue)) return secrets;
  return secrets.map((secret) =>
    isDue(secret) ? revoked(secret, { nowIso, endConnections: false }) : secret,
  );
}

/** What is wrong with the secrets of a key that has all of its life before it, in words; undefined when nothing is. */
export function faultIn(secrets: readonly RotatingSecret[]): string | undefined {
  const count = (state: SecretState) => secrets.filter((secret) => secret.state === state).length;
  if (count("current") !== 1) return `there are ${count("current")} current secrets and not one`;
  if (count("pending") > 1) return "there are several pending secrets";
  if (new Set(secrets.map(({ id }) => id)).size < secrets.length) return "two secrets have the same id";
  if (secrets.some(({ state, retireAt }) => (state === "retiring") !== (retireAt !== null))) {
    return "retiring secrets have a time to retire at, and no others";
  }
  if (secrets.some(({ state, revokedAt }) => (state === "revoked") !== (revokedAt !== null))) {
    return "revoked secrets have the time at which they were, and no others";
  }
  return undefined;
}

const NEW = {
  activatedAt: null,
  retireAt: null,
  replacedBy: null,
  revokedAt: null,
  endsConnections: false,
} as const;

function choose<Secret extends RotatingSecret>(
  secrets: readonly Secret[],
  which: "pending" | "retiring" | "current" | { readonly secretId: string },
): Rotated<Secret> {
  if (typeof which === "object") {
    const secret = secrets.find(({ id }) => id === which.secretId);
    if (!secret) return fail("secret_not_found");
    return secret.state === "revoked" ? fail("already_revoked") : ok([secret]);
  }
  const chosen = secrets.filter(({ state }) => state === which);
  if (chosen.length > 0) return ok(chosen);
  return fail(which === "retiring" ? "nothing_retiring" : "nothing_pending");
}

function revoked<Secret extends RotatingSecret>(
  secret: Secret,
  { nowIso, endConnections }: { readonly nowIso: string; readonly endConnections: boolean },
): Secret {
  return {
    ...secret,
    state: "revoked",
    retireAt: null,
    replacedBy: null,
    revokedAt: nowIso,
    endsConnections: endConnections,
  };
}

function find<Secret extends RotatingSecret>(
  secrets: readonly Secret[],
  state: "pending" | "current",
): Secret | undefined {
  return secrets.find((secret) => secret.state === state);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
