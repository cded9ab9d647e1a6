import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ConsoleEntry } from "../../api/console.ts";
import { ConsoleFeed, MOST_ENTRIES } from "./console-feed.ts";

let lastId = 0;

function entries(count: number): ConsoleEntry[] {
  return Array.from({ length: count }, () => ({ id: ++lastId, at: "", type: "api_event" }));
}

describe("the feed", () => {
  test("shows the latest first and holds them back while it is paused", () => {
    const feed = new ConsoleFeed();
    const [a, b, c] = entries(3);
    if (!a || !b || !c) throw new Error("three were made");
    feed.take({ entries: [a, b], dropped: 0 });
    feed.pause();
    feed.take({ entries: [c], dropped: 2 });
    expect(feed.state).toMatchObject({ entries: [b, a], waiting: 1, dropped: 2, isPaused: true });
    feed.resume();
    expect(feed.state).toMatchObject({ entries: [c, b, a], waiting: 0, isPaused: false });
    feed.clear();
    expect(feed.state).toMatchObject({ entries: [], dropped: 0 });
  });

  test("never keeps more than it may, in order and none twice, whatever is done to it", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("take" as const), count: fc.integer({ min: 0, max: 3_000 }) }),
      fc.record({ do: fc.constantFrom("pause" as const, "resume" as const, "clear" as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const feed = new ConsoleFeed();
        for (const each of steps) {
          if (each.do === "take") feed.take({ entries: entries(each.count), dropped: 0 });
          else feed[each.do]();
          const ids = feed.state.entries.map(({ id }) => id);
          expect(ids.length).toBeLessThanOrEqual(MOST_ENTRIES);
          expect(feed.state.waiting).toBeLessThanOrEqual(MOST_ENTRIES);
          expect(ids.every((id, index) => index === 0 || id < (ids[index - 1] ?? 0))).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});
