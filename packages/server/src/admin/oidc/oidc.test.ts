import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { AllowedAccounts } from "../../config/server-config.ts";
import { type AdminHarness, type Asked, codeOf, openAdmin } from "../testing/admin-harness.ts";
import { type OidcProvider, startOidcProvider } from "../testing/oidc-provider.ts";
import { roleOf } from "./role-of.ts";

const ALLOWED: readonly AllowedAccounts[] = [
  { accounts: "@example.com", role: "viewer" },
  { accounts: "ada@example.com", role: "owner" },
];

describe("log-in with OpenID Connect", () => {
  let provider: OidcProvider;
  let admin: AdminHarness;

  beforeAll(async () => {
    provider = await startOidcProvider();
  });
  afterAll(() => provider.stop());
  beforeEach(async () => {
    const { issuer, clientId, clientSecret } = provider;
    admin = await openAdmin({ oidc: { issuer, clientId, clientSecret, allowed: ALLOWED } });
  });
  afterEach(() => admin.close());

  interface Visit {
    /** What happens to the address and the cookie on the way back. */
    readonly change?: (back: URL) => void;
    readonly cookie?: string;
  }

  async function logIn({ change, cookie }: Visit = {}): Promise<Asked> {
    const start = await admin.ask("GET /oidc/start");
    expect(start.status).toBe(302);
    const back = await provider.visit(start.headers.get("location") ?? "");
    expect(`${back.origin}${back.pathname}`).toBe("http://usher.test/admin/v1/oidc/callback");
    change?.(back);
    return admin.ask(`GET /oidc/callback${back.search}`, {
      headers: { cookie: cookie ?? start.cookies[0]?.split(";")[0] ?? "", "sec-fetch-site": "cross-site" },
    });
  }

  function vouchFor(email: string, claims: object = {}, sub = email): void {
    provider.account = { sub, claims: { email, email_verified: true, name: "Somebody", ...claims } };
  }

  async function principalOf(answer: Asked): Promise<unknown> {
    const cookie = answer.cookies[0]?.split(";")[0] ?? "";
    return ((await admin.ask("GET /session", { as: { cookie } })).body as { principal?: unknown }).principal;
  }

  function expectRefused(answer: Asked, code: string): void {
    expect([answer.status, answer.headers.get("location")]).toEqual([
      302,
      `http://usher.test/dashboard/#error=${code}`,
    ]);
    expect(answer.cookies.filter((cookie) => cookie.startsWith("usher_session="))).toEqual([]);
  }

  test("is announced by the provider's name", async () => {
    expect((await admin.ask("GET /setup")).body).toMatchObject({ oidc: { name: "127.0.0.1" } });
  });

  test("makes an account with the role of the address, else of its domain, and opens a session", async () => {
    vouchFor("Ada@Example.com");
    const ada = await logIn();
    expect([ada.status, ada.headers.get("location")]).toEqual([302, "http://usher.test/dashboard/"]);
    expect(await principalOf(ada)).toMatchObject({
      email: "ada@example.com",
      role: "owner",
      name: "Somebody",
    });
    vouchFor("bob@example.com");
    expect(await principalOf(await logIn())).toMatchObject({ email: "bob@example.com", role: "viewer" });
    const { body } = await admin.ask("GET /audit", { as: admin.localCaller });
    expect(body).toMatchObject({
      items: [
        { action: "session.login", actor: { name: "bob@example.com" }, details: { method: "oidc" } },
        { action: "operator.admit", actor: { name: "bob@example.com" }, details: { role: "viewer" } },
        { action: "session.login" },
        { action: "operator.admit" },
      ],
    });
  });

  test("opens a session for https alone when the provider sends browsers back there, whatever a proxy tells", async () => {
    vouchFor("ada@example.com");
    expect((await logIn()).cookies[0]).not.toContain("Secure");
    const { issuer, clientId, clientSecret } = provider;
    const oidc = { issuer, clientId, clientSecret, allowed: ALLOWED };
    const behindProxy = await openAdmin({ oidc, url: () => "https://usher.test" });
    const start = await behindProxy.ask("GET /oidc/start");
    const back = await provider.visit(start.headers.get("location") ?? "");
    const cookie = start.cookies[0]?.split(";")[0] ?? "";
    const answer = await behindProxy.ask(`GET /oidc/callback${back.search}`, { headers: { cookie } });
    expect(answer.cookies[0]).toMatch(/^usher_session=.*Secure/);
    await behindProxy.close();
  });

  test("keeps the role that an owner gave since", async () => {
    vouchFor("bob@example.com");
    await logIn();
    const [{ id } = { id: "" }] = await admin.operators.list({ limit: 1 });
    await admin.ask(`PATCH /operators/${id}`, { as: admin.localCaller, body: { role: "operator" } });
    expect(await principalOf(await logIn())).toMatchObject({ id, role: "operator" });
    expect(await admin.operators.list({ limit: 10 })).toHaveLength(1);
  });

  test("takes up an invitation, whose link is then void", async () => {
    const { link } = await admin.operators.invite(
      { email: "bob@example.com", role: "operator" },
      { kind: "local", id: "", name: "local", address: null },
    );
    vouchFor("bob@example.com");
    expect(await principalOf(await logIn())).toMatchObject({ role: "operator", name: "Somebody" });
    const body = { token: link.token, name: "Bob", password: "a horse, a battery" };
    expect(codeOf(await admin.ask("POST /invitations/accept", { body }))).toBe("link_invalid");
  });

  test.each([
    ["of an address that is not allowed", "eve@elsewhere.example", {}],
    ["of a domain that only ends alike", "eve@notexample.com", {}],
    ["of a subdomain", "eve@mail.example.com", {}],
    ["of an address that is not verified", "ada@example.com", { email_verified: false }],
    ["of an address whose provider says nothing of it", "ada@example.com", { email_verified: undefined }],
    ["of an address that is said to be verified in a text", "ada@example.com", { email_verified: "true" }],
    ["without an address", "", { email: undefined }],
  ])("is refused to an account %s, and makes none", async (_, email, claims) => {
    vouchFor(email, claims);
    expectRefused(await logIn(), "oidc_not_allowed");
    expect(await admin.operators.list({ limit: 10 })).toEqual([]);
  });

  test("is refused to another account that has come to the same address", async () => {
    vouchFor("ada@example.com", {}, "the first");
    await logIn();
    vouchFor("ada@example.com", {}, "the second");
    expectRefused(await logIn(), "oidc_not_allowed");
  });

  test.each([
    ["another state", (back: URL) => back.searchParams.set("state", "x")],
    ["no state", (back: URL) => back.searchParams.delete("state")],
    ["a code that the provider never gave", (back: URL) => back.searchParams.set("code", "x")],
    ["the provider's refusal", (back: URL) => back.searchParams.set("error", "access_denied")],
    ["another issuer", (back: URL) => back.searchParams.set("iss", "https://evil.example")],
  ])("fails with %s", async (_, change) => {
    vouchFor("ada@example.com");
    expectRefused(await logIn({ change }), "oidc_failed");
  });

  test.each([
    ["another nonce", { nonce: "x" }],
    ["another audience", { aud: "somebody-else" }],
    ["another issuer", { iss: "https://evil.example" }],
    ["an end in the past", { exp: Math.floor(Date.now() / 1000) - 300 }],
  ])("fails with an ID token of %s", async (_, claims) => {
    vouchFor("ada@example.com", claims);
    expectRefused(await logIn(), "oidc_failed");
  });

  test("fails with an ID token that somebody else signed", async () => {
    vouchFor("ada@example.com");
    provider.account = { ...provider.account, isForged: true };
    expectRefused(await logIn(), "oidc_failed");
  });

  test("fails in a browser that did not begin it, and with what another one began", async () => {
    vouchFor("ada@example.com");
    expectRefused(await logIn({ cookie: "" }), "oidc_failed");
    const other = await admin.ask("GET /oidc/start");
    expectRefused(await logIn({ cookie: other.cookies[0]?.split(";")[0] ?? "" }), "oidc_failed");
  });

  test("leaves what the browser has to bring back in a cookie for this alone", async () => {
    const { cookies } = await admin.ask("GET /oidc/start", { from: { isTls: true } });
    expect(cookies).toEqual([
      expect.stringMatching(
        /^usher_oidc=[\w-]+; Max-Age=600; Path=\/admin\/v1\/oidc\/; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ]);
  });
});

test("a provider that is not there is an answer, not a fault, and is asked again the next time", async () => {
  const provider = await startOidcProvider();
  const { issuer, clientId, clientSecret } = provider;
  await provider.stop();
  const admin = await openAdmin({ oidc: { issuer, clientId, clientSecret, allowed: ALLOWED } });
  for (let round = 0; round < 2; round++) {
    const answer = await admin.ask("GET /oidc/start");
    expect([answer.status, codeOf(answer)]).toEqual([502, "oidc_unavailable"]);
  }
  expect(admin.logged.filter(({ level }) => level === 50)).toHaveLength(2);
  await admin.close();
});

test("without a provider in the configuration there is no such log-in", async () => {
  const admin = await openAdmin();
  for (const request of ["GET /oidc/start", "GET /oidc/callback?code=x&state=x"]) {
    expect(codeOf(await admin.ask(request))).toBe("oidc_not_configured");
  }
  await admin.close();
});

test.each([
  ["ada@example.com", "owner"],
  ["ADA@EXAMPLE.COM", "owner"],
  ["bob@example.com", "viewer"],
  ["bob@evil.example", null],
  ["ada@example.com@evil.example", null],
  ["@example.com", "viewer"],
  ["", null],
] as const)("the configuration gives %p the role %p", (email, role) => {
  expect(roleOf(email, ALLOWED)).toBe(role);
});
