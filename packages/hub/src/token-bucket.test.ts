import { expect, test } from "bun:test";
import fc from "fast-check";
import { TokenBucket } from "./token-bucket.ts";

test("starts full, says no when empty, and refills steadily", () => {
  const bucket = new TokenBucket(10, 0);
  const taken = Array.from({ length: 11 }, () => bucket.take(10, 1, 0));
  expect(taken.filter(Boolean)).toHaveLength(10);
  expect(bucket.take(10, 1, 99)).toBe(false);
  expect(bucket.take(10, 1, 100)).toBe(true);
  expect(bucket.take(10, 1, 100)).toBe(false);
});

test("never holds more than a second's worth", () => {
  const bucket = new TokenBucket(10, 0);
  const taken = Array.from({ length: 20 }, () => bucket.take(10, 1, 3_600_000));
  expect(taken.filter(Boolean)).toHaveLength(10);
});

test("takes all of an amount or nothing", () => {
  const bucket = new TokenBucket(10, 0);
  expect(bucket.take(10, 11, 0)).toBe(false);
  expect(bucket.take(10, 10, 0)).toBe(true);
});

test("follows a rate that changes while it lives", () => {
  const bucket = new TokenBucket(10, 0);
  expect(bucket.take(2, 3, 0)).toBe(false);
  expect(bucket.take(2, 2, 0)).toBe(true);
  expect(bucket.take(100, 50, 500)).toBe(true);
});

test("gives nothing away when the clock goes back", () => {
  const bucket = new TokenBucket(10, 1_000);
  expect(bucket.take(10, 10, 1_000)).toBe(true);
  expect(bucket.take(10, 1, 0)).toBe(false);
  expect(bucket.take(10, 1, 100)).toBe(true);
});

test("in any stretch of time gives at most the rate times the stretch, and one second's worth", () => {
  const gaps = fc.array(fc.nat(300), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 50 }), (waits, rate) => {
      const bucket = new TokenBucket(rate, 0);
      let nowMs = 0;
      let taken = 0;
      for (const wait of waits) {
        nowMs += wait;
        if (bucket.take(rate, 1, nowMs)) taken++;
        expect(taken).toBeLessThanOrEqual(rate + (rate * nowMs) / 1000 + 1e-6);
      }
    }),
  );
});
