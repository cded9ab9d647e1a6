/**
 * So many a second, and a burst of them at once. It fills by the clock as it is asked, with no timer of its own.
 *
 * Numbers in fields and nothing else: it is asked for every client that comes.
 */
export class TokenBucket {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #filledAtMs: number;

  /** @param nowMs of a clock that never jumps, as in `take`. */
  constructor(perSecond: number, capacity: number, nowMs: number) {
    this.#perMs = perSecond / 1000;
    this.#capacity = capacity;
    this.#tokens = capacity;
    this.#filledAtMs = nowMs;
  }

  /** Returns false when there is none. */
  take(nowMs: number): boolean {
    const filled = this.#tokens + (nowMs - this.#filledAtMs) * this.#perMs;
    this.#filledAtMs = nowMs;
    this.#tokens = Math.min(filled, this.#capacity);
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
