import { expect, test } from "bun:test";
import { MessageMeter } from "./message-meter.ts";

const NOON = Date.UTC(2026, 0, 15, 12);
const HOUR_MS = 3_600_000;

test("adds up the messages of one UTC day", () => {
  const meter = new MessageMeter();
  expect(meter.today(NOON)).toBe(0);
  meter.add(1, NOON);
  meter.add(41, NOON + 11 * HOUR_MS);
  expect(meter.today(NOON + 12 * HOUR_MS - 1)).toBe(42);
});

test("starts anew at midnight UTC, with the first message or the first question", () => {
  const meter = new MessageMeter();
  meter.add(42, NOON);
  expect(meter.today(NOON + 12 * HOUR_MS)).toBe(0);
  meter.add(1, NOON + 36 * HOUR_MS);
  expect(meter.today(NOON + 36 * HOUR_MS)).toBe(1);
});
