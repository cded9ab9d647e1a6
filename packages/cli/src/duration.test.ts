import { describe, expect, test } from "bun:test";
import { InvalidArgumentError } from "commander";
import { parseDuration, printDuration, printTime } from "./duration.ts";

describe("parseDuration", () => {
  test.each([
    ["0", 0],
    ["0h", 0],
    ["90s", 90],
    ["30m", 1_800],
    ["24h", 86_400],
    ["7d", 604_800],
  ])("reads %s", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each(["", "24", "1.5h", "-1h", "1w", "1 h", "h", "99999999999d"])("refuses %j", (text) => {
    expect(() => parseDuration(text)).toThrow(InvalidArgumentError);
  });
});

describe("printDuration", () => {
  test.each([
    [0, "0 seconds"],
    [1, "1 second"],
    [119, "119 seconds"],
    [120, "2 minutes"],
    [7_199, "120 minutes"],
    [86_400, "24 hours"],
    [172_800, "2 days"],
  ])("says %d seconds", (seconds, words) => {
    expect(printDuration(seconds)).toBe(words);
  });
});

test("printTime says how far away a time is, either way", () => {
  const now = Date.parse("2026-01-02T00:00:00.000Z");
  expect(printTime(null, now)).toBe("never");
  expect(printTime("2026-01-02T00:00:00.400Z", now)).toBe("now");
  expect(printTime("2026-01-01T00:00:00.000Z", now)).toBe("24 hours ago");
  expect(printTime("2026-01-02T00:05:00.000Z", now)).toBe("in 5 minutes");
});
