import type { ConsoleBatch, ConsoleEntry } from "../../api/console.ts";

/** What is kept at most; the oldest go first. */
export const MOST_ENTRIES = 5_000;

export interface FeedState {
  readonly connection: "connecting" | "live" | "lost";
  /** The latest first. */
  readonly entries: readonly ConsoleEntry[];
  /** Held back while it is paused. */
  readonly waiting: number;
  /** Left out by the server, or pushed out while it was paused. */
  readonly dropped: number;
  readonly isPaused: boolean;
}

/** A browser gives up on a stream that was refused; so long after, this asks again. */
const ASK_AGAIN_MS = 5_000;

const START: FeedState = { connection: "connecting", entries: [], waiting: 0, dropped: 0, isPaused: false };

/**
 * The live tail, apart from how it is drawn. The server sends a batch five times a second at most, and each makes one new
 * state; memory is bounded, and what did not fit is counted.
 */
export class ConsoleFeed {
  readonly #listeners = new Set<() => void>();
  #source: EventSource | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #held: readonly ConsoleEntry[] = [];
  #state = START;

  get state(): FeedState {
    return this.#state;
  }

  /** Connects to a stream. */
  open(url: string): void {
    this.close();
    const source = new EventSource(url);
    source.addEventListener("ready", () => this.#change({ connection: "live" }));
    source.addEventListener("entries", (event) => this.take(JSON.parse(event.data) as ConsoleBatch));
    source.addEventListener("error", () => {
      this.#change({ connection: "lost" });
      // Of a connection that broke the browser takes care itself.
      if (source.readyState !== EventSource.CLOSED) return;
      this.#again = setTimeout(() => this.open(url), ASK_AGAIN_MS);
    });
    this.#source = source;
  }

  /** Of what is here already, only this goes on being of interest. */
  keep(fits: (entry: ConsoleEntry) => boolean): void {
    this.#held = this.#held.filter(fits);
    this.#change({ entries: this.#state.entries.filter(fits), waiting: this.#held.length });
  }

  close(): void {
    clearTimeout(this.#again);
    this.#source?.close();
    this.#source = undefined;
  }

  take({ entries, dropped }: ConsoleBatch): void {
    const latestFirst = entries.toReversed();
    if (!this.#state.isPaused) {
      const all = [...latestFirst, ...this.#state.entries];
      this.#change({ entries: all.slice(0, MOST_ENTRIES), dropped: this.#state.dropped + dropped });
      return;
    }
    const held = [...latestFirst, ...this.#held];
    const lost = Math.max(0, held.length - MOST_ENTRIES);
    this.#held = held.slice(0, MOST_ENTRIES);
    this.#change({ waiting: this.#held.length, dropped: this.#state.dropped + dropped + lost });
  }

  pause(): void {
    if (!this.#state.isPaused) this.#change({ isPaused: true });
  }

  resume(): void {
    const entries = [...this.#held, ...this.#state.entries].slice(0, MOST_ENTRIES);
    this.#held = [];
    this.#change({ isPaused: false, entries, waiting: 0 });
  }

  clear(): void {
    this.#held = [];
    this.#change({ entries: [], waiting: 0, dropped: 0 });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #change(changes: Partial<FeedState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of this.#listeners) listener();
  }
}
