import { Census } from "./census.ts";
import type { Identity, NodeAbout, PlaceStore, Roll } from "./place-store.ts";
import type { Timers } from "./timers.ts";

export interface LeaseOptions {
  readonly store: Pick<PlaceStore, "renew" | "leave">;
  /** Without a dot; no other process ever had it. */
  readonly nodeId: string;
  readonly about: NodeAbout;
  readonly timers: Timers;
  /** Nothing is claimed in the store any more: under a new identity, or because the store has lost its memory. */
  readonly onLost: (reason: "fenced" | "forgotten") => void;
  /** Claims of these identities count no longer, or count again. */
  readonly onTurned: (identities: readonly Identity[]) => void;
  /** Nodes that live no more, under any identity. One that was only paused comes back without a word. */
  readonly onNodesGone: (nodeIds: readonly string[]) => void;
  /** After each roll. */
  readonly onRoll: (roll: Roll) => void;
  readonly onError: (error: unknown) => void;
}

const RENEWAL_INTERVAL_MS = 2_000;
const LEASE_MS = 10_000;
/** After so long without an answer, this node is not the only one that was cut off. */
const OUTAGE_MS = 6_000;
/** The time that the others then get to renew, before they are taken for dead. */
const OUTAGE_GRACE_MS = 2 * RENEWAL_INTERVAL_MS;

/**
 * This node's right to claim, and its knowledge of who else has it. The store judges by its own clock; this one only has to
 * know that it may have been judged, and measures on a clock that does not jump.
 */
export class Lease {
  readonly census: Census;
  readonly #options: LeaseOptions;
  #epoch = 1;
  #isRegistered = false;
  #isInDoubt = false;
  /** How many rolls had been asked for then. */
  #doubtedAfter = 0;
  /** When the last renewal that succeeded was sent. */
  #renewedAtMs: number | undefined;
  #sentAtMs = Number.NEGATIVE_INFINITY;
  #judgesFromMs = Number.NEGATIVE_INFINITY;
  #renewal: Promise<void> | undefined;
  #cancelTimer = () => {};
  #isStopped = false;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.census = new Census(options.nodeId);
  }

  get identity(): Identity {
    return `${this.#options.nodeId}.${this.#epoch}`;
  }

  /**
   * False: the store has heard nothing for as long as a lease lasts, and may have judged this node dead meanwhile; or it was
   * away, and may have lost its memory.
   */
  get isHeld(): boolean {
    if (this.#isInDoubt || this.#renewedAtMs === undefined) return false;
    return this.#options.timers.nowMs() - this.#renewedAtMs < LEASE_MS;
  }

  /** Resolves after the first attempt, whatever came of it; never rejects. */
  start(): Promise<void> {
    return this.renew();
  }

  /** The lease counts again once a renewal has succeeded that was sent from now on. */
  doubt(): void {
    this.#isInDoubt = true;
    this.#doubtedAfter = this.census.asked;
  }

  /** Renews with a request of its own: the answer to one that is under way may be older than what has happened. Never rejects. */
  async renewAnew(): Promise<void> {
    await this.#renewal;
    await this.renew();
  }

  /** Renews now, or takes part in what is under way; never rejects. */
  renew(): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
      this.#schedule();
    });
    return this.#renewal;
  }

  /** Ends the lease; rejects when the store cannot be told. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    await this.#renewal;
    this.#renewedAtMs = undefined;
    if (this.#isRegistered) await this.#options.store.leave(this.identity);
  }

  #schedule(): void {
    this.#cancelTimer();
    if (this.#isStopped) return;
    const sinceMs = this.#options.timers.nowMs() - this.#sentAtMs;
    const delayMs = Math.max(0, RENEWAL_INTERVAL_MS - sinceMs);
    this.#cancelTimer = this.#options.timers.after(delayMs, () => void this.renew());
  }

  async #renew(): Promise<void> {
    this.#cancelTimer();
    const { store, about, timers, onError } = this.#options;
    this.#sentAtMs = timers.nowMs();
    const number = this.census.ask();
    try {
      const roll = await store.renew(this.identity, about);
      if (!this.#isStopped) this.#take(roll, number);
    } catch (error) {
      onError(error);
    }
  }

  #take(roll: Roll, number: number): void {
    const { timers, onLost, onTurned, onNodesGone, onRoll } = this.#options;
    const wasCutOff = this.#renewedAtMs !== undefined && timers.nowMs() - this.#renewedAtMs > OUTAGE_MS;
    if (wasCutOff) this.#judgesFromMs = timers.nowMs() + OUTAGE_GRACE_MS;
    if (roll.standing === "fenced") {
      this.#epoch++;
      this.#isRegistered = false;
      this.#renewedAtMs = undefined;
      // The store must know the new identity before anything is claimed under it.
      this.#sentAtMs = Number.NEGATIVE_INFINITY;
      onLost("fenced");
    } else {
      this.#renewedAtMs = this.#sentAtMs;
      if (number > this.#doubtedAfter) this.#isInDoubt = false;
      if (roll.standing === "registered" && this.#isRegistered) onLost("forgotten");
      this.#isRegistered = true;
    }
    const mayDie = timers.nowMs() >= this.#judgesFromMs;
    const { turned, nodesGone } = this.census.judge(roll.alive, number, mayDie);
    if (turned.length > 0) onTurned(turned);
    if (nodesGone.length > 0) onNodesGone(nodesGone);
    onRoll(roll);
  }
}
