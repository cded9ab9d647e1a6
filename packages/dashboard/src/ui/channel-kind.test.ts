import { expect, test } from "bun:test";
import { kindOf } from "./channel-kind.tsx";

test.each([
  ["orders", "public", false],
  ["cache-price", "public", true],
  ["private-room", "private", false],
  ["private-cache-room", "private", true],
  ["private-encrypted-room", "encrypted", false],
  ["private-encrypted-cache-room", "encrypted", true],
  ["presence-lobby", "presence", false],
  ["presence-cache-lobby", "presence", true],
  ["#server-to-user-7", "user", false],
] as const)("%s is %s", (name, title, isCache) => {
  expect(kindOf(name)).toMatchObject({ title, isCache });
});
