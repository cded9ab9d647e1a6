import type { ChannelName } from "@usher/protocol";
import { placeKey } from "../place-key.ts";
import {
  type Claim,
  type ClaimChange,
  type ClaimMessage,
  type ClaimOutcome,
  type Identity,
  LeaseOverError,
  type PlaceRef,
  type PlaceSnapshot,
  type Reaped,
  type Roll,
} from "../place-store.ts";

interface StoredPlace {
  readonly ref: PlaceRef;
  version: number;
  readonly claims: Map<Identity, Claim>;
}

interface Reply {
  readonly serial: number;
  readonly outcome: ClaimOutcome;
  readonly atMs: number;
}

interface Death {
  /** Reaped, and not heard of yet by who asked. */
  readonly unheard: Map<string, { readonly ref: PlaceRef; readonly outcome: ClaimOutcome }>;
  reaper: { readonly identity: Identity; readonly atMs: number } | undefined;
}

export interface Renewal {
  readonly roll: Roll;
  /** By the store's clock; undefined when fenced. */
  readonly leaseEndsMs: number | undefined;
}

export const LEASE_MS = 10_000;
export const OUTAGE_MS = 6_000;
const REPLY_KEPT_MS = 60_000;
const REAPER_MS = 5_000;
/** Few, so that every reaping of a simulation goes over several calls. */
const REAPED_AT_ONCE = 3;
const NOTHING = { isFull: true, subscriptions: 0, set: [], gone: [] } as const;

/** What Redis and its scripts are to the real store: one place, one thing at a time, one clock. */
export class MemoryPlaceServer {
  /** Called with every change, as it is made. */
  onPublish: (ref: PlaceRef, message: ClaimMessage) => void = () => {};
  /** @param isReaped it was taken away from `by`, who is dead. */
  onOutcome: (ref: PlaceRef, by: Identity, outcome: ClaimOutcome, isReaped: boolean) => void = () => {};
  /** Called when an answer is asked for, or might have been, that is not kept any more. */
  onAnswerForgotten: (ref: PlaceRef, outcome: ClaimOutcome) => void = () => {};
  /** Everybody was given another lease from now, since nobody seems to have been able to renew. */
  onForgiven: () => void = () => {};
  readonly #nowMs: () => number;
  readonly #places = new Map<string, StoredPlace>();
  readonly #replies = new Map<string, Reply>();
  readonly #leases = new Map<Identity, number>();
  readonly #deaths = new Map<Identity, Death>();
  #renewedAtMs: number | undefined;
  #lastVersion = 0;

  /** @param nowMs the store's own clock; it may jump. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** How many places somebody claims something at. */
  get size(): number {
    return this.#places.size;
  }

  renew(me: Identity): Renewal {
    const nowMs = this.#nowMs();
    this.#forgiveOutage(nowMs);
    this.#renewedAtMs = nowMs;
    const isFenced = this.#deaths.has(me);
    const isKnown = this.#leases.has(me);
    if (!isFenced) this.#leases.set(me, nowMs + LEASE_MS);
    for (const [identity, endsMs] of this.#leases) {
      if (endsMs < nowMs) this.leave(identity);
    }
    const standing = isFenced ? "fenced" : isKnown ? "renewed" : "registered";
    const unreaped = [...this.#deaths.keys()].filter((dead) => this.#isUnreaped(dead));
    const roll = { standing, alive: [...this.#leases.keys()], unreaped } as const;
    return { roll, leaseEndsMs: isFenced ? undefined : nowMs + LEASE_MS };
  }

  leave(identity: Identity): void {
    if (!this.#leases.delete(identity)) return;
    this.#deaths.set(identity, { unheard: new Map(), reaper: undefined });
  }

  read(ref: PlaceRef): PlaceSnapshot {
    const place = this.#places.get(placeKey(ref));
    return { version: place?.version ?? 0, claims: new Map(place?.claims) };
  }

  /** @param leaseEndsMs what the last `renew` that the sender has an answer of said. */
  claim(ref: PlaceRef, identity: Identity, change: ClaimChange, leaseEndsMs: number): ClaimOutcome {
    const replyKey = `${placeKey(ref)}\n${identity}`;
    const nowMs = this.#nowMs();
    const reply = this.#replies.get(replyKey);
    if (reply && nowMs - reply.atMs >= REPLY_KEPT_MS) {
      this.#replies.delete(replyKey);
      this.onAnswerForgotten(ref, reply.outcome);
    } else if (reply && change.serial <= reply.serial) {
      if (change.serial === reply.serial) return reply.outcome;
      throw new Error("the claim is older than what was claimed since");
    }
    if (leaseEndsMs < nowMs) throw new LeaseOverError();
    const outcome = this.#change(ref, identity, change);
    this.#replies.set(replyKey, { serial: change.serial, outcome, atMs: nowMs });
    return outcome;
  }

  reap(dead: Identity, reaper: Identity, heard: readonly PlaceRef[]): Reaped {
    const death = this.#deaths.get(dead);
    const nowMs = this.#nowMs();
    if (!death) return { places: [], hasMore: false };
    const isTaken = death.reaper && death.reaper.identity !== reaper && nowMs - death.reaper.atMs < REAPER_MS;
    if (isTaken) return { places: [], hasMore: false };
    death.reaper = { identity: reaper, atMs: nowMs };
    for (const ref of heard) death.unheard.delete(placeKey(ref));
    for (const { ref } of this.#placesOf(dead).slice(0, Math.max(0, REAPED_AT_ONCE - death.unheard.size))) {
      const outcome = this.#change(ref, dead, "reaped");
      death.unheard.set(placeKey(ref), { ref, outcome });
    }
    return { places: [...death.unheard.values()], hasMore: this.#isUnreaped(dead) };
  }

  channelsOf(appId: string): ChannelName[] {
    const channels = new Set<ChannelName>();
    for (const { ref, claims } of this.#places.values()) {
      if (ref.appId !== appId || ref.place.kind !== "channel") continue;
      if ([...claims.keys()].some((identity) => this.#leases.has(identity))) channels.add(ref.place.channel);
    }
    return [...channels];
  }

  /** A restart without anything on disk. */
  forgetAll(): void {
    for (const memory of [this.#places, this.#replies, this.#leases, this.#deaths]) memory.clear();
    this.#renewedAtMs = undefined;
  }

  #forgiveOutage(nowMs: number): void {
    const sinceMs = this.#renewedAtMs === undefined ? 0 : nowMs - this.#renewedAtMs;
    if (sinceMs >= 0 && sinceMs < OUTAGE_MS) return;
    for (const identity of this.#leases.keys()) this.#leases.set(identity, nowMs + LEASE_MS);
    this.onForgiven();
  }

  #isUnreaped(dead: Identity): boolean {
    return this.#placesOf(dead).length > 0 || (this.#deaths.get(dead)?.unheard.size ?? 0) > 0;
  }

  #placesOf(identity: Identity): StoredPlace[] {
    return [...this.#places.values()].filter(({ claims }) => claims.has(identity));
  }

  #change(ref: PlaceRef, identity: Identity, asked: Omit<ClaimChange, "serial"> | "reaped"): ClaimOutcome {
    const change = asked === "reaped" ? NOTHING : asked;
    const place = this.#placeAt(ref);
    const before = [...place.claims.values()];
    const wasOccupied = before.length > 0;
    const claim = changed(place.claims.get(identity), change);
    const previous = place.claims.get(identity)?.members ?? new Map();
    if (claim.subscriptions === 0 && claim.members.size === 0) place.claims.delete(identity);
    else place.claims.set(identity, claim);

    const follows = place.version;
    place.version = this.#nextVersion(follows);
    const others = [...place.claims]
      .filter(([other]) => other !== identity)
      .map(([, { members }]) => members);
    const isNews = (userId: string): boolean => !others.some((members) => members.has(userId));
    const outcome = {
      version: place.version,
      becameOccupied: !wasOccupied && place.claims.size > 0,
      becameVacant: wasOccupied && place.claims.size === 0,
      membersAdded: [...claim.members.keys()].filter((userId) => !previous.has(userId) && isNews(userId)),
      membersRemoved: [...previous.keys()].filter((userId) => !claim.members.has(userId) && isNews(userId)),
    };
    // Forgotten at once, which the real store does after a while: numbering goes on higher.
    if (place.claims.size === 0) this.#places.delete(placeKey(ref));
    const { isFull, subscriptions, set, gone } = change;
    this.onOutcome(ref, identity, outcome, asked === "reaped");
    this.onPublish(ref, { version: place.version, follows, identity, isFull, subscriptions, set, gone });
    return outcome;
  }

  #placeAt(ref: PlaceRef): StoredPlace {
    const key = placeKey(ref);
    const place = this.#places.get(key) ?? { ref, version: 0, claims: new Map() };
    this.#places.set(key, place);
    return place;
  }

  #nextVersion(version: number): number {
    if (version > 0) {
      this.#lastVersion = Math.max(this.#lastVersion, version + 1);
      return version + 1;
    }
    this.#lastVersion += 10;
    return this.#lastVersion;
  }
}

function changed(
  claim: Claim | undefined,
  { isFull, subscriptions, set, gone }: Omit<ClaimChange, "serial">,
): Claim {
  const members = new Map(isFull ? [] : claim?.members);
  for (const [userId, infoJson] of set) members.set(userId, infoJson);
  for (const userId of gone) members.delete(userId);
  return { subscriptions, members };
}
