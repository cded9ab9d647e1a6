import { describe, expect, test } from "bun:test";
import { channelNames } from "@usher/protocol/testing";
import fc from "fast-check";
import { defineChannels, RuleError } from "./index.ts";
import { channels, type User, userOf } from "./testing/example.ts";

const [mrChannels, zoe] = [userOf("10") as User, userOf("7") as User];

describe("who may join what", () => {
  const nobody = null;
  // Down: every kind of channel. Across: every kind of user.
  test.each<readonly [string, readonly [boolean, boolean, boolean]]>([
    ["private-foobar", [true, true, false]],
    ["private-item-4", [true, true, false]],
    ["private-item-5", [false, false, false]],
    ["private-user.10", [true, false, false]],
    ["private-user.7", [false, true, false]],
    ["private-user.8", [false, false, false]],
    ["private-user.07", [false, false, false]],
    ["presence-foobar", [true, true, false]],
    ["presence-room-lobby", [true, true, false]],
    ["presence-room-attic", [true, false, false]],
    ["presence-room-cellar", [false, false, false]],
    ["presence-cache-foobar", [false, false, false]],
    ["private-encrypted-foobar", [true, true, false]],
    ["private-encrypted-other", [false, false, false]],
    ["private-cache-foobar", [false, false, false]],
    ["private-other", [false, false, false]],
    ["foobar", [false, false, false]],
    ["cache-foobar", [false, false, false]],
    ["#server-to-user-10", [false, false, false]],
    ["private-foobar\n", [false, false, false]],
  ])("%s", async (channel, expected) => {
    const decisions = await Promise.all(
      [mrChannels, zoe, nobody].map((user) => channels.decide(channel, user)),
    );
    expect(decisions.map(({ allowed }) => allowed)).toEqual([...expected]);
  });

  test("a decision names its rule, its reason and, on presence channels, the member", async () => {
    expect(await channels.decide("presence-room-attic", mrChannels)).toEqual({
      allowed: true,
      rule: "presence-room-{room}",
      member: { id: "10", info: { name: "Mr. Channels" } },
    });
    expect(await channels.decide("private-user.7", mrChannels)).toEqual({
      allowed: false,
      rule: "private-user.{id:int}",
      reason: "rule",
    });
    expect(await channels.decide("private-other", mrChannels)).toEqual({ allowed: false, reason: "no_rule" });
    expect(await channels.decide("foobar", mrChannels)).toEqual({ allowed: false, reason: "channel_public" });
    expect(await channels.decide("a b", mrChannels)).toEqual({ allowed: false, reason: "channel_invalid" });
    expect(await channels.decide("private-foobar", null)).toEqual({
      allowed: false,
      reason: "not_signed_in",
    });
  });

  test.each([
    ["private-user.10", "private-user.10: allowed by the rule private-user.{id:int}"],
    ["private-user.7", "private-user.7: refused by the rule private-user.{id:int}"],
    [
      "private-user.x",
      'private-user.x: no rule is for it; private-user.{id:int} does not match: id would be "x"',
    ],
    ["private-other", "private-other: no rule is for it"],
    ["presence", "presence: needs no authorization; its name begins with neither private- nor presence-"],
    ["a b", '"a b" is no channel name: 1 to 200 of A-Z a-z 0-9 _ - = @ , . ;'],
  ])("explains %s", async (channel, sentence) => {
    expect(await channels.explain(channel, mrChannels)).toBe(sentence);
  });

  test("explains that a rule is for another kind of channel", async () => {
    const rules = defineChannels<User>().channel("private-{x}", () => true);
    expect(await rules.explain("private-cache-x", zoe)).toBe(
      "private-cache-x: no rule is for it; private-{x} is for another kind of channel",
    );
  });

  test("without rules nobody may join anything", () => {
    const none = defineChannels<User>();
    return fc.assert(
      fc.asyncProperty(channelNames(), async (channel) => {
        expect((await none.decide(channel, zoe)).allowed).toBe(false);
      }),
    );
  });

  test("nobody signs in unless the user rule says so", async () => {
    expect(await channels.decideUser(mrChannels)).toEqual({
      id: "10",
      info: { name: "Mr. Channels" },
      watchlist: ["7"],
    });
    expect(await channels.decideUser(zoe)).toBe(false);
    expect(await defineChannels<User>().decideUser(mrChannels)).toBe(false);
  });
});

describe("rules", () => {
  test("of two that fit, the first decides alone", async () => {
    const asked: string[] = [];
    const rules = defineChannels<User>()
      .channel("private-{x}", () => asked.push("first") > 99)
      .channel("private-news", () => asked.push("second") > 0);
    expect(await rules.decide("private-news", zoe)).toMatchObject({ allowed: false, rule: "private-{x}" });
    expect(asked).toEqual(["first"]);
  });

  test("leave what they were added to as it was", async () => {
    const before = defineChannels<User>();
    before.channel("private-{x}", () => true).user(() => ({ id: 1 }));
    expect((await before.decide("private-x", zoe)).allowed).toBe(false);
    expect(await before.decideUser(zoe)).toBe(false);
  });

  test("learn the parameters, the user, the request, the socket id and the channel", async () => {
    const seen: unknown[] = [];
    const rules = defineChannels<User>().channel("private-{a:int}.{b}", (params, context) => {
      seen.push(params, context);
      return true;
    });
    const request = new Request("http://localhost/pusher/auth");
    await rules.decide("private-1.x", zoe, { request, socketId: "1.2" });
    expect(seen).toEqual([
      { a: 1, b: "x" },
      { user: zoe, request, socketId: "1.2", channel: "private-1.x" },
    ]);
  });

  test.each([
    ["undefined", undefined],
    ["null", null],
    ["1", 1],
    ["a text", "yes"],
    ["a row of a database", { id: 1 }],
    ["a list", []],
  ])("that answer %s for a private channel are a fault, not a yes", async (_what, answer) => {
    const rules = defineChannels<User>().channel("private-x", () => answer as never);
    await expect(rules.decide("private-x", zoe)).rejects.toBeInstanceOf(RuleError);
  });

  test.each([
    ["true", true],
    ["undefined", undefined],
    ["no id", {}],
    ["an empty id", { id: "" }],
    ["an id that is no integer", { id: 1.5 }],
    ["an id that is not a number", { id: Number.NaN }],
    ["an id that is too large", { id: 2 ** 53 }],
    ["an id that is an object", { id: {} }],
    ["a long id", { id: "x".repeat(129) }],
    ["an info that is a text", { id: 1, info: "Zoë" }],
    ["an info that is a list", { id: 1, info: [] }],
  ])("that answer %s for a presence channel are a fault", async (_what, answer) => {
    const rules = defineChannels<User>()
      .channel("presence-x", () => answer as never)
      .user(() => answer as never);
    await expect(rules.decide("presence-x", zoe)).rejects.toBeInstanceOf(RuleError);
    await expect(rules.decideUser(zoe)).rejects.toBeInstanceOf(RuleError);
  });

  test("that answer a watchlist of anything but texts are a fault", async () => {
    const rules = defineChannels<User>().user(() => ({ id: 1, watchlist: [2 as never] }));
    await expect(rules.decideUser(zoe)).rejects.toBeInstanceOf(RuleError);
  });

  test("that throw are not caught", async () => {
    await expect(channels.decide("private-broken", zoe)).rejects.toThrow("the database is away");
  });
});
