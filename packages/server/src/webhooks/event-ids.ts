import { randomBytes } from "node:crypto";

/**
 * Ids that sort as text in the order in which one process makes them, and by time across processes.
 *
 * 24 hex digits: 12 of milliseconds, 4 of a counter, 8 of the process.
 */
export class EventIds {
  readonly #now: () => number;
  readonly #process = randomBytes(4).toString("hex");
  #ms = 0;
  #counter = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  next(): string {
    const nowMs = this.#now();
    if (nowMs > this.#ms) {
      this.#ms = nowMs;
      this.#counter = 0;
    } else if (++this.#counter > 0xffff) {
      // More than the counter holds in one millisecond, or a clock that was set back: go on from the last one.
      this.#ms++;
      this.#counter = 0;
    }
    const ms = this.#ms.toString(16).padStart(12, "0");
    return ms + this.#counter.toString(16).padStart(4, "0") + this.#process;
  }

  /** From here on ids are larger than this one, which another process has made. */
  continueAfter(id: string): void {
    const ms = Number.parseInt(id.slice(0, 12), 16);
    if (Number.isSafeInteger(ms)) this.#ms = Math.max(this.#ms, ms + 1);
  }
}
