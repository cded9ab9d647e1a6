import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type AdminHarness, type Asked, type Caller, codeOf, textIn } from "../testing/admin-harness.ts";
import { IDLE_MS, LIFETIME_MS } from "./session-store.ts";

/** What operators, their sessions and tokens promise, on every kind of database. */
export function describeOperators(name: string, open: () => Promise<AdminHarness>): void {
  describe(`${name}: operators`, () => {
    let admin: AdminHarness;
    const owner = { token: "", email: "ada@example.com", name: "Ada", password: "correct horse battery" };

    beforeEach(async () => {
      admin = await open();
    });
    afterEach(() => admin.close());

    /** The first run, with the link that a start prints. */
    async function setUp(): Promise<Asked> {
      const link = await admin.operators.makeSetupLink();
      const answer = await admin.ask("POST /setup", { body: { ...owner, token: link?.token } });
      expect(answer.status).toBe(201);
      return answer;
    }

    async function logIn(email = owner.email, password = owner.password, as: Caller = {}): Promise<Asked> {
      return admin.ask("POST /session", { body: { email, password }, as });
    }

    describe("the first run", () => {
      test("is needed until the link was used, and makes an owner with a session", async () => {
        expect((await admin.ask("GET /setup")).body).toMatchObject({ needed: true, oidc: null });
        const answer = await setUp();
        expect(answer.body).toMatchObject({
          principal: { kind: "operator", name: "Ada", email: "ada@example.com", role: "owner" },
        });
        const me = await admin.ask("GET /session", { as: callerOf(answer) });
        expect(me.body).toEqual(answer.body);
        expect((await admin.ask("GET /setup")).body).toMatchObject({ needed: false });
      });

      test("ends with the first owner: no link is made, and none works any more", async () => {
        const former = await admin.operators.makeSetupLink();
        await setUp();
        expect(await admin.operators.makeSetupLink()).toBeUndefined();
        const again = await admin.ask("POST /setup", {
          body: { ...owner, email: "eve@example.com", token: former?.token },
        });
        expect([again.status, codeOf(again)]).toEqual([409, "setup_done"]);
      });

      test("takes one of two who use the same link at the same time", async () => {
        const link = await admin.operators.makeSetupLink();
        const bodies = ["a@example.com", "b@example.com"].map((email) => ({
          ...owner,
          email,
          token: link?.token,
        }));
        const answers = await Promise.all(bodies.map((body) => admin.ask("POST /setup", { body })));
        expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
        expect(await admin.operators.list({ limit: 10 })).toHaveLength(1);
      });

      test("takes no link after 24 hours, none that was made up, and none of an invitation", async () => {
        const link = await admin.operators.makeSetupLink();
        admin.clock.nowMs += 24 * 3_600_000;
        const invitation = await admin.ask("POST /operators", {
          as: admin.localCaller,
          body: { email: "bob@example.com", role: "owner" },
        });
        for (const token of [link?.token, "made-up", textIn(invitation.body, "link.token")]) {
          const answer = await admin.ask("POST /setup", { body: { ...owner, token } });
          expect([answer.status, codeOf(answer)]).toEqual([403, "link_invalid"]);
        }
      });

      test("keeps the link good when the password is not", async () => {
        const link = await admin.operators.makeSetupLink();
        for (const password of ["too short", "ada@example.com", "aaaaaaaaaaaaaaaa"]) {
          const answer = await admin.ask("POST /setup", { body: { ...owner, password, token: link?.token } });
          expect([answer.status, codeOf(answer)]).toEqual([400, "password_unacceptable"]);
        }
        const body = { ...owner, token: link?.token };
        expect((await admin.ask("POST /setup", { body })).status).toBe(201);
      });
    });

    describe("log-in", () => {
      test("takes the e-mail address in any case, and the password as it is", async () => {
        await setUp();
        expect((await logIn("ADA@Example.com")).status).toBe(201);
        expect((await logIn("ada@example.com", "Correct horse battery")).status).toBe(401);
      });

      test("says the same of a wrong password, an unknown address and one that was only invited", async () => {
        await setUp();
        await admin.ask("POST /operators", {
          as: admin.localCaller,
          body: { email: "bob@example.com", role: "viewer" },
        });
        const answers = await Promise.all([
          logIn("ada@example.com", "a wrong password"),
          logIn("nobody@example.com"),
          logIn("bob@example.com"),
        ]);
        const [first] = answers;
        for (const { status, body, cookies } of answers) {
          expect({ status, body, cookies }).toEqual({ status: 401, body: first?.body, cookies: [] });
        }
        expect(codeOf(answers[0] as Asked)).toBe("login_failed");
      });

      test("hands out a cookie that no script and no other site gets, for https only where it came by https", async () => {
        await setUp();
        const body = { email: owner.email, password: owner.password };
        const plain = await admin.ask("POST /session", { body });
        expect(plain.cookies).toEqual([
          expect.stringMatching(
            /^usher_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
          ),
        ]);
        const byTls = await admin.ask("POST /session", { body, from: { isTls: true } });
        expect(byTls.cookies[0]).toContain("; Secure");
        const byProxy = await admin.ask("POST /session", {
          body,
          headers: { origin: "https://usher.test" },
        });
        expect(byProxy.cookies[0]).toContain("; Secure");
      });

      test("never goes on with the session that the browser came with", async () => {
        const former = await setUp();
        const fixed = "x".repeat(43);
        const planted = await logIn(owner.email, owner.password, { cookie: `usher_session=${fixed}` });
        expect(tokenOf(planted)).not.toBe(fixed);
        const later = await logIn(owner.email, owner.password, callerOf(former));
        expect(tokenOf(later)).not.toBe(tokenOf(former));
        expect((await admin.ask("GET /session", { as: callerOf(former) })).status).toBe(401);
        expect((await admin.ask("GET /session", { as: callerOf(later) })).status).toBe(200);
      });

      test("keeps nothing in the database that lets anybody in", async () => {
        const session = await setUp();
        const invitation = await admin.ask("POST /operators", {
          as: admin.localCaller,
          body: { email: "bob@example.com", role: "viewer" },
        });
        const made = await makeToken(admin, { scopes: ["apps:read"] });
        const rows = await admin.store.database.query(async (db) => [
          await db.selectFrom("operators").selectAll().execute(),
          await db.selectFrom("operator_sessions").selectAll().execute(),
          await db.selectFrom("one_time_links").selectAll().execute(),
          await db.selectFrom("api_tokens").selectAll().execute(),
          await db.selectFrom("audit").selectAll().execute(),
        ]);
        const text = JSON.stringify(rows) + JSON.stringify(admin.logged);
        const secrets = [
          owner.password,
          tokenOf(session),
          textIn(session.body, "csrf_token"),
          textIn(invitation.body, "link.token"),
          textIn(made.body, "value"),
        ];
        for (const secret of secrets) expect(text).not.toContain(secret);
      });

      test("hashes a password anew that was hashed with other parameters", async () => {
        await setUp();
        const [{ id } = { id: "" }] = await admin.operators.list({ limit: 1 });
        // "correct horse battery" with half the memory.
        const former =
          "$argon2id$v=19$m=8192,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$DmdT/iLe1t1mte9e7OacISPgJGg+ZxcuwxJi0XqiKjo";
        await admin.store.database.query((db) =>
          db.updateTable("operators").set({ password_hash: former }).where("id", "=", id).execute(),
        );
        expect((await logIn()).status).toBe(201);
        const found = await admin.operators.findByEmail(owner.email);
        expect(found?.passwordHash).toStartWith("$argon2id$v=19$m=19456,t=2,p=1$");
        expect((await logIn()).status).toBe(201);
      });

      test("leaves success and failure in the audit trail, with the address they came from", async () => {
        await setUp();
        await logIn(owner.email, "a wrong password");
        await logIn("nobody@example.com", "a wrong password");
        const { body } = await admin.ask("GET /audit", { as: admin.localCaller });
        expect(body).toMatchObject({
          items: [
            {
              action: "session.login_failed",
              actor: { id: "", name: "nobody@example.com", address: "127.0.0.1" },
              target: null,
            },
            {
              action: "session.login_failed",
              actor: { name: "ada@example.com" },
              target: expect.any(String),
            },
            { action: "session.login", actor: { name: "ada@example.com" }, details: { method: "link" } },
            { action: "operator.setup", actor: { name: "ada@example.com", address: "127.0.0.1" } },
          ],
        });
      });
    });

    describe("sessions", () => {
      test("end when they are not used, and start anew with each use", async () => {
        const as = callerOf(await setUp());
        for (let use = 0; use < 3; use++) {
          admin.clock.nowMs += IDLE_MS - 60_000;
          expect((await admin.ask("GET /session", { as })).status).toBe(200);
        }
        admin.clock.nowMs += IDLE_MS;
        expect((await admin.ask("GET /session", { as })).status).toBe(401);
      });

      test("end for good after a week, however much they are used", async () => {
        const as = callerOf(await setUp());
        const end = admin.clock.nowMs + LIFETIME_MS;
        while (admin.clock.nowMs + IDLE_MS / 2 < end) {
          admin.clock.nowMs += IDLE_MS / 2;
          expect((await admin.ask("GET /session", { as })).status).toBe(200);
        }
        admin.clock.nowMs = end;
        expect((await admin.ask("GET /session", { as })).status).toBe(401);
      });

      test("are listed, and can be ended one by one by their owner alone", async () => {
        const first = await setUp();
        admin.clock.nowMs++;
        const second = await logIn();
        const stranger = await admin.operator("viewer");
        const { body } = await admin.ask("GET /sessions", { as: callerOf(second) });
        expect(body).toMatchObject({
          items: [
            { is_current: true, method: "password", address: "127.0.0.1" },
            { is_current: false, method: "link" },
          ],
          next_cursor: null,
        });
        const id = (body as { items: { id: string }[] }).items[1]?.id;
        const refused = await admin.ask(`DELETE /sessions/${id}`, { as: stranger });
        expect([refused.status, codeOf(refused)]).toEqual([404, "session_not_found"]);
        expect((await admin.ask("GET /session", { as: callerOf(first) })).status).toBe(200);
        expect((await admin.ask(`DELETE /sessions/${id}`, { as: callerOf(second) })).status).toBe(204);
        expect((await admin.ask("GET /session", { as: callerOf(first) })).status).toBe(401);
      });

      test("end with a log-out, which takes the cookie away", async () => {
        const as = callerOf(await setUp());
        const answer = await admin.ask("DELETE /session", { as });
        expect(answer.cookies).toEqual([
          expect.stringMatching(/^usher_session=; Max-Age=0; Path=\/; HttpOnly/),
        ]);
        expect((await admin.ask("GET /session", { as })).status).toBe(401);
      });

      test("have what needs a recent log-in for five minutes, and again once confirmed", async () => {
        const as = callerOf(await setUp());
        const invite = (email: string) =>
          admin.ask("POST /operators", { as, body: { email, role: "viewer" } });
        admin.clock.nowMs += 5 * 60_000;
        expect((await invite("bob@example.com")).status).toBe(201);
        admin.clock.nowMs += 1;
        expect(codeOf(await invite("eve@example.com"))).toBe("reauthentication_required");
        const wrong = await admin.ask("POST /session/confirm", {
          as,
          body: { password: "a wrong password" },
        });
        expect([wrong.status, codeOf(wrong)]).toEqual([401, "login_failed"]);
        expect(codeOf(await invite("eve@example.com"))).toBe("reauthentication_required");
        const right = await admin.ask("POST /session/confirm", { as, body: { password: owner.password } });
        expect(textIn(right.body, "authenticated_at")).toBe(new Date(admin.clock.nowMs).toISOString());
        expect((await invite("eve@example.com")).status).toBe(201);
        const { body } = await admin.ask("GET /audit?action=session.confirm", { as });
        expect(body).toMatchObject({ items: [{ actor: { name: "ada@example.com", address: "127.0.0.1" } }] });
      });

      test("all but the one that asks end when the password changes", async () => {
        const first = callerOf(await setUp());
        const second = callerOf(await logIn());
        const change = (body: Record<string, string>) =>
          admin.ask("PATCH /session/password", { as: second, body });
        const next = "another horse, another battery";
        expect(codeOf(await change({ current_password: "wrong", new_password: next }))).toBe("login_failed");
        expect(codeOf(await change({ current_password: owner.password, new_password: "short" }))).toBe(
          "password_unacceptable",
        );
        expect((await change({ current_password: owner.password, new_password: next })).status).toBe(204);
        expect((await admin.ask("GET /session", { as: first })).status).toBe(401);
        expect((await admin.ask("GET /session", { as: second })).status).toBe(200);
        expect((await logIn()).status).toBe(401);
        expect((await logIn(owner.email, next)).status).toBe(201);
      });
    });

    describe("invitations", () => {
      test("let one person in once, with the role they were given", async () => {
        const as = callerOf(await setUp());
        const invited = await admin.ask("POST /operators", {
          as,
          body: { email: "Bob@Example.com", role: "operator" },
        });
        expect(invited.body).toMatchObject({
          operator: { email: "bob@example.com", role: "operator", state: "invited", has_password: false },
          link: {
            url: expect.stringMatching(/^http:\/\/usher\.test\/dashboard\/invitation#token=[\w-]{43}$/),
          },
        });
        const body = {
          token: textIn(invited.body, "link.token"),
          name: "Bob",
          password: "a staple for the battery",
        };
        const accepted = await admin.ask("POST /invitations/accept", { body });
        expect(accepted.body).toMatchObject({
          principal: { name: "Bob", email: "bob@example.com", role: "operator" },
        });
        const again = await admin.ask("POST /invitations/accept", { body });
        expect([again.status, codeOf(again)]).toEqual([403, "link_invalid"]);
        expect((await logIn("bob@example.com", body.password)).status).toBe(201);
      });

      test("expire after a week, and a new one makes the former void", async () => {
        await setUp();
        const invited = await admin.ask("POST /operators", {
          as: admin.localCaller,
          body: { email: "bob@example.com", role: "viewer" },
        });
        const id = textIn(invited.body, "operator.id");
        const renewed = await admin.ask(`POST /operators/${id}/invitation`, { as: admin.localCaller });
        const accept = (answer: Asked) =>
          admin.ask("POST /invitations/accept", {
            body: { token: textIn(answer.body, "link.token"), name: "Bob", password: "a staple for Bob" },
          });
        expect(codeOf(await accept(invited))).toBe("link_invalid");
        admin.clock.nowMs += 7 * 24 * 3_600_000;
        expect(codeOf(await accept(renewed))).toBe("link_invalid");
        const last = await admin.ask(`POST /operators/${id}/invitation`, { as: admin.localCaller });
        expect((await accept(last)).status).toBe(201);
      });

      test("set a new password for somebody who lost theirs, and end their sessions", async () => {
        const former = callerOf(await setUp());
        const [{ id } = { id: "" }] = await admin.operators.list({ limit: 1 });
        const link = await admin.ask(`POST /operators/${id}/invitation`, { as: admin.localCaller });
        expect((await admin.ask("GET /session", { as: former })).status).toBe(200);
        const password = "found in another drawer";
        const body = { token: textIn(link.body, "link.token"), name: "Ada", password };
        const answer = await admin.ask("POST /invitations/accept", { body });
        expect(answer.body).toMatchObject({ principal: { role: "owner" } });
        expect((await admin.ask("GET /session", { as: former })).status).toBe(401);
        expect((await logIn(owner.email, password)).status).toBe(201);
      });

      test("are refused for an address that has an operator", async () => {
        await setUp();
        const answer = await admin.ask("POST /operators", {
          as: admin.localCaller,
          body: { email: "ADA@example.com", role: "viewer" },
        });
        expect([answer.status, codeOf(answer)]).toEqual([409, "operator_exists"]);
      });
    });

    describe("roles", () => {
      test("the last owner is neither demoted nor removed; somebody who was only invited does not count", async () => {
        const as = callerOf(await setUp());
        const [{ id } = { id: "" }] = await admin.operators.list({ limit: 1 });
        await admin.ask("POST /operators", { as, body: { email: "bob@example.com", role: "owner" } });
        for (const request of [`PATCH /operators/${id}`, `DELETE /operators/${id}`]) {
          const body = request.startsWith("PATCH") ? { body: { role: "viewer" } } : {};
          const answer = await admin.ask(request, { as, ...body });
          expect([answer.status, codeOf(answer)]).toEqual([409, "last_owner"]);
        }
        expect((await admin.ask(`PATCH /operators/${id}`, { as, body: { name: "Ada L." } })).status).toBe(
          200,
        );
        expect((await admin.ask("GET /session", { as })).body).toMatchObject({
          principal: { name: "Ada L.", role: "owner" },
        });
        // What changes nothing leaves no trace.
        await admin.ask(`PATCH /operators/${id}`, { as, body: { name: "Ada L.", role: "owner" } });
        const { body } = await admin.ask("GET /audit?action=operator.update", { as });
        expect((body as { items: unknown[] }).items).toMatchObject([{ details: { name: "Ada L." } }]);
      });

      test("of two owners who demote each other at the same time one stays", async () => {
        const callers = [await admin.operator("owner"), await admin.operator("owner")];
        const ids = (await admin.operators.list({ limit: 2 })).map(({ id }) => id);
        const answers = await Promise.all(
          callers.map((as, index) =>
            admin.ask(`PATCH /operators/${ids[index]}`, { as, body: { role: "viewer" } }),
          ),
        );
        expect(answers.map(({ status }) => status)).toContain(200);
        const owners = (await admin.operators.list({ limit: 2 })).filter(({ role }) => role === "owner");
        expect(owners).toHaveLength(1);
      });

      test("a new role and a removal take effect on open sessions at once", async () => {
        const as = await admin.operator("owner");
        const other = await admin.operator("owner");
        const [{ id } = { id: "" }] = await admin.operators.list({ limit: 1 });
        await admin.ask(`PATCH /operators/${id}`, { as, body: { role: "viewer" } });
        expect(codeOf(await admin.ask("GET /operators", { as: other }))).toBe("role_too_low");
        expect((await admin.ask(`DELETE /operators/${id}`, { as })).status).toBe(204);
        expect(codeOf(await admin.ask("GET /session", { as: other }))).toBe("not_authenticated");
        expect(codeOf(await admin.ask(`DELETE /operators/${id}`, { as }))).toBe("operator_not_found");
      });
    });

    describe("tokens", () => {
      test("show their value once, and when and from where they were used last", async () => {
        const made = await makeToken(admin, { scopes: ["audit:read", "apps:read"] });
        const value = textIn(made.body, "value");
        expect(value).toMatch(/^usher_[\w-]{43}$/);
        const as = { authorization: `Bearer ${value}` };
        const me = await admin.ask("GET /session", { as, from: { address: "192.0.2.7" } });
        expect(me.body).toMatchObject({
          principal: { kind: "token", name: "deploy", role: "operator", scopes: ["apps:read", "audit:read"] },
          csrf_token: null,
        });
        const { body } = await admin.ask("GET /tokens", { as: admin.localCaller });
        expect(JSON.stringify(body)).not.toContain(value);
        expect(body).toMatchObject({
          items: [
            {
              name: "deploy",
              created_by: "local",
              used_at: new Date(admin.clock.nowMs).toISOString(),
              used_from: "192.0.2.7",
            },
          ],
        });
      });

      test("expire to the second, and are refused once revoked", async () => {
        const made = await makeToken(admin, { expires_in_seconds: 3_600 });
        const as = { authorization: `Bearer ${textIn(made.body, "value")}` };
        admin.clock.nowMs += 3_599_999;
        expect((await admin.ask("GET /session", { as })).status).toBe(200);
        admin.clock.nowMs += 1;
        expect(codeOf(await admin.ask("GET /session", { as }))).toBe("token_expired");
        const other = await makeToken(admin, {});
        const id = textIn(other.body, "token.id");
        expect((await admin.ask(`DELETE /tokens/${id}`, { as: admin.localCaller })).status).toBe(204);
        const revoked = { authorization: `Bearer ${textIn(other.body, "value")}` };
        expect(codeOf(await admin.ask("GET /session", { as: revoked }))).toBe("token_invalid");
        expect(codeOf(await admin.ask(`DELETE /tokens/${id}`, { as: admin.localCaller }))).toBe(
          "token_not_found",
        );
      });

      test("hand out no scope and no role that they have not got", async () => {
        const as = await admin.token("owner", ["tokens:write", "apps:read"]);
        const make = (body: object) =>
          admin.ask("POST /tokens", {
            as,
            body: { name: "x", role: "viewer", scopes: ["apps:read"], expires_in_seconds: null, ...body },
          });
        expect((await make({})).status).toBe(201);
        expect(codeOf(await make({ scopes: ["apps:read", "secrets:reveal"] }))).toBe("grants_more");
      });

      test("need no CSRF token, and count for more than a session beside them", async () => {
        const session = await admin.operator("owner");
        const as = { ...session, ...(await admin.token("viewer", ["apps:read"])) };
        expect((await admin.ask("GET /session", { as })).body).toMatchObject({
          principal: { kind: "token", role: "viewer" },
        });
      });
    });

    test("lists go on where the page before ended", async () => {
      const as = admin.localCaller;
      for (const number of [1, 2, 3]) {
        await admin.ask("POST /operators", { as, body: { email: `${number}@example.com`, role: "viewer" } });
        admin.clock.nowMs += 1;
      }
      const emails: string[] = [];
      let cursor = "";
      do {
        const { body } = await admin.ask(`GET /operators?limit=2${cursor}`, { as });
        const page = body as { items: { email: string }[]; next_cursor: string | null };
        emails.push(...page.items.map(({ email }) => email));
        cursor = page.next_cursor === null ? "" : `&cursor=${page.next_cursor}`;
      } while (cursor !== "");
      expect(emails).toEqual(["3@example.com", "2@example.com", "1@example.com"]);
    });
  });
}

/** What a browser sends after an answer that started a session. */
function callerOf(answer: Asked): Caller {
  return {
    cookie: `usher_session=${tokenOf(answer)}`,
    "x-csrf-token": textIn(answer.body, "csrf_token"),
  };
}

function tokenOf({ cookies }: Asked): string {
  return /^usher_session=([^;]+)/.exec(cookies[0] ?? "")?.[1] ?? "";
}

function makeToken(admin: AdminHarness, fields: object): Promise<Asked> {
  return admin.ask("POST /tokens", {
    as: admin.localCaller,
    body: { name: "deploy", role: "operator", scopes: ["apps:read"], expires_in_seconds: null, ...fields },
  });
}
