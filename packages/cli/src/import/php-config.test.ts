import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parsePhpConfig, Unreadable } from "./php-config.ts";

function parse(expression: string, variables: Record<string, string> = {}) {
  const value = parsePhpConfig(`<?php\n\nreturn [\n'value' => ${expression},\n];\n`, variables);
  return (value as Record<string, unknown>).value;
}

describe("parsePhpConfig", () => {
  test.each([
    ["'text'", "text"],
    ["'it\\'s \\\\ here'", "it's \\ here"],
    ['"line\\nend \\$5"', "line\nend $5"],
    ["10_000", 10_000],
    ["1.5", 1.5],
    ["-1", -1],
    ["true", true],
    ["FALSE", false],
    ["null", null],
    ["[]", []],
    ["['a', 'b',]", ["a", "b"]],
    ["array('a' => 1)", { a: 1 }],
    ["['x', 'y' => ['z' => 1]]", { 0: "x", y: { z: 1 } }],
    ["env('NOWHERE')", null],
    ["env('NOWHERE', 'standard')", "standard"],
    ["env('NAME', 'standard')", "given"],
    ["env('ON', false)", true],
    ["env('NIL', 5)", null],
    ["env('EMPTY', 5)", ""],
    ["(int) env('PORT', 1)", 8080],
    ["(bool) env('ON')", true],
    ["(string) env('NOWHERE')", ""],
    ["(float) '1.5'", 1.5],
    ["env('NOWHERE') ?? env('NAME')", "given"],
    ["env('NAME') ?? 'other'", "given"],
    ["env('NAME', 'x') === 'given'", true],
    ["explode(',', env('ORIGINS', '*'))", ["a.com", "b.com"]],
    ["/* why */ 'text' // because", "text"],
  ])("reads %s", (expression, value) => {
    const variables = {
      NAME: "given",
      ON: "true",
      NIL: "null",
      EMPTY: "(empty)",
      PORT: "8080",
      ORIGINS: "a.com,b.com",
    };
    expect(parse(expression, variables)).toEqual(value);
  });

  test.each([
    "config('app.name')",
    "$apps",
    '"text with $name"',
    "'a' . env('B')",
    "env('A') ?: 'b'",
    "fn ($x) => [$x, 1]",
    "function () { return [1, 2]; }",
    "array_map('trim', explode(',', env('X', '')))",
    "Origin::ALL",
    "constructor",
  ])("does not guess at %s", (expression) => {
    const value = parse(expression);
    expect(value instanceof Unreadable || value === undefined).toBe(true);
  });

  test("goes on behind what it cannot read, and says where that was", () => {
    const text = "<?php\nuse App\\Origins;\n\nreturn [\n  'a' => Origins::list([1, ')']),\n  'b' => 2,\n];";
    expect(parsePhpConfig(text, {})).toEqual({ a: expect.objectContaining({ line: 5 }), b: 2 });
  });

  test("refuses a file that does not return an array of its own", () => {
    expect(parsePhpConfig("<?php $config = [];", {})).toBeUndefined();
    expect(parsePhpConfig("<?php return require 'other.php';", {})).toBeUndefined();
    expect(parsePhpConfig("<?php return ['a' => [1, 2", {})).toBeUndefined();
  });

  test("takes any text without an exception, however deep it goes", () => {
    const code = fc.array(
      fc.constantFrom("[", "]", "(", ")", ",", "=>", "'a'", "env(", "1", "(int)", "??", "===", ";", "{", "}"),
    );
    const check = (text: string) => void parsePhpConfig(`<?php return [${text}`, { a: "b" });
    fc.assert(fc.property(fc.string(), check));
    fc.assert(fc.property(code, (parts) => check(parts.join(" "))));
    for (const opening of ["[", "(", "env(", "array(", "(int)", "1 ?? ", "1 === "])
      check(opening.repeat(50_000));
  });

  test("a name that every object has is a key like any other", () => {
    const value = parse("['__proto__' => 1, 'constructor' => 2]") as object;
    expect(Object.entries(value)).toEqual([
      ["__proto__", 1],
      ["constructor", 2],
    ]);
  });
});
