import { z } from "zod";
import type { ClaimChange, ClaimMessage, Identity } from "./place-store.ts";

/** The text of a change as it stands in Redis. The script that publishes it puts `<version>/<the one before>` in front of it. */
export function encodeClaim(identity: Identity, change: Omit<ClaimChange, "serial">): string {
  const { isFull, subscriptions, set, gone } = change;
  return JSON.stringify([MARK, identity, isFull ? 1 : 0, subscriptions, set, gone]);
}

/**
 * @param head what the script put in front.
 * @returns undefined for what is no change.
 */
export function parseClaim(head: string | undefined, text: string): ClaimMessage | undefined {
  const [, version, follows] = HEAD.exec(head ?? "") ?? [];
  const parsed = claimText.safeParse(parseJson(text));
  if (!parsed.success || version === undefined) return undefined;
  const [, identity, isFull, subscriptions, set, gone] = parsed.data;
  const place = { version: Number(version), follows: Number(follows) };
  return { ...place, identity, isFull: isFull === 1, subscriptions, set, gone };
}

const MARK = "c";
const HEAD = /^([1-9]\d{0,15})\/(\d{1,16})$/;

const claimText = z.tuple([
  z.literal(MARK),
  z.string(),
  z.literal([0, 1]),
  z.int().min(0),
  z.array(z.tuple([z.string(), z.string().nullable()])),
  z.array(z.string()),
]);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
