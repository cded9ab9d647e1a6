import { drainMicrotasks } from "bun:jsc";
import type { Timers } from "../timers.ts";

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly call: () => void;
}

/** A clock that only goes on when it is told to, and everything that is to happen on it, in order. */
export class VirtualTime {
  #nowMs = 0;
  #order = 0;
  readonly #heap: Due[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, call: () => void): void {
    this.#push({ atMs: this.#nowMs + delayMs, order: this.#order++, call });
  }

  /** Has everything happen that is due within the time, and all that follows from it. */
  run(forMs: number): void {
    const untilMs = this.#nowMs + forMs;
    drainMicrotasks();
    for (;;) {
      const due = this.#heap[0];
      if (!due || due.atMs > untilMs) break;
      this.#pop();
      this.#nowMs = due.atMs;
      due.call();
      drainMicrotasks();
    }
    this.#nowMs = untilMs;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(due, heap[parent] as Due)) break;
      heap[at] = heap[parent] as Due;
      at = parent;
    }
    heap[at] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Due, heap[child] as Due)) child++;
      if (!isBefore(heap[child] as Due, last)) break;
      heap[at] = heap[child] as Due;
      at = child;
    }
    heap[at] = last;
  }
}

/** One process on a virtual clock: it can be paused, whatever was to happen to it waiting, and killed. */
export class VirtualProcess {
  readonly timers: Timers;
  readonly #time: VirtualTime;
  readonly #waiting: (() => void)[] = [];
  #state: "running" | "paused" | "dead" = "running";

  constructor(time: VirtualTime) {
    this.#time = time;
    this.timers = {
      nowMs: () => time.nowMs,
      after: (delayMs, call) => {
        let isTakenBack = false;
        time.after(delayMs, () => this.take(() => !isTakenBack && call()));
        return () => {
          isTakenBack = true;
        };
      },
      soon: (call) => time.after(0, () => this.take(call)),
    };
  }

  get isRunning(): boolean {
    return this.#state === "running";
  }

  get isDead(): boolean {
    return this.#state === "dead";
  }

  /** Has the process take something in: now, when it wakes, or never. */
  take(call: () => void): void {
    if (this.#state === "paused") this.#waiting.push(call);
    else if (this.#state === "running") call();
  }

  pause(): void {
    if (this.#state === "running") this.#state = "paused";
  }

  wake(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    // One at a time, in order, each with all that follows from it, as an event loop would.
    for (const call of this.#waiting.splice(0)) this.#time.after(0, () => this.take(call));
  }

  kill(): void {
    this.#state = "dead";
    this.#waiting.length = 0;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
