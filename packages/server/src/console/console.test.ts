import { describe, expect, test } from "bun:test";
import { Console } from "./console.ts";
import type { ConsoleEntry, EntryContent } from "./console-entry.ts";
import { entryFilter } from "./entry-filter.ts";

const ALL = () => true;

function open() {
  let nowMs = 1_000;
  const console = new Console(() => nowMs++);
  return { console, say: (event: string, appId = "3") => console.add(appId, { type: "api_event", event }) };
}

describe("the console", () => {
  test("is watched only while somebody looks at that app", () => {
    const { console } = open();
    expect(console.isWatched("3")).toBe(false);
    const viewer = console.admit("3", ALL);
    expect([console.isWatched("3"), console.isWatched("4")]).toEqual([true, false]);
    if (viewer) console.showOut("3", viewer);
    expect(console.isWatched("3")).toBe(false);
  });

  test("gives each viewer what they want, in order and once", () => {
    const { console, say } = open();
    const all = console.admit("3", ALL);
    const some = console.admit("3", entryFilter([], "event:b"));
    say("a");
    say("b");
    say("b", "4");
    expect(all?.take()).toEqual({
      entries: [
        { id: 1, atMs: 1_000, type: "api_event", event: "a" },
        { id: 2, atMs: 1_001, type: "api_event", event: "b" },
      ],
      dropped: 0,
    });
    expect(some?.take()?.entries.map(({ id }) => id)).toEqual([2]);
    expect(all?.take()).toBeUndefined();
  });

  test("keeps a bounded number for a viewer who is slow, and says how many it left out", () => {
    const { console, say } = open();
    const viewer = console.admit("3", ALL);
    for (let count = 0; count < 1_000; count++) say(String(count));
    const batch = viewer?.take();
    expect([batch?.entries.length, batch?.dropped]).toEqual([400, 600]);
    say("later");
    expect(viewer?.take()).toMatchObject({ entries: [{ event: "later" }], dropped: 0 });
  });

  test("lets a bounded number look, and others in when they have gone", () => {
    const { console } = open();
    const viewers = Array.from({ length: 50 }, () => console.admit("3", ALL));
    expect(viewers.every((viewer) => viewer !== undefined)).toBe(true);
    expect(console.admit("4", ALL)).toBeUndefined();
    const [first] = viewers;
    if (first) {
      console.showOut("3", first);
      console.showOut("3", first);
    }
    expect(console.admit("4", ALL)).toBeDefined();
    expect(console.admit("4", ALL)).toBeUndefined();
  });
});

describe("the filter", () => {
  const ENTRY: EntryContent = {
    type: "subscribed",
    channel: "private-Orders",
    socketId: "12.34",
    userId: "7",
    client: "pusher-js 8.6.0",
    message: "All is well",
  };
  const matches = (query: string, types: readonly ConsoleEntry["type"][] = []) =>
    entryFilter(types, query)({ id: 1, atMs: 0, ...ENTRY });

  test.each([
    ["", true],
    ["channel:private-orders", true],
    ["channel:private-order", false],
    ["channel:private-*", true],
    ["channel:*", true],
    ["event:*", false],
    ["user:7 socket:12.34", true],
    ["user:7 socket:12.35", false],
    ["pusher-js", true],
    ["well", true],
    ["-channel:private-*", false],
    ["-user:8 type:subscribed", true],
    ["unknown:7", false],
    ["-", true],
  ])("%p: %p", (query, expected) => {
    expect(matches(query)).toBe(expected);
  });

  test("takes the types that were asked for", () => {
    expect(matches("", ["refused", "subscribed"])).toBe(true);
    expect(matches("", ["refused"])).toBe(false);
  });
});
