import type { Connection } from "@usher/hub";
import type { UsherError } from "@usher/protocol";

export interface PacedCloserOptions {
  readonly close: (connection: Connection, error: UsherError) => void;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicNow: () => number;
  /** Uniform from 0 up to but not including 1. */
  readonly random: () => number;
  /** Calls back once; the returned function takes that back. */
  readonly later: (callback: () => void, ms: number) => () => void;
}

/** For up to ten seconds' worth of connections; more are closed faster, so that nobody waits much longer than that. */
const CLOSES_A_SECOND = 200;
const LONGEST_WAIT_SECONDS = 10;
const TICK_MS = 50;
/** What a busy event loop has missed is made up for as far as that, and not in one burst. */
const LONGEST_TICK_MS = 4 * TICK_MS;

/**
 * Closes connections one after the other, since their clients come back at once and each asks the app's own server for new
 * signatures: all of them together would be more than it is made for.
 *
 * First come, first closed. One that goes by itself meanwhile takes nobody's turn.
 */
export class PacedCloser {
  readonly #options: PacedCloserOptions;
  readonly #waiting = new Map<Connection, UsherError>();
  #perSecond = CLOSES_A_SECOND;
  /** How many may be closed by now, as a fraction. */
  #allowance = 0;
  #tickedAtMs = 0;
  #cancelTick: (() => void) | undefined;
  #isStopped = false;

  constructor(options: PacedCloserOptions) {
    this.#options = options;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Within how many seconds all that wait now will have been closed. */
  get withinSeconds(): number {
    return Math.ceil(this.#waiting.size / this.#perSecond);
  }

  add(connection: Connection, error: UsherError): void {
    if (this.#isStopped) return;
    this.#waiting.set(connection, error);
    this.#perSecond = Math.max(this.#perSecond, this.#waiting.size / LONGEST_WAIT_SECONDS);
    if (this.#cancelTick) return;
    this.#allowance = 1;
    this.#tickedAtMs = this.#options.monotonicNow();
    // Not before the effects that led here have been carried out.
    this.#schedule(0);
  }

  /** Ends the turns. Whoever still waits stays open; call it when something else closes everybody. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelTick?.();
    this.#waiting.clear();
  }

  #schedule(ms: number): void {
    this.#cancelTick = this.#options.later(() => this.#tick(), ms);
  }

  #tick(): void {
    const nowMs = this.#options.monotonicNow();
    const elapsedMs = Math.min(nowMs - this.#tickedAtMs, LONGEST_TICK_MS);
    this.#tickedAtMs = nowMs;
    this.#allowance += (elapsedMs / 1000) * this.#perSecond;
    for (const [connection, error] of this.#waiting) {
      if (this.#allowance < 1) break;
      this.#waiting.delete(connection);
      if (connection.isClosing) continue;
      this.#allowance--;
      this.#options.close(connection, error);
    }
    if (this.#waiting.size > 0) {
      this.#schedule(TICK_MS * (0.5 + this.#options.random()));
      return;
    }
    this.#cancelTick = undefined;
    this.#perSecond = CLOSES_A_SECOND;
  }
}
