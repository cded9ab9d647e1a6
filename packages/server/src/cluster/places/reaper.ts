import type { ClaimOutcome, Identity, PlaceRef, PlaceStore } from "./place-store.ts";
import type { Timers } from "./timers.ts";

export interface ReaperOptions {
  readonly store: Pick<PlaceStore, "reap">;
  readonly timers: Timers;
  /** Uniform from 0 up to but not including 1. */
  readonly random: () => number;
  readonly onOutcome: (ref: PlaceRef, outcome: ClaimOutcome) => void;
  readonly onError: (error: unknown) => void;
}

/** The survivors begin at different times, so that one of them finds the work done by the others. */
const SPREAD_MS = 1_000;

/** Takes the claims of the dead away, and hands on what became vacant with them. */
export class Reaper {
  readonly #options: ReaperOptions;
  readonly #busy = new Set<Identity>();
  #isStopped = false;

  constructor(options: ReaperOptions) {
    this.#options = options;
  }

  /** Sees to it soon. Call it with each roll: what could not be finished is still unreaped then. */
  consider(unreaped: readonly Identity[], me: () => Identity): void {
    for (const dead of unreaped) {
      if (this.#busy.has(dead)) continue;
      this.#busy.add(dead);
      const delayMs = this.#options.random() * SPREAD_MS;
      this.#options.timers.after(delayMs, () => void this.#reap(dead, me));
    }
  }

  /** Reaps all of an identity now, as far as the store lets this caller. Rejects with what the store rejects with. */
  async reapAll(dead: Identity, me: Identity): Promise<void> {
    let heard: readonly PlaceRef[] = [];
    for (let hasMore = true; hasMore; ) {
      const reaped = await this.#options.store.reap(dead, me, heard);
      for (const { ref, outcome } of reaped.places) this.#options.onOutcome(ref, outcome);
      heard = reaped.places.map(({ ref }) => ref);
      hasMore = reaped.hasMore || heard.length > 0;
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #reap(dead: Identity, me: () => Identity): Promise<void> {
    try {
      if (!this.#isStopped) await this.reapAll(dead, me());
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#busy.delete(dead);
    }
  }
}
