import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { RequestError, type RequestFailure } from "./request-error.ts";
import { DEFAULT_RETRY, parseRetryAfter, type RetryPolicy, retryDelayMs } from "./retry.ts";

const AT_LEAST_ONCE: RetryPolicy = { ...DEFAULT_RETRY, delivery: "at-least-once" };

function failure(given: Partial<RequestFailure>): RequestError {
  return new RequestError({
    url: "http://127.0.0.1/",
    mayHaveBeenDelivered: (given.status ?? 500) >= 500,
    ...given,
  });
}

const UNREACHED = failure({ error: new Error("refused"), mayHaveBeenDelivered: false });
const LOST = failure({ error: new Error("reset"), mayHaveBeenDelivered: true });
const DRAINING = failure({ status: 503, body: "The server is restarting\nhttp_draining: Send it again.\n" });
const BUSY = failure({ status: 503 });
const BUSY_FOR_A_SECOND = failure({ status: 503, retryAfterMs: 1_000 });
const TOO_MANY = failure({ status: 429 });
const TOO_MANY_FOR_A_SECOND = failure({ status: 429, retryAfterMs: 1_000 });
const BAD_GATEWAY = failure({ status: 502 });
const GATEWAY_TIMEOUT = failure({ status: 504 });
const FAULT = failure({ status: 500 });
const REFUSED = failure({ status: 401 });

function isSentAgain(method: string, failed: RequestError, policy = DEFAULT_RETRY): boolean {
  return retryDelayMs(policy, method === "GET", failed, 1, 0) !== undefined;
}

describe("what is sent again", () => {
  test("a question: whenever another answer may come", () => {
    for (const failed of [
      UNREACHED,
      LOST,
      DRAINING,
      BUSY,
      BUSY_FOR_A_SECOND,
      TOO_MANY,
      BAD_GATEWAY,
      GATEWAY_TIMEOUT,
    ]) {
      expect(isSentAgain("GET", failed)).toBe(true);
    }
    for (const failed of [FAULT, REFUSED]) expect(isSentAgain("GET", failed)).toBe(false);
  });

  test("an event: only when it was certainly not delivered", () => {
    for (const failed of [UNREACHED, DRAINING, BUSY_FOR_A_SECOND, TOO_MANY_FOR_A_SECOND]) {
      expect(isSentAgain("POST", failed)).toBe(true);
    }
    for (const failed of [LOST, BUSY, TOO_MANY, BAD_GATEWAY, GATEWAY_TIMEOUT, FAULT, REFUSED]) {
      expect(isSentAgain("POST", failed)).toBe(false);
    }
  });

  test("an event that may be delivered twice: as a question", () => {
    for (const failed of [LOST, BUSY, TOO_MANY, BAD_GATEWAY, GATEWAY_TIMEOUT]) {
      expect(isSentAgain("POST", failed, AT_LEAST_ONCE)).toBe(true);
    }
    for (const failed of [FAULT, REFUSED]) expect(isSentAgain("POST", failed, AT_LEAST_ONCE)).toBe(false);
  });

  test("nothing, once it was sent often enough", () => {
    expect(retryDelayMs(DEFAULT_RETRY, true, LOST, DEFAULT_RETRY.maxAttempts, 0)).toBeUndefined();
  });
});

describe("how long it waits", () => {
  test("twice as long each time, spread over the upper half", () => {
    const policy = { ...DEFAULT_RETRY, maxAttempts: 10, baseDelayMs: 200, maxDelayMs: 1_000 };
    const waits = (random: number): (number | undefined)[] =>
      [1, 2, 3, 4, 5].map((attempt) => retryDelayMs(policy, true, LOST, attempt, random));
    expect(waits(0)).toEqual([100, 200, 400, 500, 500]);
    expect(waits(0.5)).toEqual([150, 300, 600, 750, 750]);
  });

  test("no less than the server asks for, and not at all when it asks for more than the longest wait", () => {
    expect(retryDelayMs(DEFAULT_RETRY, false, TOO_MANY_FOR_A_SECOND, 1, 0)).toBe(1_000);
    expect(retryDelayMs(DEFAULT_RETRY, false, TOO_MANY_FOR_A_SECOND, 1, 0.5)).toBe(1_100);
    const asked = failure({ status: 503, retryAfterMs: 5_001 });
    expect(retryDelayMs(DEFAULT_RETRY, true, asked, 1, 0)).toBeUndefined();
  });

  test("never longer than the longest wait", () => {
    const waits = fc.record({
      attempt: fc.integer({ min: 1, max: 99 }),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      asked: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(waits, ({ attempt, random, asked }) => {
        const policy = { ...DEFAULT_RETRY, maxAttempts: 100 };
        const wait = retryDelayMs(
          policy,
          true,
          failure({ status: 503, retryAfterMs: asked }),
          attempt,
          random,
        );
        if (wait === undefined) expect(asked).toBeGreaterThan(policy.maxDelayMs);
        else expect(wait >= 0 && wait <= policy.maxDelayMs).toBe(true);
      }),
    );
  });
});

test("Retry-After is seconds or a date, and nothing else", () => {
  const now = Date.parse("Wed, 21 Oct 2026 07:28:00 GMT");
  expect(parseRetryAfter("3", now)).toBe(3_000);
  expect(parseRetryAfter(" 0 ", now)).toBe(0);
  expect(parseRetryAfter("Wed, 21 Oct 2026 07:28:05 GMT", now)).toBe(5_000);
  expect(parseRetryAfter("Wed, 21 Oct 2026 07:27:00 GMT", now)).toBe(0);
  for (const odd of [null, "", "-1", "1.5", "soon", "1e3", "x GMT"])
    expect(parseRetryAfter(odd, now)).toBeUndefined();
});
