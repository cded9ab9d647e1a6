import type { ConsoleEntry } from "./console-entry.ts";
import type { EntryFilter } from "./entry-filter.ts";

/** What waits for a viewer at most: with five batches a second, two thousand entries a second get through. */
const MOST_WAITING = 400;

/** One person who looks at the console. What is too much for them is counted, never kept. */
export class Viewer {
  readonly #filter: EntryFilter;
  #waiting: ConsoleEntry[] = [];
  #dropped = 0;

  constructor(filter: EntryFilter) {
    this.#filter = filter;
  }

  offer(entry: ConsoleEntry): void {
    if (!this.#filter(entry)) return;
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(entry);
    else this.#dropped++;
  }

  /** What has come since the last time, or undefined when nothing has. */
  take(): Batch | undefined {
    if (this.#waiting.length === 0 && this.#dropped === 0) return undefined;
    const batch = { entries: this.#waiting, dropped: this.#dropped };
    this.#waiting = [];
    this.#dropped = 0;
    return batch;
  }
}

export interface Batch {
  readonly entries: readonly ConsoleEntry[];
  /** How many more there were that matched and were left out. */
  readonly dropped: number;
}
