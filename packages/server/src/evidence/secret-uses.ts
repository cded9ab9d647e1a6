import type { UseKind } from "../store/tables.ts";

/** Uses of a secret in one hour, for one kind, by one client at one address, that are not stored yet. */
export interface UnsavedUses {
  readonly secretId: string;
  readonly kind: UseKind;
  readonly client: string;
  readonly address: string | null;
  /** When the hour began. */
  readonly hourMs: number;
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

export const HOUR_MS = 3_600_000;
/** How many clients and addresses are told apart for each secret and kind in an hour. */
export const MOST_CALLERS = 50;
/** What the callers beyond them are counted as, together. */
export const OTHER_CLIENTS = "other";

/**
 * Counts the uses of secrets until somebody has stored them.
 *
 * It stands in the way of every signed request, so a use by a caller that was seen in this hour allocates nothing. What it
 * holds is bounded, for as long as nothing can be stored too: by the number of secrets in use, not by that of their users.
 */
export class SecretUses {
  readonly #tallies = new Map<string, Tally>();
  readonly #unsaved = new Set<Counter>();
  readonly #mostUnsaved: number;
  #hourMs = 0;

  /** @param mostUnsaved past so many counters, callers of the past are no longer told apart. */
  constructor(mostUnsaved = 10_000) {
    this.#mostUnsaved = mostUnsaved;
  }

  record(secretId: string, kind: UseKind, client: string, address: string | null, nowMs: number): void {
    // A clock that was put back counts on in the hour that it has reached.
    if (nowMs >= this.#hourMs + HOUR_MS) this.#startHour(nowMs);
    const counter = this.#counterOf(secretId, kind, client, address);
    if (counter.count === 0) {
      counter.firstAtMs = nowMs;
      counter.lastAtMs = nowMs;
      this.#unsaved.add(counter);
    } else if (nowMs > counter.lastAtMs) {
      counter.lastAtMs = nowMs;
    }
    counter.count++;
  }

  /** All that is not stored yet; what is counted later does not show in it. */
  unsaved(): readonly UnsavedUses[] {
    if (this.#unsaved.size > this.#mostUnsaved) this.#fold();
    return Array.from(this.#unsaved, snapshotOf);
  }

  /** Takes out what has been stored since `unsaved` gave it, however much was counted meanwhile. */
  saved(uses: readonly UnsavedUses[]): void {
    for (const { count, [COUNTER]: counter } of uses as readonly Snapshot[]) {
      counter.count -= count;
      if (counter.count === 0) this.#unsaved.delete(counter);
    }
  }

  #counterOf(secretId: string, kind: UseKind, client: string, address: string | null): Counter {
    let tally = this.#tallies.get(secretId);
    if (!tally) {
      tally = { http_api: undefined, channel: undefined, user: undefined };
      this.#tallies.set(secretId, tally);
    }
    tally[kind] ??= new Callers();
    const callers = tally[kind];
    return callers.find(client, address) ?? this.#newCounter(callers, secretId, kind, client, address);
  }

  #newCounter(
    callers: Callers,
    secretId: string,
    kind: UseKind,
    client: string,
    address: string | null,
  ): Counter {
    if (callers.size < MOST_CALLERS) {
      return callers.add(newCounter(secretId, kind, client, address, this.#hourMs));
    }
    callers.others ??= newCounter(secretId, kind, OTHER_CLIENTS, null, this.#hourMs);
    return callers.others;
  }

  /** Counters that are not stored yet live on in `#unsaved`. */
  #startHour(nowMs: number): void {
    this.#hourMs = nowMs - (nowMs % HOUR_MS);
    this.#tallies.clear();
  }

  /**
   * Joins what waits for each secret and kind: the callers of an hour at first, then the hours of more than two days ago,
   * which nobody asks for by the hour.
   */
  #fold(): void {
    const oldestMs = this.#hourMs - KEPT_HOURS * HOUR_MS;
    const folded = new Map<string, Counter>();
    for (const counter of this.#unsaved) {
      const { secretId, kind } = counter;
      const hourMs = Math.max(counter.hourMs, oldestMs);
      const key = `${secretId} ${kind} ${hourMs}`;
      const sum = folded.get(key) ?? newCounter(secretId, kind, OTHER_CLIENTS, null, hourMs);
      sum.firstAtMs = sum.count === 0 ? counter.firstAtMs : Math.min(sum.firstAtMs, counter.firstAtMs);
      sum.lastAtMs = Math.max(sum.lastAtMs, counter.lastAtMs);
      sum.count += counter.count;
      folded.set(key, sum);
    }
    this.#unsaved.clear();
    this.#tallies.clear();
    for (const sum of folded.values()) this.#unsaved.add(sum);
  }
}

/** For how many hours uses are told apart by hour, client and address. */
export const KEPT_HOURS = 48;

/** What one secret was used for in the hour that runs. */
type Tally = Record<UseKind, Callers | undefined>;

interface Counter {
  readonly secretId: string;
  readonly kind: UseKind;
  readonly client: string;
  readonly address: string | null;
  readonly hourMs: number;
  /** What is not stored yet. */
  count: number;
  firstAtMs: number;
  lastAtMs: number;
}

function newCounter(
  secretId: string,
  kind: UseKind,
  client: string,
  address: string | null,
  hourMs: number,
): Counter {
  return { secretId, kind, client, address, hourMs, count: 0, firstAtMs: 0, lastAtMs: 0 };
}

/** The counters of one secret, kind and hour, found without making a key out of client and address. */
class Callers {
  size = 0;
  others: Counter | undefined;
  readonly #counters = new Map<string, Map<string | null, Counter>>();
  #latest: Counter | undefined;

  find(client: string, address: string | null): Counter | undefined {
    const latest = this.#latest;
    if (latest && latest.client === client && latest.address === address) return latest;
    const found = this.#counters.get(client)?.get(address);
    if (found) this.#latest = found;
    return found;
  }

  add(counter: Counter): Counter {
    const atAddresses = this.#counters.get(counter.client);
    if (atAddresses) atAddresses.set(counter.address, counter);
    else this.#counters.set(counter.client, new Map([[counter.address, counter]]));
    this.size++;
    return counter;
  }
}

const COUNTER = Symbol("counter");

interface Snapshot extends UnsavedUses {
  readonly [COUNTER]: Counter;
}

function snapshotOf(counter: Counter): Snapshot {
  return { ...counter, [COUNTER]: counter };
}
