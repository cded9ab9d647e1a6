import type { RequestError } from "./request-error.ts";

export interface RetryPolicy {
  /** How often a request is sent at most, the first time included. */
  readonly maxAttempts: number;
  /** About how long to wait before the second attempt; twice as long before each further one. */
  readonly baseDelayMs: number;
  /** No wait is longer. A server that asks for more patience than this ends the attempts. */
  readonly maxDelayMs: number;
  /**
   * What may happen to a request that changes something, such as an event.
   *
   * `at-most-once` sends it again only when the first one certainly had no effect: nobody was reached, or the server
   * refused it and said when to come back. After anything else (a timeout, a lost connection, a 500, 502 or 504) the
   * event may have been delivered already, and subscribers would see it twice. `at-least-once` takes that risk.
   *
   * There is none with a server that has shown that it minds idempotency keys, as Usher does: then an event is sent again
   * after those failures too, and delivered once.
   */
  readonly delivery: "at-most-once" | "at-least-once";
}

export const DEFAULT_RETRY: RetryPolicy = {
  maxAttempts: 3,
  baseDelayMs: 200,
  maxDelayMs: 5_000,
  delivery: "at-most-once",
};

/**
 * How long to wait before sending a failed request again; undefined when it must not be sent again.
 *
 * @param attempt how often it was sent so far.
 * @param isRepeatable whether a repeat has no further effect.
 * @param random from 0 up to but not including 1. Waits are spread, so that clients that failed together do not return
 *   together.
 */
export function retryDelayMs(
  policy: RetryPolicy,
  isRepeatable: boolean,
  failure: RequestError,
  attempt: number,
  random: number,
): number | undefined {
  if (attempt >= policy.maxAttempts) return undefined;
  if (!mayBeSentAgain(isRepeatable || policy.delivery === "at-least-once", failure)) return undefined;
  const backOff = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1));
  const asked = failure.retryAfterMs;
  if (asked === undefined) return backOff / 2 + (random * backOff) / 2;
  if (asked > policy.maxDelayMs) return undefined;
  return Math.min(policy.maxDelayMs, asked + random * policy.baseDelayMs);
}

function mayBeSentAgain(isRepeatable: boolean, failure: RequestError): boolean {
  const { status, retryAfterMs, mayHaveBeenDelivered } = failure;
  if (status === undefined) return isRepeatable || !mayHaveBeenDelivered;
  if (status === 503) return isRepeatable || retryAfterMs !== undefined || !mayHaveBeenDelivered;
  if (status === 429) return isRepeatable || retryAfterMs !== undefined;
  return isRepeatable && (status === 502 || status === 504);
}

/** `Retry-After` in milliseconds, from seconds or a date; undefined for anything else. */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // Dates of HTTP end so; without the check `Date.parse` finds a date in almost anything.
  const date = text.endsWith("GMT") ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
