import { expect, test } from "bun:test";
import { counted, lasting, percent, short, whole } from "./numbers.ts";

test("numbers are as short as they can be read", () => {
  expect([whole(12_804), short(12_804), short(0.42)]).toEqual(["12,804", "12.8K", "0.4"]);
  expect([counted(1, "channel"), counted(0, "channel")]).toEqual(["1 channel", "0 channels"]);
});

test("a part is never rounded up to all of it", () => {
  expect([percent(1), percent(0.9999), percent(0.5), percent(0)]).toEqual(["100%", "99.9%", "50%", "0%"]);
});

test("how long something lasts is told in its two largest units", () => {
  expect([0, 59_000, 60_000, 3_661_000, 90_000_000, 86_400_000].map(lasting)).toEqual([
    "0 s",
    "59 s",
    "1 min",
    "1 h 1 min",
    "1 d 1 h",
    "1 d",
  ]);
});
