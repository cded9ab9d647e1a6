/**
 * So many a second, on average and at once: starts full, refills steadily, and says no when empty. Synchronous, with
 * two numbers of state, because it stands in front of every client event.
 */
export class TokenBucket {
  #tokens: number;
  #filledAtMs: number;

  constructor(capacity: number, nowMs: number) {
    this.#tokens = capacity;
    this.#filledAtMs = nowMs;
  }

  /**
   * @param ratePerSecond both the capacity and the refill; given on each call, since settings change while buckets live.
   * @returns whether `amount` tokens were there and are taken now; otherwise nothing is taken.
   */
  take(ratePerSecond: number, amount: number, nowMs: number): boolean {
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#tokens = Math.min(ratePerSecond, this.#tokens + (elapsedMs * ratePerSecond) / 1000);
    this.#filledAtMs = nowMs;
    if (this.#tokens < amount) return false;
    this.#tokens -= amount;
    return true;
  }
}
