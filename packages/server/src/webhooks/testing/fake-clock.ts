import type { Clock } from "../clock.ts";

/** A clock that stands still until it is told how much time passes. */
export class FakeClock implements Clock {
  #nowMs: number;
  readonly #settled: () => Promise<void>;
  #timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  /** @param settled resolves once what was set off has happened, apart from what takes time of this clock. */
  constructor(nowMs = 1_700_000_000_000, settled = someTurns) {
    this.#nowMs = nowMs;
    this.#settled = settled;
  }

  now = (): number => this.#nowMs;

  later = (callback: () => void, ms: number): (() => void) => {
    const timer = { atMs: this.#nowMs + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** Lets time pass; whatever is due happens at its time, and what follows from it has its turn before the next. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await this.#settled();
    for (;;) {
      const due = this.#timers.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (!due || due.atMs > endMs) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.callback();
      await this.#settled();
    }
    this.#nowMs = endMs;
  }

  /** Forgets all timers, as a process that ends does. */
  crash(): void {
    this.#timers = [];
  }
}

/** Work on an embedded database takes turns of the event loop, but no time. */
async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
}
