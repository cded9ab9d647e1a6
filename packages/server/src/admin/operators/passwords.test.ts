import { describe, expect, test } from "bun:test";
import { AdminError } from "../admin-errors.ts";
import { hashPassword, isOutdated, requireAcceptablePassword, verifyPassword } from "./passwords.ts";

describe("a hashed password", () => {
  test("says how it was made, and is another each time", async () => {
    const [first, second] = await Promise.all([hashPassword("correct horse"), hashPassword("correct horse")]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(first).not.toBe(second as string);
    expect(isOutdated(first as string)).toBe(false);
  });

  test("matches the same password, typed in whichever form of the same characters", async () => {
    const hash = await hashPassword("caf\u00e9 au lait, encore");
    expect(await verifyPassword("cafe\u0301 au lait, encore", hash)).toBe(true);
    expect(await verifyPassword("cafe au lait, encore", hash)).toBe(false);
    expect(await verifyPassword("", hash)).toBe(false);
  });

  test("of another implementation of the same format matches as well", async () => {
    const hash = Bun.password.hashSync("correct horse battery", {
      algorithm: "argon2id",
      memoryCost: 8_192,
      timeCost: 1,
    });
    expect(await verifyPassword("correct horse battery", hash)).toBe(true);
    expect(await verifyPassword("correct horse batterz", hash)).toBe(false);
    expect(isOutdated(hash)).toBe(true);
  });

  test("that cannot be read is a fault, not a wrong password", async () => {
    await expect(verifyPassword("x", "$2b$10$nonsense")).rejects.toThrow("cannot be read");
  });
});

test("nobody's password never matches, and is worked on as long as anybody's", async () => {
  const hash = await hashPassword("correct horse battery");
  const known = await medianMs(() => verifyPassword("a wrong password", hash));
  const unknown = await medianMs(() => verifyPassword("a wrong password", null));
  expect(await verifyPassword("", null)).toBe(false);
  // Without the work it would be some thousand times faster; the machine may be busy with something else.
  expect(unknown).toBeGreaterThan(known / 4);
}, 20_000);

test.each([
  ["of 11 characters", "12345678901", false],
  ["of 12 characters", "123456789012", true],
  ["of 11 characters that take more than one unit each", `${"\u{1f40e}".repeat(10)}!`, false],
  ["of 512 characters", "correct ".repeat(64), true],
  ["of 513 characters", `${"correct ".repeat(64)}!`, false],
  ["that is the e-mail address", "Ada@Example.com", false],
  ["that is the e-mail address with a space", "ada@example.com ", false],
  ["of one character over and over", "aaaaaaaaaaaaaaaa", false],
  ["in words", "a horse, a battery", true],
])("a password %s: %s is acceptable %p", (_, password, isAcceptable) => {
  const attempt = () => requireAcceptablePassword(password, "ada@example.com");
  if (isAcceptable) expect(attempt).not.toThrow();
  else expect(attempt).toThrow(AdminError);
});

async function medianMs(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const startedAt = performance.now();
    await run();
    times.push(performance.now() - startedAt);
  }
  return times.sort((a, b) => a - b)[2] ?? 0;
}

test("a long line of passwords is cut off rather than served late", async () => {
  const attempts = Array.from({ length: 100 }, () => verifyPassword("a wrong password", null));
  const outcomes = await Promise.allSettled(attempts);
  const refused = outcomes.filter(({ status }) => status === "rejected");
  expect(refused).toHaveLength(38);
  expect(refused[0]).toMatchObject({
    reason: { code: "too_many_attempts", headers: { "retry-after": "5" } },
  });
  expect(await verifyPassword("a wrong password", null)).toBe(false);
}, 20_000);
