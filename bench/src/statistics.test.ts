import { expect, test } from "bun:test";
import { pairwiseRatios, summarize } from "./statistics.ts";

test("the median is the middle sample, or the mean of the middle two", () => {
  expect(summarize([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(summarize([4, 1, 2, 10])).toEqual({ median: 3, min: 1, max: 10 });
  expect(summarize([7])).toEqual({ median: 7, min: 7, max: 7 });
});

test("there is no median of nothing", () => {
  expect(summarize([])).toBeNull();
});

test("sorts by size, not as text", () => {
  expect(summarize([100, 9, 20])?.median).toBe(20);
});

test("a ratio is taken within a round, so that a slow spell of the machine cancels out", () => {
  const ratios = pairwiseRatios([1.1, 2.2, 1.1], [1, 2, 1]);
  for (const ratio of ratios) expect(ratio).toBeCloseTo(1.1);
});

test("a round without its other half counts for nothing", () => {
  expect(pairwiseRatios([1, 2], [2])).toEqual([0.5]);
  expect(pairwiseRatios([1], [0])).toEqual([]);
});
