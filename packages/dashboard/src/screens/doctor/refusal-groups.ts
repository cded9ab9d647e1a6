import type { Refusal } from "../../api/doctor.ts";

/** Refusals that have the same reason. */
export interface RefusalGroup {
  readonly key: string;
  /** A cause where one was found, else the error's code. */
  readonly code: string;
  /** The latest first; never empty. */
  readonly refusals: readonly [Refusal, ...Refusal[]];
}

/** Puts together what was refused for the same reason; the group with the latest one first. @param refusals the latest first. */
export function refusalGroups(refusals: readonly Refusal[]): readonly RefusalGroup[] {
  const groups = new Map<string, [Refusal, ...Refusal[]]>();
  for (const refusal of refusals) {
    const key = [refusal.operation, refusal.code, codeOf(refusal)].join(" ");
    const group = groups.get(key);
    if (group) group.push(refusal);
    else groups.set(key, [refusal]);
  }
  return [...groups].map(([key, list]) => ({ key, code: codeOf(list[0]), refusals: list }));
}

/** @param code a cause or an error's code. */
export function isAbout(refusal: Refusal, code: string): boolean {
  return refusal.code === code || refusal.explanation?.cause === code;
}

function codeOf({ code, explanation }: Refusal): string {
  return explanation?.cause ?? code;
}
