import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type AdminHarness, type Asked, codeOf, openAdmin } from "../testing/admin-harness.ts";
import { hashPassword } from "./passwords.ts";

// Passwords are slow to hash, the more so beside other tests.
setDefaultTimeout(60_000);

describe("failed attempts to log in", () => {
  let admin: AdminHarness;
  const password = "correct horse battery";

  beforeEach(async () => {
    admin = await openAdmin();
    const link = await admin.operators.makeSetupLink();
    const passwordHash = await hashPassword(password);
    await admin.operators.setUp(
      link?.token ?? "",
      { email: "ada@example.com", name: "Ada", passwordHash },
      null,
    );
  });
  afterEach(() => admin.close());

  function logIn(address: string, email: string, tried = "a wrong password"): Promise<Asked> {
    return admin.ask("POST /session", { body: { email, password: tried }, from: { address } });
  }

  test("of one account are bounded from wherever they come, with when to try again; the right password waits too", async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => logIn(`192.0.2.${index}`, "Ada@example.com")),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(10).fill(401), 429, 429]);
    const refused = await logIn("192.0.2.99", "ada@example.com", password);
    expect([refused.status, codeOf(refused)]).toEqual([429, "too_many_attempts"]);
    const seconds = Number(refused.headers.get("retry-after"));
    expect(seconds).toBeGreaterThan(800);
    expect(seconds).toBeLessThanOrEqual(900);
  });

  test("of an unknown account are bounded alike, so that the bound tells nothing", async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => logIn(`192.0.2.${index}`, "nobody@example.com")),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(10).fill(401), 429, 429]);
  });

  test("from one address are bounded over all accounts, and a whole /64 of IPv6 is one address", async () => {
    const answers = await Promise.all(
      Array.from({ length: 32 }, (_, index) =>
        logIn(`2001:db8::${index.toString(16)}`, `${index}@example.com`),
      ),
    );
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(2);
    expect((await logIn("2001:db8:0:1::1", "ada@example.com", password)).status).toBe(201);
    expect((await logIn("2001:db8::1", "ada@example.com", password)).status).toBe(429);
  });

  test("with made-up links are bounded like those with passwords", async () => {
    const accept = () =>
      admin.ask("POST /invitations/accept", { body: { token: "made-up", name: "Eve", password } });
    for (let count = 0; count < 30; count++) expect((await accept()).status).toBe(403);
    expect((await accept()).status).toBe(429);
  });

  test("of an account are forgotten once it has logged in", async () => {
    for (let round = 0; round < 2; round++) {
      for (let count = 0; count < 9; count++) {
        expect((await logIn("192.0.2.1", "ada@example.com")).status).toBe(401);
      }
      expect((await logIn("192.0.2.1", "ada@example.com", password)).status).toBe(201);
    }
  });

  test("of somebody who is logged in are bounded too, and strangers cannot use those up", async () => {
    const session = await logIn("192.0.2.1", "ada@example.com", password);
    const as = {
      cookie: session.cookies[0]?.split(";")[0] ?? "",
      "x-csrf-token": (session.body as { csrf_token: string }).csrf_token,
    };
    const confirm = (tried: string) => admin.ask("POST /session/confirm", { as, body: { password: tried } });
    const strangers = Array.from({ length: 11 }, (_, index) => logIn(`192.0.2.${index}`, "ada@example.com"));
    expect((await Promise.all(strangers)).map(({ status }) => status)).toContain(429);
    expect((await confirm(password)).status).toBe(200);

    const guesses = await Promise.all(Array.from({ length: 10 }, () => confirm("a wrong password")));
    expect(guesses.map(({ status }) => status)).toEqual(Array(10).fill(401));
    expect((await confirm(password)).status).toBe(429);
  });
});
