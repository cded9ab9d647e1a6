import type { Here } from "@usher/hub";
import type { Claim, ClaimChange, Identity } from "./place-store.ts";

export interface SentClaim {
  readonly identity: Identity;
  readonly change: ClaimChange;
}

interface Pending extends SentClaim {
  isInFlight: boolean;
  /** The store may have forgotten what it is based on. */
  isDistrusted: boolean;
}

interface Acknowledged {
  subscriptions: number;
  readonly members: Map<string, string | null>;
}

/**
 * What this node has told the store about one place, and what it has to tell it next. One change is under way at a time. One
 * whose answer was lost is sent again as it was, so that its outcome is heard, before anything else is.
 */
export class OwnClaim {
  #acknowledged: Acknowledged = { subscriptions: 0, members: new Map() };
  #isTrusted = true;
  #hasClaimed = false;
  #pending: Pending | undefined;

  /** Nothing is claimed, as far as the store has said, and nothing is under way or in doubt. */
  get isNone(): boolean {
    const { subscriptions, members } = this.#acknowledged;
    return this.#isTrusted && !this.#pending && subscriptions === 0 && members.size === 0;
  }

  /** The identity that waits to hear what became of its last change, if any. */
  get claimant(): Identity | undefined {
    return this.#pending?.identity;
  }

  /** Whether the store may have something else than what is here. */
  differsFrom(here: Here): boolean {
    return !this.#isTrusted || this.#pending !== undefined || this.#difference(here) !== undefined;
  }

  /** Whether the next change would only correct a count: the place stays occupied, and its members stay. */
  isMinor(here: Here): boolean {
    if (!this.#isTrusted || this.#pending) return false;
    const isOccupied = here.subscriptions > 0 && this.#acknowledged.subscriptions > 0;
    return isOccupied && !memberDifference(this.#acknowledged.members, here);
  }

  /** The change to send now, if any. Call `answered` or `failed` when it has settled. */
  next(identity: Identity, here: Here, serial: () => number): SentClaim | undefined {
    if (this.#pending?.isInFlight) return undefined;
    if (!this.#pending) {
      const change = this.#isTrusted ? this.#difference(here) : fullClaim(here);
      if (!change) return undefined;
      const numbered = { ...change, serial: serial() };
      this.#pending = { identity, change: numbered, isInFlight: false, isDistrusted: false };
    }
    this.#pending.isInFlight = true;
    this.#hasClaimed = true;
    return this.#pending;
  }

  /** @param identity the one that this node has now. */
  answered(identity: Identity): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (!pending || pending.identity !== identity) return;
    if (pending.change.isFull) {
      this.#acknowledged.members.clear();
      this.#isTrusted = !pending.isDistrusted;
    }
    apply(pending.change, this.#acknowledged);
  }

  /** @param hasNotHappened it is certain that the change was not made, now or before. */
  failed(hasNotHappened: boolean): void {
    if (hasNotHappened) this.#pending = undefined;
    else if (this.#pending) this.#pending.isInFlight = false;
  }

  /** The store may have forgotten something: the next change says everything. */
  distrust(): void {
    if (this.#pending) this.#pending.isDistrusted = true;
    if (this.#hasClaimed) this.#isTrusted = false;
  }

  /** Nothing is claimed under the identity that this node has from now on. */
  restart(): void {
    this.#acknowledged = { subscriptions: 0, members: new Map() };
    this.#isTrusted = this.#pending === undefined;
    this.#hasClaimed = this.#pending !== undefined;
    if (this.#pending) this.#pending.isDistrusted = true;
  }

  #difference(here: Here): Omit<ClaimChange, "serial"> | undefined {
    const { subscriptions } = here;
    const members = memberDifference(this.#acknowledged.members, here);
    if (members) return { isFull: false, subscriptions, ...members };
    if (subscriptions === this.#acknowledged.subscriptions) return undefined;
    return { isFull: false, subscriptions, set: [], gone: [] };
  }
}

function memberDifference(
  before: Claim["members"],
  { members }: Here,
): Pick<ClaimChange, "set" | "gone"> | undefined {
  const set: [string, string | null][] = [];
  const gone: string[] = [];
  for (const [userId, { userInfoJson = null }] of members) {
    if (before.get(userId) !== userInfoJson) set.push([userId, userInfoJson]);
  }
  for (const userId of before.keys()) {
    if (!members.has(userId)) gone.push(userId);
  }
  return set.length + gone.length > 0 ? { set, gone } : undefined;
}

function fullClaim({ subscriptions, members }: Here): Omit<ClaimChange, "serial"> {
  const set = Array.from(
    members.values(),
    ({ userId, userInfoJson = null }) => [userId, userInfoJson] as const,
  );
  return { isFull: true, subscriptions, set, gone: [] };
}

function apply({ subscriptions, set, gone }: ClaimChange, claim: Acknowledged): void {
  claim.subscriptions = subscriptions;
  for (const [userId, infoJson] of set) claim.members.set(userId, infoJson);
  for (const userId of gone) claim.members.delete(userId);
}
