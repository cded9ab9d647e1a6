import { describe, expect, test } from "bun:test";
import type { ElsewhereChange } from "@usher/hub";
import fc from "fast-check";
import type { ClaimMessage } from "./place-store.ts";
import { Replica } from "./replica.ts";

function message(version: number, identity: string, parts: Partial<ClaimMessage> = {}): ClaimMessage {
  const news = { isFull: false, subscriptions: 1, set: [], gone: [] };
  return { version, follows: version - 1, identity, ...news, ...parts };
}

describe("Replica", () => {
  function opened(dead = new Set<string>()): Replica {
    const replica = new Replica((identity) => !dead.has(identity));
    replica.load({
      version: 7,
      claims: new Map([["a.1", { subscriptions: 1, members: new Map([["1", "{}"]]) }]]),
    });
    return replica;
  }

  test("ignores what it has already, and notices a hole", () => {
    const replica = opened();
    expect(replica.take(message(7, "b.1"))).toBe("old");
    expect(replica.take(message(9, "b.1"))).toBe("hole");
    expect(replica.version).toBe(7);
    expect(new Replica(() => true).take(message(1, "b.1"))).toBe("hole");
  });

  test("takes what follows nothing for a hole where it knows of something, and only there", () => {
    const replica = opened();
    const first = message(5_000, "b.1", { follows: 0 });
    expect(replica.take(first)).toBe("hole");
    replica.take(message(8, "a.1", { isFull: true, subscriptions: 0 }));
    expect(replica.take(first)).toEqual({ change: { subscriptions: 1, added: [], removed: [] } });
    expect(replica.take(message(5_002, "b.1"))).toBe("hole");
    expect(replica.take(message(5_001, "b.1", { subscriptions: 2 }))).toMatchObject({
      change: { subscriptions: 2 },
    });
  });

  test("tells a member once, however many nodes have it, and again when its information is new", () => {
    const replica = opened();
    const same = { change: { subscriptions: 2, added: [], removed: [] } };
    expect(replica.take(message(8, "b.1", { set: [["1", "{}"]] }))).toEqual(same);
    const renamed = replica.take(message(9, "b.1", { set: [["1", '{"n":1}']] }));
    const member = { userId: "1", userInfoJson: '{"n":1}' };
    expect(renamed).toEqual({ change: { subscriptions: 2, added: [member], removed: [] } });
    // What is left of the member is what the other node knows.
    const left = replica.take(message(10, "b.1", { subscriptions: 0, gone: ["1"] }));
    const before = { userId: "1", userInfoJson: "{}" };
    expect(left).toEqual({ change: { subscriptions: 1, added: [before], removed: [] } });
    expect(replica.take(message(11, "a.1", { isFull: true, subscriptions: 0 }))).toEqual({
      change: { subscriptions: 0, added: [], removed: ["1"] },
    });
  });

  test("leaves the dead out, and counts who lives after all", () => {
    const dead = new Set<string>();
    const replica = opened(dead);
    dead.add("a.1");
    expect(replica.recount("a.1")).toEqual({ subscriptions: 0, added: [], removed: ["1"] });
    expect(replica.recount("a.1")).toBeUndefined();
    expect(replica.take(message(8, "a.1", { set: [["2", null]] }))).toEqual({ change: undefined });
    dead.clear();
    const added = ["1", "2"].map((userId) => expect.objectContaining({ userId }));
    expect(replica.recount("a.1")).toMatchObject({ subscriptions: 1, added, removed: [] });
  });

  test("its changes add up to what it would have read", () => {
    const userId = fc.constantFrom("1", "2", "__proto__");
    const step = fc.record({
      identity: fc.constantFrom("a.1", "b.1", "c.1"),
      isFull: fc.boolean(),
      subscriptions: fc.nat(3),
      set: fc.uniqueArray(fc.tuple(userId, fc.constantFrom(null, "{}", "1")), { selector: ([id]) => id }),
      leaves: fc.array(userId),
      turns: fc.option(fc.constantFrom("a.1", "b.1")),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const dead = new Set<string>();
        const replica = new Replica((identity) => !dead.has(identity));
        replica.load({ version: 0, claims: new Map() });
        const told = new Map<string, string | undefined>();
        let subscriptions = 0;
        const hear = (change: ElsewhereChange | undefined): void => {
          subscriptions = change?.subscriptions ?? subscriptions;
          for (const { userId, userInfoJson } of change?.added ?? []) told.set(userId, userInfoJson);
          for (const gone of change?.removed ?? []) expect(told.delete(gone)).toBe(true);
        };
        for (const [index, { identity, turns, leaves, ...parts }] of steps.entries()) {
          const kept = new Set(parts.set.map(([id]) => id));
          const gone = parts.isFull ? [] : leaves.filter((id) => !kept.has(id));
          const taken = replica.take(message(index + 1, identity, { ...parts, gone }));
          if (typeof taken === "object") hear(taken.change);
          if (turns && !dead.delete(turns)) dead.add(turns);
          if (turns) hear(replica.recount(turns));
          const { members, ...counts } = replica.elsewhere();
          expect(counts.subscriptions).toBe(subscriptions);
          expect(new Map(Array.from(members, ([id, { userInfoJson }]) => [id, userInfoJson]))).toEqual(told);
        }
      }),
      { numRuns: 300 },
    );
  });
});
