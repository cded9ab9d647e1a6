import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { anyText } from "./testing/arbitraries.ts";
import { exceedsUtf8, utf8Length } from "./utf8.ts";

const encodedLength = (text: string) => new TextEncoder().encode(text).length;

describe("the length of a text in UTF-8", () => {
  test("is that of its encoding, for any string", () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(utf8Length(text)).toBe(encodedLength(text));
      }),
      { numRuns: 1_000 },
    );
  });

  test("counts surrogates in and out of pairs as encoders do", () => {
    for (const text of ["🎉", "\ud83c", "\udf89", "\udf89\ud83c", "\ud83c\ud83c\udf89", "\ud83cx", "ü€🎉"]) {
      expect(utf8Length(text)).toBe(encodedLength(text));
    }
  });

  test("is past a limit exactly when the encoding is", () => {
    fc.assert(
      fc.property(anyText(), fc.integer({ min: -2, max: 2 }), (text, offset) => {
        const limit = encodedLength(text) + offset;
        expect(exceedsUtf8(text, limit)).toBe(offset < 0);
      }),
    );
  });
});
