import type { ChannelName } from "@usher/protocol";
import { z } from "zod";
import type { ClusterLink } from "../link/cluster-link.ts";
import type { ClusterNames } from "../link/cluster-names.ts";
import { ClaimIndex, KEEP_MS } from "./claim-index.ts";
import { encodeClaim, parseClaim } from "./claim-message.ts";
import { CLAIM } from "./claim-scripts.ts";
import { LEAVE, RENEW, TAKE_TURN } from "./lease-scripts.ts";
import {
  type Claim,
  type ClaimChange,
  type ClaimMessage,
  type ClaimOutcome,
  type Identity,
  LeaseOverError,
  type NodeAbout,
  type PlaceRef,
  type PlaceSnapshot,
  type PlaceStore,
  type Reaped,
  type ReapedPlace,
  type Roll,
} from "./place-store.ts";

export interface RedisPlaceStoreOptions {
  readonly link: ClusterLink;
  readonly names: ClusterNames;
  /** How long a lease lasts; 10 s unless a test wants to see one end. */
  readonly leaseMs?: number;
}

/** Claims and leases in Redis. `claim-scripts.ts` and `lease-scripts.ts` say how they lie there. */
export class RedisPlaceStore implements PlaceStore {
  readonly #link: ClusterLink;
  readonly #names: ClusterNames;
  readonly #leaseMs: number;
  readonly #index: ClaimIndex;
  /** When the lease of an identity of this node ends, in ms by Redis's clock. */
  readonly #leaseEnds = new Map<Identity, number>();

  constructor({ link, names, leaseMs = LEASE_MS }: RedisPlaceStoreOptions) {
    this.#link = link;
    this.#names = names;
    this.#leaseMs = leaseMs;
    this.#index = new ClaimIndex({ link, names });
  }

  async renew(identity: Identity, about: NodeAbout): Promise<Roll> {
    const keys = ["ends", "about", "judged", "unreaped", "renewed"].map((name) => this.#leaseKey(name));
    const args = [identity, JSON.stringify(about), this.#leaseMs, OUTAGE_MS, JUDGED_KEPT_MS, KEEP_MS].map(
      String,
    );
    const reply = renewal.parse(await this.#link.run(RENEW, keys, args));
    const [standing, leaseEnd, alive, unreaped] = reply;
    if (standing !== "renewed") this.#index.forget(identity);
    if (standing === "fenced") this.#leaseEnds.delete(identity);
    else this.#leaseEnds.set(identity, leaseEnd);
    if (standing === "renewed") await this.#keepSome(identity);
    return { standing, alive, unreaped };
  }

  async leave(identity: Identity): Promise<void> {
    this.#leaseEnds.delete(identity);
    this.#index.forget(identity);
    const keys = ["ends", "about", "judged", "unreaped"].map((name) => this.#leaseKey(name));
    await this.#link.run(LEAVE, keys, [identity]);
  }

  async open(ref: PlaceRef): Promise<PlaceSnapshot> {
    await this.#link.listen(this.#names.place(ref));
    return this.#read(ref);
  }

  close(ref: PlaceRef): Promise<void> {
    return this.#link.unlisten(this.#names.place(ref));
  }

  /** A change that arrived on a place's topic; undefined for any other message. */
  readMessage(text: string, head: string | undefined): ClaimMessage | undefined {
    return parseClaim(head, text);
  }

  async claim(ref: PlaceRef, identity: Identity, change: ClaimChange): Promise<ClaimOutcome> {
    // Without a lease nothing is changed any more, but what became of the last change is still answered.
    const leaseEnd = this.#leaseEnds.get(identity);
    if (leaseEnd !== undefined) await this.#index.add(identity, ref);
    const { serial, ...news } = change;
    const reply = await this.#runClaim(
      ref,
      identity,
      news,
      String(serial),
      String(leaseEnd ?? 0),
      OUTCOME_KEPT_MS,
    );
    if (reply === "lease_over") throw new LeaseOverError("the lease is over by the clock of Redis");
    if (reply === "out_of_order") throw new Error("the claim is older than what was claimed since");
    const { claimsNothing, ...result } = outcome.parse(JSON.parse(reply));
    if (claimsNothing) await this.#unindex(identity, [ref]);
    return result;
  }

  async reap(dead: Identity, reaper: Identity, heard: readonly PlaceRef[]): Promise<Reaped> {
    const keys = [this.#leaseKey("unreaped"), this.#leaseKey(`reaper/${dead}`)];
    const turn = await this.#link.run(TAKE_TURN, keys, [dead, reaper, String(TURN_MS)]);
    if (turn !== 1) return { places: [], hasMore: false };
    if (heard.length > 0) await this.#index.remove(dead, heard);
    const refs = await this.#index.some(dead, REAPED_AT_ONCE);
    if (refs.length === 0) {
      const unreaped = this.#leaseKey("unreaped");
      await this.#link.command(unreaped, ["SREM", unreaped, dead]);
      return { places: [], hasMore: false };
    }
    const replies = await Promise.all(
      refs.map((ref) => this.#runClaim(ref, dead, NOTHING, "reaped", "", REAPED_KEPT_MS)),
    );
    const places = refs.flatMap((ref, index): ReapedPlace[] => {
      const reply = replies[index];
      if (reply === undefined || reply === "nothing") return [];
      const { claimsNothing: _, ...result } = outcome.parse(JSON.parse(reply));
      return [{ ref, outcome: result }];
    });
    const empty = refs.filter((_, index) => replies[index] === "nothing");
    if (empty.length > 0) await this.#index.remove(dead, empty);
    return { places, hasMore: true };
  }

  look(refs: readonly PlaceRef[]): Promise<readonly PlaceSnapshot[]> {
    return Promise.all(refs.map((ref) => this.#read(ref)));
  }

  versions(refs: readonly PlaceRef[]): Promise<readonly number[]> {
    return Promise.all(
      refs.map(async (ref) => {
        const key = this.#claimsKey(ref);
        return Number((await this.#link.command(key, ["HGET", key, "v"])) ?? 0);
      }),
    );
  }

  async isClaimed(ref: PlaceRef, userId: string | undefined): Promise<boolean> {
    const key = this.#claimsKey(ref);
    const field = userId === undefined ? "v" : `u|${userId}`;
    return (await this.#link.command(key, ["HEXISTS", key, field])) === 1;
  }

  async channelsOf(appId: string): Promise<readonly ChannelName[]> {
    const ends = this.#leaseKey("ends");
    const alive = z.array(z.string()).parse(await this.#link.command(ends, ["ZRANGE", ends, "0", "-1"]));
    const claimed = await Promise.all(alive.map((identity) => this.#index.channels(identity, appId)));
    const channels = claimed.flat().flatMap(({ place }) => (place.kind === "channel" ? [place.channel] : []));
    return [...new Set(channels)];
  }

  #leaseKey(name: string): string {
    return `${this.#names.leases}:${name}`;
  }

  #claimsKey(ref: PlaceRef): string {
    return `${this.#names.place(ref)}:claims`;
  }

  async #read(ref: PlaceRef): Promise<PlaceSnapshot> {
    const key = this.#claimsKey(ref);
    const reply = await this.#link.command(key, ["HGETALL", key]);
    if (!Array.isArray(reply)) throw new Error("Redis gave no fields for the claims of a place");
    return snapshotOf(reply);
  }

  async #runClaim(
    ref: PlaceRef,
    identity: Identity,
    news: Omit<ClaimChange, "serial">,
    serial: string,
    leaseEnd: string,
    outcomeKeptMs: number,
  ): Promise<string> {
    const topic = this.#names.place(ref);
    const keys = [this.#claimsKey(ref), `${topic}:${serial === "reaped" ? "reaped" : "last"}/${identity}`];
    const { isFull, subscriptions, set, gone } = news;
    const signed = this.#link.sign(topic, encodeClaim(identity, news));
    const fixed = [
      topic,
      signed,
      identity,
      subscriptions,
      isFull ? 1 : 0,
      serial,
      leaseEnd,
      KEEP_MS,
      outcomeKeptMs,
    ];
    const members = set.flatMap(([userId, info]) => [userId, info ?? ""]);
    const args = [...fixed.map(String), String(set.length), ...members, ...gone];
    return z.string().parse(await this.#link.run(CLAIM, keys, args));
  }

  /** What is left in the index by mistake is found empty by whoever reaps, and shows a channel as occupied until then. */
  async #unindex(identity: Identity, refs: readonly PlaceRef[]): Promise<void> {
    try {
      await this.#index.remove(identity, refs);
    } catch {
      // The claim itself has been changed, which is what was asked.
    }
  }

  async #keepSome(identity: Identity): Promise<void> {
    const refs = await this.#index.keepSome(identity);
    const keys = refs.map((ref) => this.#claimsKey(ref));
    await Promise.all(keys.map((key) => this.#link.command(key, ["PEXPIRE", key, String(KEEP_MS)])));
  }
}

const LEASE_MS = 10_000;
/** When nobody has renewed for so long, Redis was away. */
const OUTAGE_MS = 6_000;
const JUDGED_KEPT_MS = 24 * 60 * 60 * 1000;
const OUTCOME_KEPT_MS = 2 * 60 * 1000;
/** Until somebody says that it was heard, or nobody lives to say so. */
const REAPED_KEPT_MS = JUDGED_KEPT_MS;
/** After so long without a call somebody else may reap. */
const TURN_MS = 5_000;
const REAPED_AT_ONCE = 200;

const NOTHING = { isFull: true, subscriptions: 0, set: [], gone: [] } as const;

const renewal = z.tuple([
  z.enum(["renewed", "registered", "fenced"]),
  z.number(),
  z.array(z.string()),
  z.union([z.array(z.string()), z.set(z.string()).transform((set) => [...set])]),
]);

const outcome = z.object({
  version: z.number(),
  becameOccupied: z.boolean(),
  becameVacant: z.boolean(),
  /** Of this identity. */
  claimsNothing: z.boolean(),
  membersAdded: z.array(z.string()),
  membersRemoved: z.array(z.string()),
});

/**
 * By hand, since a channel may have thousands of members.
 *
 * @param fields of the hash, each followed by its value.
 */
function snapshotOf(fields: readonly unknown[]): PlaceSnapshot {
  let version = 0;
  const claims = new Map<Identity, { subscriptions: number; members: Map<string, string | null> }>();
  const claimOf = (identity: Identity) => {
    const claim = claims.get(identity) ?? { subscriptions: 0, members: new Map() };
    claims.set(identity, claim);
    return claim;
  };
  for (let index = 0; index < fields.length; index += 2) {
    const field = String(fields[index]);
    const value = String(fields[index + 1]);
    if (field === "v") version = Number(value);
    else if (field.startsWith("s|")) claimOf(field.slice(2)).subscriptions = Number(value);
    else if (field.startsWith("m|")) {
      const bar = field.indexOf("|", 2);
      claimOf(field.slice(2, bar)).members.set(field.slice(bar + 1), value === "" ? null : value);
    }
  }
  return { version, claims: claims satisfies ReadonlyMap<Identity, Claim> };
}
