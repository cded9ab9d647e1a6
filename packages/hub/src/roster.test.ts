import { expect, test } from "bun:test";
import fc from "fast-check";
import { Roster } from "./roster.ts";

function member(userId: string, userInfoJson?: string) {
  return { userId, userInfoJson };
}

test("a user is added once and removed once, however many tabs come and go", () => {
  const roster = new Roster();
  expect(roster.add(member("1"))).toBe(true);
  expect(roster.add(member("1"))).toBe(false);
  expect(roster.size).toBe(1);
  expect(roster.remove("1")).toBe(false);
  expect(roster.has("1")).toBe(true);
  expect(roster.remove("1")).toBe(true);
  expect(roster.has("1")).toBe(false);
  expect(roster.size).toBe(0);
});

test("removing somebody who is not there changes nothing", () => {
  const roster = new Roster();
  expect(roster.remove("1")).toBe(false);
  roster.add(member("1"));
  expect(roster.remove("2")).toBe(false);
  expect(roster.userIds()).toEqual(["1"]);
});

test("newcomers see the information that came last", () => {
  const roster = new Roster();
  roster.add(member("1", '{"name":"Jo"}'));
  roster.add(member("1", '{"name":"Joanna"}'));
  expect(roster.members()).toEqual([member("1", '{"name":"Joanna"}')]);
  roster.remove("1");
  roster.remove("1");
  roster.add(member("1"));
  expect(roster.members()).toEqual([member("1")]);
});

test("newcomers see the information that came last, also from another node", () => {
  const roster = new Roster();
  const seen = () => roster.members().map(({ userInfoJson }) => userInfoJson);
  roster.add(member("1", "here"));
  expect(roster.addElsewhere(member("1", "there"))).toBe(false);
  expect(seen()).toEqual(["there"]);
  expect(roster.find("1")).toEqual({ member: member("1", "there"), connections: 1 });
  // The other nodes have their own.
  expect(roster.membersHere()).toEqual(new Map([["1", member("1", "here")]]));
  roster.add(member("1", "here again"));
  expect(seen()).toEqual(["here again"]);
  // Read once more, and nothing is new.
  roster.addElsewhere(member("1", "there"));
  expect(seen()).toEqual(["here again"]);
  roster.addElsewhere(member("1", "there again"));
  expect(seen()).toEqual(["there again"]);
  roster.removeElsewhere("1");
  expect(seen()).toEqual(["here again"]);
});

test("somebody who comes here again has the information given then", () => {
  const roster = new Roster();
  roster.add(member("1", "here"));
  roster.addElsewhere(member("1", "there"));
  expect(roster.remove("1")).toBe(false);
  expect(roster.members()).toEqual([member("1", "there")]);
  expect(roster.add(member("1", "later"))).toBe(false);
  expect(roster.members()).toEqual([member("1", "later")]);
});

test("ids that a careless map would lose are members like others", () => {
  const roster = new Roster();
  const ids = ["__proto__", "constructor", "10", "9", "hasOwnProperty", ""];
  for (const id of ids) expect(roster.add(member(id))).toBe(true);
  expect(roster.userIds()).toEqual(ids);
  for (const id of ids) expect(roster.remove(id)).toBe(true);
  expect(roster.members()).toEqual([]);
});

test("the answers agree with a count of each user's connections, whatever the order", () => {
  const steps = fc.array(fc.tuple(fc.constantFrom("1", "2", "__proto__"), fc.boolean()));
  fc.assert(
    fc.property(steps, (order) => {
      const roster = new Roster();
      const counts = new Map<string, number>();
      for (const [userId, comes] of order) {
        const count = counts.get(userId) ?? 0;
        if (comes) expect(roster.add(member(userId))).toBe(count === 0);
        else expect(roster.remove(userId)).toBe(count === 1);
        counts.set(userId, Math.max(0, count + (comes ? 1 : -1)));
        const present = [...counts].filter(([, connections]) => connections > 0).map(([id]) => id);
        expect(roster.userIds().sort()).toEqual(present.sort());
      }
    }),
  );
});
