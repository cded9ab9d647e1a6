/** Time as the parts of the webhooks see it, so that tests can make it pass. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once, after so many milliseconds; the answer takes that back. */
  later(callback: () => void, ms: number): () => void;
}

export const SYSTEM_CLOCK: Clock = {
  now: Date.now,
  later(callback, ms) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
