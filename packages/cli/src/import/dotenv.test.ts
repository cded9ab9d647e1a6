import { describe, expect, test } from "bun:test";
import { parseDotenv, unresolvedName } from "./dotenv.ts";

describe("parseDotenv", () => {
  test("reads names and values as they are written in the wild", () => {
    const text = [
      "\uFEFFAPP_NAME=Laravel",
      "# a comment",
      "",
      "  export SPACED = value with spaces  ",
      "WITH_COMMENT=value # not part of it",
      'QUOTED="a # b" # a comment',
      `SINGLE='$literal \${APP_NAME}'`,
      "EMPTY=",
      'LINES="one\\ntwo"',
      'MULTI="one',
      'two"',
      'ESCAPED="say \\"hi\\" for \\$5"',
      "EQUALS=a=b=c",
      "WINDOWS=line end\r",
      "dashboard.name=x",
      "not an assignment",
    ].join("\n");
    expect(parseDotenv(text)).toEqual({
      APP_NAME: "Laravel",
      SPACED: "value with spaces",
      WITH_COMMENT: "value",
      QUOTED: "a # b",
      SINGLE: `$literal \${APP_NAME}`,
      EMPTY: "",
      LINES: "one\ntwo",
      MULTI: "one\ntwo",
      ESCAPED: 'say "hi" for $5',
      EQUALS: "a=b=c",
      WINDOWS: "line end",
      "dashboard.name": "x",
    });
  });

  test("takes what stands above, and in files before it, for a reference", () => {
    const before = parseDotenv("KEY=abc");
    expect(parseDotenv(`VITE_KEY="\${KEY}"\nNEXT=\${VITE_KEY}-1`, before)).toEqual({
      KEY: "abc",
      VITE_KEY: "abc",
      NEXT: "abc-1",
    });
  });

  test("leaves a reference that nobody gave, so that it is noticed", () => {
    const { KEY = "" } = parseDotenv(`KEY=\${SOMEWHERE_ELSE}`);
    expect(KEY).toBe(`\${SOMEWHERE_ELSE}`);
    expect(unresolvedName(KEY)).toBe("SOMEWHERE_ELSE");
    expect(unresolvedName("plain $5")).toBeUndefined();
  });
});
