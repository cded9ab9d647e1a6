import type { Elsewhere, ElsewhereChange } from "@usher/hub";
import type { Member } from "@usher/protocol";
import type { Claim, ClaimMessage, Identity, PlaceSnapshot } from "./place-store.ts";

/** `hole`: something before it never arrived, or nothing was read yet; the place must be read again. */
export type Taken = "old" | "hole" | { readonly change: ElsewhereChange | undefined };

interface Known {
  isCounted: boolean;
  subscriptions: number;
  members: Map<string, string | null>;
}

interface Present {
  infoJson: string | null;
  /** How many counted identities claim the member. */
  claims: number;
}

/**
 * What the other nodes have at one place, kept up to date from messages. The claims of identities that do not count (the
 * dead, and the reader's own) are kept and left out, so that a later word about them needs no reading.
 */
export class Replica {
  readonly #counts: (identity: Identity) => boolean;
  readonly #claims = new Map<Identity, Known>();
  readonly #present = new Map<string, Present>();
  #subscriptions = 0;
  #version: number | undefined;

  /** @param counts whether the claims of an identity count; see `recount` for when the answer changes. */
  constructor(counts: (identity: Identity) => boolean) {
    this.#counts = counts;
  }

  /** Of the last change that is in it; undefined before the first snapshot. */
  get version(): number | undefined {
    return this.#version;
  }

  /** Takes over what was read in the place of all that was known. */
  load(snapshot: PlaceSnapshot): void {
    this.#version = snapshot.version;
    this.#claims.clear();
    this.#present.clear();
    this.#subscriptions = 0;
    for (const [identity, claim] of snapshot.claims) this.#put(identity, claim);
  }

  take(message: ClaimMessage): Taken {
    const { version, follows } = message;
    if (this.#version === undefined) return "hole";
    if (version <= this.#version) return "old";
    // Where nobody claims anything the place is forgotten, and its numbers go on somewhere else.
    const isFirst = follows === 0 && this.#claims.size === 0;
    if (follows !== this.#version && !isFirst) return "hole";
    this.#version = version;
    return { change: this.#changed((changes) => this.#apply(message, changes)) };
  }

  /** Asks again whether the claim of an identity counts. */
  recount(identity: Identity): ElsewhereChange | undefined {
    const known = this.#claims.get(identity);
    const isCounted = this.#counts(identity);
    if (!known || known.isCounted === isCounted) return undefined;
    return this.#changed((changes) => {
      known.isCounted = isCounted;
      this.#subscriptions += isCounted ? known.subscriptions : -known.subscriptions;
      for (const [userId, infoJson] of known.members) {
        if (isCounted) this.#enter(userId, infoJson, changes);
        else this.#exit(userId, changes);
      }
    });
  }

  /** A copy, which later changes leave alone. */
  elsewhere(): Elsewhere {
    const members = new Map<string, Member>();
    for (const [userId, { infoJson }] of this.#present) members.set(userId, memberOf(userId, infoJson));
    return { subscriptions: this.#subscriptions, members };
  }

  #put(identity: Identity, { subscriptions, members }: Claim): void {
    const isCounted = this.#counts(identity);
    this.#claims.set(identity, { isCounted, subscriptions, members: new Map(members) });
    if (!isCounted) return;
    this.#subscriptions += subscriptions;
    for (const [userId, infoJson] of members) this.#enter(userId, infoJson, new Map());
  }

  #apply({ identity, isFull, subscriptions, set, gone }: ClaimMessage, changes: Changes): void {
    const known = this.#claims.get(identity) ?? {
      isCounted: this.#counts(identity),
      subscriptions: 0,
      members: new Map<string, string | null>(),
    };
    const before = known.members;
    const leavers = isFull ? notIn(before, set) : gone;
    if (known.isCounted) this.#subscriptions += subscriptions - known.subscriptions;
    known.subscriptions = subscriptions;
    for (const [userId, infoJson] of set) {
      const isNew = !before.has(userId);
      before.set(userId, infoJson);
      if (!known.isCounted) continue;
      if (isNew) this.#enter(userId, infoJson, changes);
      else this.#inform(userId, infoJson, changes);
    }
    for (const userId of leavers) {
      if (before.delete(userId) && known.isCounted) this.#exit(userId, changes);
    }
    if (known.subscriptions === 0 && before.size === 0) this.#claims.delete(identity);
    else this.#claims.set(identity, known);
  }

  #enter(userId: string, infoJson: string | null, changes: Changes): void {
    const present = this.#present.get(userId);
    if (present) {
      present.claims++;
      this.#inform(userId, infoJson, changes);
      return;
    }
    this.#present.set(userId, { infoJson, claims: 1 });
    changes.set(userId, memberOf(userId, infoJson));
  }

  /** The latest information is the one that newcomers see. */
  #inform(userId: string, infoJson: string | null, changes: Changes): void {
    const present = this.#present.get(userId);
    if (!present || present.infoJson === infoJson) return;
    present.infoJson = infoJson;
    changes.set(userId, memberOf(userId, infoJson));
  }

  #exit(userId: string, changes: Changes): void {
    const present = this.#present.get(userId);
    if (!present) return;
    present.claims--;
    if (present.claims === 0) {
      this.#present.delete(userId);
      changes.set(userId, "gone");
      return;
    }
    for (const { isCounted, members } of this.#claims.values()) {
      const infoJson = isCounted ? members.get(userId) : undefined;
      if (infoJson === undefined) continue;
      this.#inform(userId, infoJson, changes);
      return;
    }
  }

  #changed(apply: (changes: Changes) => void): ElsewhereChange | undefined {
    const changes: Changes = new Map();
    const before = this.#subscriptions;
    apply(changes);
    if (changes.size === 0 && this.#subscriptions === before) return undefined;
    const added: Member[] = [];
    const removed: string[] = [];
    for (const [userId, change] of changes) {
      if (change === "gone") removed.push(userId);
      else added.push(change);
    }
    return { subscriptions: this.#subscriptions, added, removed };
  }
}

type Changes = Map<string, Member | "gone">;

function memberOf(userId: string, infoJson: string | null): Member {
  return { userId, userInfoJson: infoJson ?? undefined };
}

function notIn(members: ReadonlyMap<string, unknown>, set: ClaimMessage["set"]): string[] {
  const kept = new Set(set.map(([userId]) => userId));
  return [...members.keys()].filter((userId) => !kept.has(userId));
}
