import { randomBytes } from "node:crypto";

/**
 * Ids that sort as text in the order in which one process makes them, and by time across processes.
 *
 * 24 hex digits: 12 of milliseconds, 4 of a counter, 8 of the process.
 */
export class EventIds {
  /** When an id was made, in milliseconds since 1970. */
  static timeOf(id: string): number {
    return Number.parseInt(id.slice(0, TIME_DIGITS), 16);
  }

  /** Comes before every id that is made at this time or later. */
  static before(ms: number): string {
    return printTime(ms);
  }

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
    return printTime(this.#ms) + this.#counter.toString(16).padStart(4, "0") + this.#process;
  }

  /** From here on ids are larger than this one, which another process has made. */
  continueAfter(id: string): void {
    const ms = EventIds.timeOf(id);
    if (Number.isSafeInteger(ms)) this.#ms = Math.max(this.#ms, ms + 1);
  }
}

const TIME_DIGITS = 12;

function printTime(ms: number): string {
  return ms.toString(16).padStart(TIME_DIGITS, "0");
}
