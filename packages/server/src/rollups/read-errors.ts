import { type Range, SLOT_SECONDS, STEPS } from "./levels.ts";
import type { RollupStore } from "./rollup-store.ts";

/** All errors of one app that are alike. */
export interface ErrorGroup {
  /** What was asked for: `subscribe`, `api events`, `handshake`; `connection` for one that was ended. */
  readonly operation: string;
  readonly code: string;
  /** Why, where that was found out. */
  readonly cause: string | null;
  readonly count: number;
  /** When the step began in which it was seen first. */
  readonly firstSeenMs: number;
  /** When the step ended in which it was seen last; now, where that is under way. */
  readonly lastSeenMs: number;
}

/** What went wrong with an app, the most frequent first. */
export async function readErrors(
  store: Pick<RollupStore, "read">,
  appId: string,
  range: Range,
  nowMs: number,
): Promise<readonly ErrorGroup[]> {
  const { seconds, stepSeconds } = STEPS[range];
  const stepMs = stepSeconds * 1000;
  const slotMs = SLOT_SECONDS * 1000;
  const fromMs = Math.floor((nowMs - seconds * 1000) / stepMs) * stepMs;
  const toMs = Math.ceil(nowMs / slotMs) * slotMs;
  const timeline = (await store.read([appId], { fromMs, toMs, stepSeconds })).get(appId) ?? new Map();
  const groups = new Map<string, ErrorGroup>();
  for (const [atMs, { counts }] of [...timeline].sort(([a], [b]) => a - b)) {
    for (const [name, count] of Object.entries<number>(counts)) {
      const known = groups.get(name);
      const group = known ?? groupOf(name, atMs);
      if (!group) continue;
      const lastSeenMs = Math.min(atMs + stepMs, nowMs);
      groups.set(name, { ...group, count: group.count + count, lastSeenMs });
    }
  }
  return [...groups.values()].sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

/** Undefined for a count of something else. */
function groupOf(name: string, firstSeenMs: number): ErrorGroup | undefined {
  const colon = name.indexOf(":");
  const details = name.slice(colon + 1);
  const fresh = { cause: null, count: 0, firstSeenMs, lastSeenMs: firstSeenMs };
  switch (name.slice(0, colon)) {
    case "refused": {
      const [operation = "", code = "", cause = ""] = details.split("|");
      return { ...fresh, operation, code, cause: cause === "" ? null : cause };
    }
    case "handshakes":
      return { ...fresh, operation: "handshake", code: details };
    case "closes":
      return { ...fresh, operation: "connection", code: details };
    default:
      return undefined;
  }
}
