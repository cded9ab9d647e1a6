import { expect, test } from "bun:test";
import type { Stats } from "../../api/stats.ts";
import {
  countOf,
  grantedOf,
  latestOf,
  rateOf,
  reasonsOf,
  refusedOf,
  refusedRateOf,
  timesOf,
  webhookSuccess,
} from "./figures.ts";

const TOTALS = {
  connections_peak: 9,
  messages_out: 120,
  "requests:2xx": 10,
  "requests:4xx": 2,
  "subscriptions:granted": 8,
  "subscriptions:signature_mismatch": 3,
  "sign_ins:granted": 1,
  "sign_ins:signin_key_mismatch": 1,
  "handshakes:origin_refused": 5,
  "closes:slow_consumer": 1,
  "webhooks:attempts_ok": 3,
  "webhooks:attempts_failed": 1,
};

test("counts are added up by name and by group", () => {
  expect(countOf(TOTALS, "requests:")).toBe(12);
  expect(countOf(TOTALS, "requests:4xx", "requests:5xx")).toBe(2);
  expect(countOf(TOTALS, "message")).toBe(0);
  expect([grantedOf(TOTALS), refusedOf(TOTALS)]).toEqual([9, 4]);
});

test("reasons are those of refusals and ends, the most frequent first", () => {
  expect(reasonsOf(TOTALS)).toEqual([
    { group: "handshakes", code: "origin_refused", count: 5 },
    { group: "subscriptions", code: "signature_mismatch", count: 3 },
    { group: "sign_ins", code: "signin_key_mismatch", count: 1 },
    { group: "closes", code: "slow_consumer", count: 1 },
  ]);
});

test("the success of webhooks is unknown where none was sent", () => {
  expect(webhookSuccess(TOTALS)).toBe(0.75);
  expect(webhookSuccess({})).toBeUndefined();
});

test("rates keep gaps, and add up what belongs together", () => {
  const stats = statsWith({
    connections: [1, null, 2],
    "requests:4xx": [10, null, 20],
    "requests:5xx": [10, null, 0],
    "subscriptions:granted": [4, null, 4],
    "subscriptions:signature_mismatch": [1, null, 2],
  });
  expect(rateOf(stats, 1, "requests:")).toEqual([2, null, 2]);
  expect(rateOf(stats, 60, "requests:5xx")).toEqual([60, null, 0]);
  expect(rateOf(stats, 1, "messages_out")).toEqual([0, null, 0]);
  expect(refusedRateOf(stats, 10)).toEqual([1, null, 2]);
  expect(timesOf(stats)).toEqual([1_772_366_400, 1_772_366_410, 1_772_366_420]);
});

test("what is latest is the last that is known", () => {
  expect(latestOf([1, 2, null])).toBe(2);
  expect(latestOf([null])).toBe(0);
});

function statsWith(series: Stats["series"]): Stats {
  return {
    step_seconds: 10,
    from: "2026-03-01T12:00:00.000Z",
    to: "2026-03-01T12:00:30.000Z",
    series,
    totals: {},
    marks: [],
    now: { connections: 0, channels: 0 },
  };
}
