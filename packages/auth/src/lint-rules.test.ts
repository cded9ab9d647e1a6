import { describe, expect, test } from "bun:test";
import { defineChannels, lintRules, signedInIsEnough } from "./index.ts";

interface User {
  readonly id: string;
  readonly isAdmin: boolean;
  readonly rooms: readonly string[];
}

const rules = () => defineChannels<User>();
const deny = () => false;

async function kinds(
  channels: Parameters<typeof lintRules<User>>[0],
): Promise<readonly (readonly string[])[]> {
  return (await lintRules(channels)).map(({ kind, pattern, earlier, channel }) =>
    [kind, pattern, earlier, channel].filter((part) => part !== undefined),
  );
}

describe("rules that contradict each other", () => {
  test("overlap: the first decides about what both are for, and an example says what that is", async () => {
    const channels = rules().channel("private-{x}", deny).channel("private-{a}-{b:int}", deny);
    expect(await kinds(channels)).toEqual([["unreachable", "private-{a}-{b:int}"]]);
    const others = rules().channel("private-{a:int}-{b}", deny).channel("private-{a}-{b:int}", deny);
    expect(await kinds(others)).toEqual([
      ["overlap", "private-{a}-{b:int}", "private-{a:int}-{b}", "private-1-1"],
    ]);
    const [warning] = await lintRules(others);
    expect(warning?.message).toBe(
      "private-{a}-{b:int}: private-{a:int}-{b} comes first and decides about private-1-1 and others that both are for",
    );
  });

  test.each([
    ["the same twice", ["private-{a}", "private-{b}"]],
    ["one name behind a parameter", ["private-{a}", "private-news"]],
    ["a narrower type", ["private-{a:any}", "private-{b:uuid}"]],
    [
      "two that cover a third together",
      ["private-{a:int}", "private-x{b}", "private-y{b}", "private-{c:slug}", "private-x{b:int}"],
    ],
  ])("unreachable: %s", async (_what, patterns) => {
    const channels = patterns.reduce((all, pattern) => all.channel(pattern as string, deny), rules());
    expect(await kinds(channels)).toContainEqual(["unreachable", patterns.at(-1) ?? ""]);
  });

  test.each([
    ["other texts", ["private-a-{x}", "private-b-{x}"]],
    ["other kinds", ["private-{x}", "private-cache-{x}", "private-encrypted-{x}", "presence-{x}"]],
    ["types that share nothing", ["private-{x:int}", "private-{x:uuid}"]],
    ["the narrow one first, but for the overlap", ["private-order.{x:int}", "private-invoice.{x:int}"]],
  ])("no warning: %s", async (_what, patterns) => {
    const channels = patterns.reduce((all, pattern) => all.channel(pattern as string, deny), rules());
    expect(await kinds(channels)).toEqual([]);
  });

  test("a type of one's own is compared by its example", async () => {
    const channels = rules()
      .type("sku", { matches: /[A-Z]{3}-\d+/, example: "ABC-12" })
      .channel("private-{x:sku}", deny)
      .channel("private-{y}-{n:int}", deny);
    expect(await kinds(channels)).toEqual([
      ["overlap", "private-{y}-{n:int}", "private-{x:sku}", "private-ABC-12"],
    ]);
  });
});

describe("rules for which it is enough to be signed in", () => {
  const isOpen = async (channels: Parameters<typeof lintRules<User>>[0]) =>
    (await kinds(channels)).some(([kind]) => kind === "signed_in_is_enough");

  test.each([
    ["true for everybody", rules().channel("private-{x}", () => true)],
    ["true, later", rules().channel("private-{x}", async () => true)],
    ["true without a look", rules().channel("private-{x}", (_params, { user: _user }) => true)],
    ["a user is there", rules().channel("private-{x}", (_params, { user }) => user !== null)],
    ["a user is truthy", rules().channel("private-{x}", (_params, { user }) => Boolean(user))],
    [
      "a member for everybody",
      rules().channel("presence-{x}", (_params, { user }) => ({ id: user.id, info: { name: user.id } })),
    ],
    [
      "a member, later",
      rules().channel("presence-{x}", async (_params, { user }) => ({ id: String(user.id) })),
    ],
    ["the same member for everybody", rules().channel("presence-{x}", () => ({ id: "1" }))],
  ])("warns: %s", async (_what, channels) => {
    expect(await isOpen(channels)).toBe(true);
  });

  test.each([
    ["it looks at a parameter", rules().channel("private-{x}", ({ x }) => x === "a")],
    ["it looks at the user", rules().channel("private-{x}", (_params, { user }) => user.isAdmin)],
    [
      "it looks at the request",
      rules().channel("private-{x}", (_params, { request }) => request.headers.has("x")),
    ],
    [
      "it looks at the channel",
      rules().channel("private-{x}", (_params, { channel }) => channel !== "private-x"),
    ],
    ["it looks at what it has", rules().channel("private-{x}", (params) => Object.keys(params).length > 0)],
    ["it is for nobody", rules().channel("private-{x}", () => false)],
    [
      "it is a member of some rooms",
      rules().channel("presence-{x}", ({ x }, { user }) => user.rooms.includes(x) && { id: user.id }),
    ],
    [
      "only some are members",
      rules().channel("presence-{x}", (_params, { user }) => user.isAdmin && { id: user.id }),
    ],
    ["it is meant", rules().channel("private-{x}", signedInIsEnough())],
    [
      "it is meant, as whom",
      rules().channel(
        "presence-{x}",
        signedInIsEnough((user) => ({ id: user.id })),
      ),
    ],
    ["it never answers", rules().channel("private-{x}", () => new Promise<never>(() => {}))],
    [
      "it throws",
      rules().channel("private-{x}", () => {
        throw new Error();
      }),
    ],
  ])("does not warn: %s", async (_what, channels) => {
    expect(await isOpen(channels)).toBe(false);
  });

  test("a rule is stopped at its first look, before it does any work", async () => {
    const work: string[] = [];
    const channels = rules()
      .channel("private-{x}", async ({ x }) => work.push(x) > 0)
      .channel("presence-{x}", (_params, { user }) => {
        work.push(...user.rooms);
        return false;
      });
    await lintRules(channels);
    expect(work).toEqual([]);
  });
});
