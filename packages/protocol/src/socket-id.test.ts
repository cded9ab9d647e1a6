import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isSocketId, makeSocketId } from "./socket-id.ts";
import { anyText } from "./testing/arbitraries.ts";

describe("a socket id", () => {
  test("is valid whatever random numbers it was made of, each part from 1 to 1,000,000,000", () => {
    const uniform = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(uniform, uniform, (first, second) => {
        const numbers = [first, second];
        const id = makeSocketId(() => numbers.shift() ?? 0);
        expect(isSocketId(id)).toBe(true);
        for (const part of id.split(".").map(Number)) {
          expect(part).toBeWithin(1, 1_000_000_001);
          expect(Number.isInteger(part)).toBe(true);
        }
      }),
    );
  });

  test.each(["131160.155806628", "9248.3770520", "1.1", "0.0", "007.1"])("may be %s", (id) => {
    expect(isSocketId(id)).toBe(true);
  });

  test.each([
    "1.1\n",
    "\n1.1",
    "1.1\r\n",
    " 1.1",
    "1.1 ",
    "1. 1",
    "1.1.1",
    "1",
    ".1",
    "1.",
    "-1.1",
    "1e3.1",
    "١.١",
    "1.1:x",
    "1,1",
    "𝟏.𝟏",
  ])("is not %j", (id) => {
    expect(isSocketId(id)).toBe(false);
  });

  test("has digits and one dot and nothing else", () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const parts = text.split(".");
        const isId =
          parts.length === 2 &&
          parts.every((part) => part !== "" && [...part].every((c) => "0123456789".includes(c)));
        expect(isSocketId(text)).toBe(isId);
      }),
    );
  });
});
