import { expect, test } from "bun:test";
import { TokenBucket } from "./token-bucket.ts";

test("gives a burst at once, and then so many a second", () => {
  const bucket = new TokenBucket(100, 3, 0);
  expect([take(bucket, 0, 4), take(bucket, 10, 2), take(bucket, 30, 3)]).toEqual([3, 1, 2]);
});

test("never holds more than its burst, however long it rests", () => {
  const bucket = new TokenBucket(100, 3, 0);
  expect(take(bucket, 3_600_000, 10)).toBe(3);
});

test("keeps the fractions that are asked for in between", () => {
  const bucket = new TokenBucket(100, 1, 0);
  expect(take(bucket, 0, 1)).toBe(1);
  const given = Array.from({ length: 20 }, (_, index) => take(bucket, (index + 1) * 2.5, 1));
  expect(given.filter((count) => count === 1)).toHaveLength(5);
});

/** How many of so many that ask at this moment get one. */
function take(bucket: TokenBucket, nowMs: number, asked: number): number {
  return Array.from({ length: asked }, () => bucket.take(nowMs)).filter((isGiven) => isGiven).length;
}
