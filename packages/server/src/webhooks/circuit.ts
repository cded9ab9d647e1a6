import { retryDelayMs } from "./retry-schedule.ts";

/** After so many failures without a success between them an endpoint counts as down. */
const FAILURES_TO_OPEN = 10;
const LONGEST_PAUSE_MS = 60_000;

/**
 * How much an endpoint may be asked at one time.
 *
 * While it answers: as much as the limit allows. Once it counts as down: one request at a time, with growing pauses,
 * until one succeeds; then twice as many with every success, so that a receiver that has just come up is not run over.
 */
export class Circuit {
  readonly #limit: number;
  readonly #random: () => number;
  #failures = 0;
  #allowed: number;
  #notBeforeMs = 0;

  constructor(limit: number, random: () => number) {
    this.#limit = limit;
    this.#random = random;
    this.#allowed = limit;
  }

  get isOpen(): boolean {
    return this.#failures >= FAILURES_TO_OPEN;
  }

  get allowed(): number {
    return this.#allowed;
  }

  /** Nothing may be sent before this time, in milliseconds since 1970. */
  get notBeforeMs(): number {
    return this.#notBeforeMs;
  }

  succeeded(): void {
    this.#allowed = this.isOpen ? 2 : Math.min(this.#limit, this.#allowed * 2);
    this.#failures = 0;
    this.#notBeforeMs = 0;
  }

  failed(nowMs: number): void {
    this.#failures++;
    if (!this.isOpen) return;
    this.#allowed = 1;
    const probes = this.#failures - FAILURES_TO_OPEN + 1;
    this.#notBeforeMs = nowMs + (retryDelayMs(probes, this.#random) ?? LONGEST_PAUSE_MS);
  }
}
