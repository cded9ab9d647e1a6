import type { Restriction } from "@usher/hub";
import { fail, ok, type Result } from "@usher/protocol";
import { z } from "zod";
import { StoreError } from "./store-error.ts";

/** Most restrictions of one app: every server of the deployment holds them in memory. */
export const MAX_RESTRICTIONS = 10_000;

/**
 * Adds a restriction; one of the same reach gives way to it, and bans that are over are left out.
 *
 * A `notBefore` never moves back: whoever asks later for an earlier moment gets the later one, under the new id.
 */
export function withRestriction(
  restrictions: readonly Restriction[],
  added: Restriction,
  nowMs: number,
): Result<readonly Restriction[], "too_many_restrictions"> {
  const same = restrictions.filter((one) => hasSameReach(one, added));
  const kept = restrictions.filter((one) => !same.includes(one) && !isOver(one, nowMs));
  if (kept.length >= MAX_RESTRICTIONS) return fail("too_many_restrictions");
  return ok([...kept, same.reduce(latest, added)]);
}

const restrictionSchema: z.ZodType<Restriction> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("ban"),
    id: z.string(),
    userId: z.string(),
    untilMs: z.int().nullable(),
    reason: z.string().nullable(),
  }),
  z.strictObject({
    kind: z.literal("notBefore"),
    id: z.string(),
    channel: z.string().nullable(),
    userId: z.string().nullable(),
    atMs: z.int(),
  }),
]);

export const restrictionsSchema: z.ZodType<readonly Restriction[]> = z
  .array(restrictionSchema)
  .max(MAX_RESTRICTIONS);

/** Reads what the database has. Throws `restrictions_unreadable`: an app is not shown without what it took back. */
export function readRestrictions(appId: string, text: string): readonly Restriction[] {
  if (text === "[]") return NONE;
  try {
    return restrictionsSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new StoreError(
      "restrictions_unreadable",
      `the stored restrictions of app ${appId} are not valid`,
      error,
    );
  }
}

const NONE: readonly Restriction[] = [];

function hasSameReach(one: Restriction, other: Restriction): boolean {
  if (one.kind === "ban") return other.kind === "ban" && one.userId === other.userId;
  return other.kind === "notBefore" && one.channel === other.channel && one.userId === other.userId;
}

function isOver(restriction: Restriction, nowMs: number): boolean {
  return restriction.kind === "ban" && restriction.untilMs !== null && restriction.untilMs <= nowMs;
}

function latest(added: Restriction, former: Restriction): Restriction {
  if (added.kind !== "notBefore" || former.kind !== "notBefore") return added;
  return { ...added, atMs: Math.max(added.atMs, former.atMs) };
}
