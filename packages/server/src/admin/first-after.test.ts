import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { firstAfter } from "./first-after.ts";

describe("a page of names", () => {
  test("holds what comes first after the one before", () => {
    const names = ["d", "b", "a", "e", "c"];
    expect(firstAfter(names, null, 2)).toEqual(["a", "b"]);
    expect(firstAfter(names, "b", 2)).toEqual(["c", "d"]);
    expect(firstAfter(names, "d", 2)).toEqual(["e"]);
    expect(firstAfter(names, "e", 2)).toEqual([]);
  });

  test("is the same as sorting all of them, whatever they are", () => {
    const page = fc.record({
      names: fc.uniqueArray(fc.string(), { maxLength: 200 }),
      after: fc.option(fc.string()),
      count: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(page, ({ names, after, count }) => {
        const sorted = names.toSorted().filter((name) => after === null || name > after);
        expect(firstAfter(names, after, count)).toEqual(sorted.slice(0, count));
      }),
    );
  });

  test("leads through all names without a gap or a repetition", () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `channel-${index}`);
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = firstAfter(names, after, 7);
      if (page.length === 0) break;
      seen.push(...page);
      after = page.at(-1) ?? null;
    }
    expect(seen).toEqual(names.toSorted());
  });
});
