import { describe, expect, test } from "bun:test";
import { EXAMPLE_APP, ROTATION_EXAMPLES } from "@usher/protocol/testing";
import { Token } from "./token.ts";

const { key, secret, secondSecret } = EXAMPLE_APP;

describe("a secret that is being replaced", () => {
  test.each(ROTATION_EXAMPLES)(
    "$what signed with the second secret is believed",
    async ({ text, digest }) => {
      expect(await new Token(key, secondSecret).sign(text)).toBe(digest);
      expect(await new Token(key, [secret, secondSecret]).verify(text, digest)).toBe(true);
      expect(await new Token(key, [secondSecret, secret]).verify(text, digest)).toBe(true);
      expect(await new Token(key, secret).verify(text, digest)).toBe(false);
    },
  );

  test("the first one signs", async () => {
    const text = "1234.1234:private-foobar";
    const both = new Token(key, [secret, secondSecret]);
    expect(await both.sign(text)).toBe(await new Token(key, secret).sign(text));
  });
});

test("believes nothing but the whole signature in lower case", async () => {
  const token = new Token(key, secret);
  const signature = await token.sign("text");
  for (const wrong of [
    "",
    signature.slice(0, -1),
    `${signature}0`,
    signature.toUpperCase(),
    "0".repeat(64),
  ]) {
    expect(await token.verify("text", wrong)).toBe(false);
  }
});

test("a printed token does not show its secrets", () => {
  const token = new Token(key, [secret, secondSecret]);
  const printed = Bun.inspect(token) + JSON.stringify(token);
  expect(printed).not.toContain(secret);
  expect(printed).not.toContain(secondSecret);
});

test("needs a key and secrets that are not empty", () => {
  const wrong: readonly unknown[] = [undefined, null, "", 5, [], [""], ["a", ""], [undefined]];
  for (const value of wrong) {
    expect(() => new Token(key, value as string)).toThrow("secret must be");
  }
  for (const value of [undefined, "", 5])
    expect(() => new Token(value as string, secret)).toThrow("key must be");
});
