import { describe, expect, test } from "bun:test";
import { Census } from "./census.ts";

describe("Census", () => {
  test("never counts this node, in whatever epoch", () => {
    const census = new Census("me");
    expect([census.counts("me.1"), census.counts("me.2"), census.counts("meager.1")]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test("counts an identity that it never heard of, until a roll that was asked for afterwards leaves it out", () => {
    const census = new Census("me");
    const before = census.ask();
    expect(census.counts("a.1")).toBe(true);
    expect(census.judge(["me.1"], before, true).turned).toEqual([]);
    // Hearing of it again makes it no younger.
    const after = census.ask();
    expect(census.counts("a.1")).toBe(true);
    expect(census.judge(["me.1"], after, true).turned).toEqual(["a.1"]);
    expect(census.counts("a.1")).toBe(false);
  });

  test("takes nobody for dead while it must not, and takes back what turns out wrong", () => {
    const census = new Census("me");
    census.judge(["a.1"], census.ask(), true);
    expect(census.others).toBe(1);
    expect(census.judge([], census.ask(), false).turned).toEqual([]);
    expect(census.judge([], census.ask(), true).turned).toEqual(["a.1"]);
    expect(census.judge(["a.1"], census.ask(), true).turned).toEqual(["a.1"]);
    expect(census.counts("a.1")).toBe(true);
  });

  test("says which nodes are gone: those of which no identity lives any more", () => {
    const census = new Census("me");
    census.judge(["a.1", "b.1", "c.d.1"], census.ask(), true);
    const first = census.judge(["a.2", "c.d.1"], census.ask(), true);
    expect(first).toEqual({ turned: ["a.1", "b.1"], nodesGone: ["b"] });
    expect(census.judge(["b.2"], census.ask(), true).nodesGone.toSorted()).toEqual(["a", "c.d"]);
    expect(census.judge(["b.2"], census.ask(), true).nodesGone).toEqual([]);
  });

  test("forgets the dead in the end", () => {
    const census = new Census("me");
    census.judge(["a.1"], census.ask(), true);
    for (let rolls = 0; rolls < 400; rolls++) census.judge([], census.ask(), true);
    expect(census.counts("a.1")).toBe(true);
  });
});
