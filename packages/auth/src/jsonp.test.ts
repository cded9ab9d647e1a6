import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Callback, jsonpBody, parseCallback } from "./jsonp.ts";

describe("the callback's grammar", () => {
  test.each([
    "Pusher.auth_callbacks['1']",
    "Pusher.auth_callbacks['10234']",
    'Pusher.auth_callbacks["1"]',
    "Pusher.auth_callbacks[1]",
    "a.b",
    "a",
    "$",
    "_",
    "$a_1.b['c'][0].d",
    "classes.newest",
    "x".repeat(128),
  ])("accepts %s", (name) => {
    expect(parseCallback(name)).toBe(name as Callback);
  });

  test.each([
    "",
    "alert(1)//",
    "a%27",
    "a'",
    "a;alert",
    "a=b",
    "a b",
    "a.",
    ".a",
    "a..b",
    "1a",
    "a[",
    "a[]",
    "a['']",
    "a['b]",
    "a['b\"]",
    "a['b'",
    "a['\\x27']",
    "a[b]",
    "a[-1]",
    "a\n",
    "\na",
    "a\u2028",
    "a/**/",
    "a`b`",
    "a?.b",
    "a#b",
    "é",
    "a['é']",
    "<script>",
    "this",
    "new.target",
    "a.delete",
    "a['constructor'].eval",
    "function",
    "null",
    "x".repeat(129),
  ])("refuses %j", (name) => {
    expect(parseCallback(name)).toBeUndefined();
  });

  test("what passes is one expression that names something, and calls nothing", () => {
    const pieces = fc.constantFrom(
      ..."aB$_1.['\"]()\\;= /*`{}<>%\n\u2028-+!,",
      "eval",
      "Pusher",
      "['1']",
      "new ",
    );
    const names = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(""));
    const called = (name: string): unknown => {
      // A stand-in with every property, that would tell if it was called or written to.
      const stand: object = new Proxy(Object.create(null), {
        get: (_target, key) => (key === Symbol.unscopables ? undefined : stand),
        has: () => true,
        set: () => {
          throw new Error("written to");
        },
      });
      return new Function("stand", `with (stand) { return ${name}; }`)(stand) === stand;
    };
    fc.assert(
      fc.property(fc.oneof(names, fc.string(), fc.string({ unit: "binary" })), (name) => {
        const callback = parseCallback(name);
        if (callback !== undefined) expect(called(callback)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  test("every name that the grammar makes passes", () => {
    const word = fc.stringMatching(/^[A-Za-z_$][A-Za-z0-9_$]{0,7}z$/);
    const step = fc.oneof(
      word.map((name) => `.${name}`),
      fc.nat().map((index) => `[${index}]`),
      fc.stringMatching(/^\w{1,8}$/).map((name) => `['x${name}z']`),
      fc.stringMatching(/^\w{1,8}$/).map((name) => `["x${name}z"]`),
    );
    const names = fc
      .tuple(word, fc.array(step, { maxLength: 6 }))
      .map(([first, rest]) => first + rest.join(""));
    fc.assert(fc.property(names, (name) => parseCallback(name) === name || name.length > 128));
  });
});

test("the body is a script that calls back with the very answer, and ends no script element", () => {
  // In a script, unlike in JSON, this one key is no property.
  const jsons = fc.json().filter((json) => !json.includes("__proto__"));
  fc.assert(
    fc.property(jsons, fc.string({ unit: "binary" }), (json, text) => {
      const answer = { value: JSON.parse(json) as unknown, text };
      const body = jsonpBody("callback" as Callback, answer);
      expect(body).not.toMatch(/[<\u2028\u2029]/);
      let received: unknown;
      new Function("callback", body)((value: unknown) => {
        received = value;
      });
      expect(JSON.stringify(received)).toBe(JSON.stringify(answer));
    }),
  );
});
