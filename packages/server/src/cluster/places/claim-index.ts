import type { ClusterLink } from "../link/cluster-link.ts";
import { type ClusterNames, decodePlace, encode, encodePlace } from "../link/cluster-names.ts";
import { placeKey } from "./place-key.ts";
import type { Identity, PlaceRef } from "./place-store.ts";

export interface ClaimIndexOptions {
  readonly link: Pick<ClusterLink, "command" | "generation">;
  readonly names: ClusterNames;
}

/**
 * Where each identity claims something, in Redis: sets of places, one for the channels and one for the users of an app, and a
 * set of their names. A place is put there before it is claimed and taken out after the claim has gone, so that whoever
 * reaps finds everything; it may find a place where nothing is claimed.
 */
export class ClaimIndex {
  readonly #options: ClaimIndexOptions;
  /** What this node has put there, by identity and place; each with the generation of the link that did it. */
  readonly #own = new Map<Identity, OwnIndex>();

  constructor(options: ClaimIndexOptions) {
    this.#options = options;
  }

  /** Resolves once the place is in the index. */
  async add(identity: Identity, ref: PlaceRef): Promise<void> {
    const { link, names } = this.#options;
    const own = this.#ownOf(identity);
    const key = placeKey(ref);
    if (own.places.has(key)) return;
    const base = names.claimsOf(identity);
    const set = setOf(ref);
    const commands = [link.command(base, ["SADD", `${base}:${set}`, encodePlace(ref.place)])];
    if (!own.sets.has(set)) {
      commands.push(link.command(base, ["SADD", `${base}:sets`, set]));
      commands.push(link.command(base, ["PEXPIRE", `${base}:sets`, String(KEEP_MS)]));
      commands.push(link.command(base, ["PEXPIRE", `${base}:${set}`, String(KEEP_MS)]));
    }
    await Promise.all(commands);
    own.sets.add(set);
    own.places.set(key, ref);
  }

  /** Takes places out. Rejects where that may not have happened; then a reaper finds one more than there is. */
  async remove(identity: Identity, refs: readonly PlaceRef[]): Promise<void> {
    const { link, names } = this.#options;
    const base = names.claimsOf(identity);
    const own = this.#own.get(identity);
    for (const ref of refs) own?.places.delete(placeKey(ref));
    const bySet = Map.groupBy(refs, setOf);
    await Promise.all(
      [...bySet].map(([set, some]) =>
        link.command(base, ["SREM", `${base}:${set}`, ...some.map(({ place }) => encodePlace(place))]),
      ),
    );
  }

  /** Some of the places of an identity; none when there are none left. */
  async some(identity: Identity, most: number): Promise<readonly PlaceRef[]> {
    const { link, names } = this.#options;
    const base = names.claimsOf(identity);
    const sets = texts(await link.command(base, ["SMEMBERS", `${base}:sets`]));
    for (const set of sets) {
      const places = texts(await link.command(base, ["SRANDMEMBER", `${base}:${set}`, String(most)]));
      const refs = places.flatMap((text) => refOf(set, text) ?? []);
      if (refs.length > 0) return refs;
      await link.command(base, ["SREM", `${base}:sets`, set]);
    }
    return [];
  }

  /** The channels of an app where an identity claims something. */
  async channels(identity: Identity, appId: string): Promise<readonly PlaceRef[]> {
    const { link, names } = this.#options;
    const base = names.claimsOf(identity);
    const set = `${CHANNELS}/${encode(appId)}`;
    return texts(await link.command(base, ["SMEMBERS", `${base}:${set}`])).flatMap(
      (text) => refOf(set, text) ?? [],
    );
  }

  /** Forgets what this node knows of an identity; in Redis all stays. */
  forget(identity: Identity): void {
    this.#own.delete(identity);
  }

  /**
   * Says that what an identity has is in use, some of it at each call, all of it in half a day of renewals.
   *
   * @returns the places whose turn it is; their claims are as much in use.
   */
  async keepSome(identity: Identity): Promise<readonly PlaceRef[]> {
    const { link, names } = this.#options;
    const own = this.#ownOf(identity);
    const base = names.claimsOf(identity);
    const refs = own.next(Math.ceil(own.places.size / CALLS_FOR_ALL));
    const sets = new Set(refs.map(setOf));
    if (sets.size === 0) return refs;
    const keys = [`${base}:sets`, ...[...sets].map((set) => `${base}:${set}`)];
    await Promise.all(keys.map((key) => link.command(base, ["PEXPIRE", key, String(KEEP_MS)])));
    return refs;
  }

  #ownOf(identity: Identity): OwnIndex {
    const { generation } = this.#options.link;
    const known = this.#own.get(identity);
    if (known?.generation === generation) return known;
    const own = new OwnIndex(generation);
    this.#own.set(identity, own);
    return own;
  }
}

/**
 * A backstop, in ms: what no node keeps any more goes by itself, such as all of a cluster that was given up. Whoever is dead
 * is reaped long before.
 */
export const KEEP_MS = 7 * 24 * 60 * 60 * 1000;

/** At one call every two seconds. */
const CALLS_FOR_ALL = 20_000;

const CHANNELS = "channels";
const USERS = "users";

class OwnIndex {
  readonly generation: number;
  readonly sets = new Set<string>();
  readonly places = new Map<string, PlaceRef>();
  #round: Iterator<PlaceRef> | undefined;

  constructor(generation: number) {
    this.generation = generation;
  }

  /** The next ones of an endless round. */
  next(count: number): readonly PlaceRef[] {
    const refs: PlaceRef[] = [];
    while (refs.length < count) {
      this.#round ??= this.places.values();
      const { value, done } = this.#round.next();
      if (done) {
        this.#round = undefined;
        return refs;
      }
      refs.push(value);
    }
    return refs;
  }
}

function setOf({ appId, place }: PlaceRef): string {
  return `${place.kind === "channel" ? CHANNELS : USERS}/${encode(appId)}`;
}

function refOf(set: string, text: string): PlaceRef | undefined {
  const place = decodePlace(text);
  return place && { appId: decodeURIComponent(set.slice(set.indexOf("/") + 1)), place };
}

function texts(reply: unknown): readonly string[] {
  // A set comes as a list or as a set.
  return Array.isArray(reply) || reply instanceof Set ? [...reply].map(String) : [];
}
