import type { Latency } from "../job.ts";

/** Events followed at one time. Far more than any row keeps in flight; a power of two, so that a mask finds the place. */
const CAPACITY = 1 << 16;

/**
 * Follows each event from its publication until every subscriber has it.
 *
 * It counts and keeps no set of who received what. An event delivered more often than there are subscribers shows as a
 * duplicate; one that is delivered twice to one and never to another would go unseen here.
 */
export class DeliveryLedger {
  published = 0;
  deliveries = 0;
  completed = 0;
  duplicates = 0;
  readonly subscribers: number;
  #latenciesMs: number[] = [];
  readonly #missing = new Int32Array(CAPACITY);

  constructor(subscribers: number) {
    this.subscribers = subscribers;
  }

  /** How many deliveries of the published events are still to come. */
  get owed(): number {
    return this.published * this.subscribers - this.deliveries;
  }

  /** Returns the number of the event that is about to be published. */
  publish(): number {
    this.#missing[this.published & (CAPACITY - 1)] = this.subscribers;
    return this.published++;
  }

  /** Returns true when this was the last subscriber to get the event. */
  deliver(number: number): boolean {
    this.deliveries++;
    const place = number & (CAPACITY - 1);
    const missing = (this.#missing[place] as number) - 1;
    this.#missing[place] = missing;
    if (missing < 0) this.duplicates++;
    if (missing !== 0) return false;
    this.completed++;
    return true;
  }

  /** Resolves when `events` have been delivered to everybody, or when nothing has come for `patienceMs`. */
  async settle(patienceMs: number, events = this.published): Promise<void> {
    let seen = -1;
    let seenAt = 0;
    while (this.deliveries < events * this.subscribers) {
      if (this.deliveries !== seen) {
        seen = this.deliveries;
        seenAt = performance.now();
      } else if (performance.now() - seenAt > patienceMs) return;
      await Bun.sleep(2);
    }
  }

  recordLatency(ms: number): void {
    this.#latenciesMs.push(ms);
  }

  /** The latencies recorded since the last call. */
  takeLatency(): Latency {
    const sorted = Float64Array.from(this.#latenciesMs).sort();
    this.#latenciesMs = [];
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  }
}
