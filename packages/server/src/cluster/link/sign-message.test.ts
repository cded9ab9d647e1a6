import { expect, test } from "bun:test";
import fc from "fast-check";
import { openMessage, signMessage } from "./sign-message.ts";

const KEY = Buffer.alloc(32, 1);
const TOPIC = "usher:{3/c/room}";

test("gives any text back, with the head that a script put in front", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.stringMatching(/^[\w/.-]{1,40}$/), (text, head) => {
      const signed = signMessage(KEY, TOPIC, text);
      expect(openMessage(KEY, TOPIC, signed)).toEqual({ text, head: undefined });
      expect(openMessage(KEY, TOPIC, `@${head} ${signed}`)).toEqual({ text, head });
    }),
  );
});

test("takes nothing that was signed with another key, for another topic, or changed on the way", () => {
  const signed = signMessage(KEY, TOPIC, '{"a":1}');
  expect(openMessage(Buffer.alloc(32, 2), TOPIC, signed)).toBeUndefined();
  expect(openMessage(KEY, "usher:{3/c/other}", signed)).toBeUndefined();
  for (let index = 0; index < signed.length; index++) {
    const changed = `${signed.slice(0, index)}~${signed.slice(index + 1)}`;
    expect(openMessage(KEY, TOPIC, changed)).toBeUndefined();
  }
});

test("takes nothing that was not signed, whatever it looks like", () => {
  for (const text of [
    "",
    ".",
    "@",
    "@ ",
    "@a ",
    "{}",
    '{"a":1}',
    `${"A".repeat(22)}.{}`,
    `@7 ${"A".repeat(22)}.{}`,
  ]) {
    expect(openMessage(KEY, TOPIC, text)).toBeUndefined();
  }
  fc.assert(fc.property(fc.string(), (text) => openMessage(KEY, TOPIC, text) === undefined));
});
