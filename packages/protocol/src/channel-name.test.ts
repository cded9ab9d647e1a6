import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type ChannelTraits,
  channelTraits,
  parseChannelName,
  userChannel,
  userOfChannel,
} from "./channel-name.ts";
import { anyText, channelNames } from "./testing/arbitraries.ts";

const ALLOWED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-=@,.;";

const allowedNames = fc.string({ unit: fc.constantFrom(...ALLOWED), minLength: 1, maxLength: 200 });

function refusal(name: string, maxLength = 200): string | undefined {
  const parsed = parseChannelName(name, maxLength);
  return parsed.ok ? undefined : parsed.error.code;
}

describe("a channel name", () => {
  test("may have every character of the published set, up to the limit", () => {
    expect(parseChannelName(ALLOWED, 200)).toEqual({ ok: true, value: ALLOWED as never });
    fc.assert(
      fc.property(allowedNames, (name) => {
        expect(refusal(name)).toBeUndefined();
      }),
    );
  });

  test("is refused with a character outside the set, wherever it stands", () => {
    const outside = anyText().filter(
      (text) => text !== "" && [...text].every((unit) => !ALLOWED.includes(unit)),
    );
    fc.assert(
      fc.property(allowedNames, fc.nat(), outside, (name, at, text) => {
        const start = at % (name.length + 1);
        // "#server-to-user-" opens a name of its own, tested below.
        fc.pre(start > 0 || !text.startsWith("#"));
        expect(refusal(name.slice(0, start) + text + name.slice(start), 10_000)).toBe("channel_name_invalid");
      }),
    );
  });

  test.each([
    "",
    ":",
    "a:b",
    "a/b",
    "a b",
    "a\n",
    "\na",
    "a\r",
    "a\u0000",
    "ü",
    "#",
    "#a",
    "#server-to-users-1",
    "a\u2028",
  ])("%j is none", (name) => {
    expect(refusal(name)).toBe("channel_name_invalid");
  });

  test("is refused when it is longer than the limit", () => {
    expect(refusal("a".repeat(200))).toBeUndefined();
    expect(refusal("a".repeat(201))).toBe("channel_name_too_long");
    expect(refusal("a".repeat(165), 164)).toBe("channel_name_too_long");
    expect(refusal(":".repeat(201))).toBe("channel_name_too_long");
  });
});

/** The table of prefixes, as the protocol reference has it, by another road: no list, no order. */
function oracle(name: string): Partial<ChannelTraits> {
  const { access, encrypted, cache } =
    /^(?:(?<access>private|presence)-)?(?<encrypted>(?<=^private-)encrypted-)?(?<cache>cache-)?/.exec(name)
      ?.groups ?? {};
  const isUser = name.startsWith("#server-to-user-");
  return {
    access: isUser ? "user" : access === "private" || access === "presence" ? access : "public",
    isPresence: access === "presence",
    isEncrypted: encrypted !== undefined,
    isCache: cache !== undefined,
    takesClientEvents: access !== undefined,
  };
}

describe("the kind of a channel", () => {
  test("follows from its prefix alone, anchored and with its dash", () => {
    const wordsOfPrefixes = fc
      .array(fc.constantFrom("private", "presence", "cache", "encrypted", "-", "x", "#server-to-user-"), {
        maxLength: 6,
      })
      .map((words) => words.join(""));
    fc.assert(
      fc.property(fc.oneof(channelNames(), wordsOfPrefixes, anyText()), (name) => {
        expect(channelTraits(name)).toEqual(oracle(name) as ChannelTraits);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["private-encrypted-cache-x", "private", true, true],
    ["private-encrypted-x", "private", false, true],
    ["private-cache-x", "private", true, false],
    ["private-x", "private", false, false],
    ["presence-cache-x", "presence", true, false],
    ["presence-x", "presence", false, false],
    ["cache-x", "public", true, false],
    ["x", "public", false, false],
    ["#server-to-user-1", "user", false, false],
    ["privatex", "public", false, false],
    ["x-private-y", "public", false, false],
    ["x-cache-y", "public", false, false],
    ["presence-encrypted-x", "presence", false, false],
    ["Private-x", "public", false, false],
    ["cachex", "public", false, false],
  ] as const)("%s is %s, cached: %p, encrypted: %p", (name, access, isCache, isEncrypted) => {
    expect(channelTraits(name)).toMatchObject({
      access,
      isCache,
      isEncrypted,
      isPresence: access === "presence",
    });
  });
});

describe("the channel of a user", () => {
  test("leads back to its user", () => {
    fc.assert(
      fc.property(anyText(), (id) => {
        expect(userOfChannel(userChannel(id))).toBe(id);
        expect(channelTraits(userChannel(id)).access).toBe("user");
      }),
    );
  });

  test("may hold any id that breaks neither a frame nor a log line", () => {
    expect(refusal("#server-to-user-ü:/ 🎉")).toBeUndefined();
    for (const id of ["", "a\nb", "\u0000", "\u007f", "x".repeat(201)]) {
      expect(refusal(`#server-to-user-${id}`)).toBe("channel_name_invalid");
    }
  });

  test("is no other channel's name", () => {
    for (const name of ["private-x", "x#server-to-user-1", "#server-to-use"])
      expect(userOfChannel(name)).toBeUndefined();
  });
});
