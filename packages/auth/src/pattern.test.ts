import { describe, expect, test } from "bun:test";
import { channelNames } from "@usher/protocol/testing";
import fc from "fast-check";
import { BUILT_IN_TYPES, type ParameterType, resolveType } from "./parameter-type.ts";
import { compilePattern } from "./pattern.ts";

const UUID = "0f8fad5b-d9cb-469f-a165-70867728950e";

function match(pattern: string, channel: string) {
  return compilePattern(pattern, BUILT_IN_TYPES).match(channel);
}

describe("a pattern matches a channel as a whole", () => {
  test.each<readonly [string, string, Record<string, unknown>]>([
    ["private-news", "private-news", {}],
    ["private-order.{orderId:int}", "private-order.7", { orderId: 7 }],
    ["private-order.{orderId:int}", "private-order.0", { orderId: 0 }],
    ["private-order.{orderId:int}", "private-order.9007199254740991", { orderId: 9007199254740991 }],
    ["presence-room-{room}", "presence-room-a-b", { room: "a-b" }],
    ["presence-{team}-{room}", "presence-a-b-c", { team: "a", room: "b-c" }],
    ["private-encrypted-doc-{id:uuid}", `private-encrypted-doc-${UUID}`, { id: UUID }],
    ["private-{doc:uuid}-{page:int}", `private-${UUID}-3`, { doc: UUID, page: 3 }],
    ["private-{name:slug}", "private-a-long-name-2", { name: "a-long-name-2" }],
    ["private-mail-{address:any}", "private-mail-a.b@c.d;e=f,g", { address: "a.b@c.d;e=f,g" }],
    ["private-cache-{x}", "private-cache-x", { x: "x" }],
    ["presence-cache-{x}", "presence-cache-x", { x: "x" }],
    ["private-encrypted-cache-{x}", "private-encrypted-cache-x", { x: "x" }],
    ["private-{__proto__}", "private-x", Object.fromEntries([["__proto__", "x"]])],
  ])("%s matches %s", (pattern, channel, params) => {
    expect(match(pattern, channel)).toEqual(params);
  });

  test.each([
    ["private-news", "private-newsletter"],
    ["private-news", "private-new"],
    ["private-news", "xprivate-news"],
    ["private-news", "private-news\n"],
    ["private-news", "presence-news"],
    ["private-order.{orderId:int}", "private-order.07"],
    ["private-order.{orderId:int}", "private-order.-7"],
    ["private-order.{orderId:int}", "private-order.7.8"],
    ["private-order.{orderId:int}", "private-order."],
    ["private-order.{orderId:int}", "private-order.7x"],
    ["private-order.{orderId:int}", "private-orderx7"],
    ["private-order.{orderId:int}", "private-order.9007199254740993"],
    ["private-order.{orderId:int}", "private-order.٧"],
    ["presence-room-{room}", "presence-room-"],
    ["presence-room-{room}", "presence-room-a.b"],
    ["private-encrypted-doc-{id:uuid}", "private-encrypted-doc-7"],
    ["private-{name:slug}", "private-a--b"],
    ["private-{name:slug}", "private-A"],
    ["private-{x}", "private-cache-x"],
    ["private-{x}", "private-encrypted-x"],
    ["private-{x}", "private-encrypted-cache-x"],
    ["private-cache-{x}", "private-x"],
    ["private-encrypted-{x}", "private-encrypted-cache-x"],
    ["private-encrypted-{x}", "private-x"],
    ["presence-{x}", "presence-cache-x"],
  ])("%s does not match %s", (pattern, channel) => {
    expect(match(pattern, channel)).toBeUndefined();
  });

  test("what a pattern was filled with is what it finds, and nothing longer or shorter matches", () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_=@,;]{1,12}$/);
    fc.assert(
      fc.property(word, fc.nat(), fc.uuid(), word, (team, order, doc, rest) => {
        const pattern = compilePattern("private-{team}-{order:int}.{doc:uuid}-{rest}", BUILT_IN_TYPES);
        const channel = `private-${team}-${order}.${doc}-${rest}`;
        expect(pattern.match(channel)).toEqual({ team, order, doc, rest });
        expect(pattern.match(`${channel}.`)).toBeUndefined();
        expect(pattern.match(` ${channel}`)).toBeUndefined();
      }),
    );
  });

  test("the regular expression and the automaton agree on every channel", () => {
    const patterns = [
      "private-{a}",
      "private-{a}-{b:int}",
      "presence-{a:slug}.{b}",
      "private-cache-{a:any}",
      "private-x{a:uuid}",
    ];
    const compiled = patterns.map((text) => compilePattern(text, BUILT_IN_TYPES));
    const channels = fc.oneof(
      channelNames(),
      fc.constantFrom("private-a-1", "presence-a-b.c", `private-x${UUID}`),
    );
    fc.assert(
      fc.property(channels, (channel) => {
        for (const { match: matches, automaton } of compiled) {
          let states = [0];
          for (const character of channel) {
            const next = states.flatMap((state) => automaton.next[state] ?? []);
            states = [...new Set(next)].filter((state) => automaton.characters[state]?.includes(character));
          }
          const accepted = states.some((state) => automaton.accepting.has(state));
          // A match is always accepted; what only its kind or its size keeps from matching is accepted as well.
          if (matches(channel) !== undefined) expect(accepted).toBe(true);
          if (!accepted) expect(matches(channel)).toBeUndefined();
        }
      }),
    );
  });
});

describe("a pattern is refused", () => {
  test.each([
    ["news", "a pattern begins with private- or presence-"],
    ["cache-{x}", "a pattern begins with private- or presence-"],
    ["{kind}-x", "a pattern begins with private- or presence-"],
    ["#server-to-user-{id}", 'no channel has the character "#"'],
    ["private-{x:float}", "no parameter type is named float"],
    ["private-{x:toString}", "no parameter type is named toString"],
    ["private-{}", "a parameter looks like {name} or {name:type}"],
    ["private-{1}", "a parameter looks like {name} or {name:type}"],
    ["private-{x", 'no channel has the character "{"'],
    ["private-x}", 'no channel has the character "}"'],
    ["private-a:b", 'no channel has the character ":"'],
    ["private-*", 'no channel has the character "*"'],
    ["private-{x}-{x}", "two parameters are named x"],
    ["private-{a}{b}", "private-aaa can be read in two ways"],
    ["private-{a:slug}-{b:slug}", "private-a-a-a can be read in two ways"],
    ["private-{a:any}-{b}", "can be read in two ways"],
    ["private-{a:int}1{b:int}", "can be read in two ways"],
  ])("%s", (pattern, reason) => {
    expect(() => compilePattern(pattern, BUILT_IN_TYPES)).toThrow(reason);
  });
});

describe("a parameter type of one's own", () => {
  const sku: ParameterType<{ readonly line: string; readonly number: number }> = {
    matches: /[A-Z]{3}-\d+/,
    parse: (text) => {
      const [line = "", number = ""] = text.split("-");
      return number.length > 4 ? undefined : { line, number: Number(number) };
    },
    example: "ABC-12",
  };
  const types = new Map(BUILT_IN_TYPES).set("sku", resolveType("sku", sku));

  test("matches, parses, and may refuse what it cannot parse", () => {
    const pattern = compilePattern("private-stock-{item:sku}", types);
    expect(pattern.match("private-stock-XYZ-7")).toEqual({ item: { line: "XYZ", number: 7 } });
    expect(pattern.match("private-stock-XYZ-77777")).toBeUndefined();
    expect(pattern.match("private-stock-xyz-7")).toBeUndefined();
  });

  test("stays within its own parameter", () => {
    const either = new Map(BUILT_IN_TYPES).set("ab", resolveType("ab", { matches: /a|b/, example: "a" }));
    const pattern = compilePattern("private-x{p:ab}y", either);
    expect(pattern.match("private-xay")).toEqual({ p: "a" });
    expect(pattern.match("private-xa")).toBeUndefined();
    expect(pattern.match("by")).toBeUndefined();
  });

  test.each([
    ["has flags", { matches: /a/i, example: "a" }, "leave out the flags"],
    ["is anchored", { matches: /^a$/, example: "a" }, "leave out ^ and $"],
    ["does not match its example", { matches: /a/, example: "b" }, 'its example "b" does not match'],
  ])("is refused when it %s", (_what, type, reason) => {
    expect(() => resolveType("x", type)).toThrow(reason);
  });
});
