import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Role, SCOPES, type Scope } from "./principal.ts";
import { ADMIN_ROUTES } from "./routes.ts";
import { type AdminHarness, type Caller, codeOf, openAdmin } from "./testing/admin-harness.ts";

const PAGE = readFileSync(join(import.meta.dir, "../../../../docs/admin-access.md"), "utf8");

/** What the page says of a route. The matrix goes by the page, so that a change of access shows in it. */
interface Row {
  /** `GET /apps/{app_id}`. */
  readonly route: string;
  readonly method: string;
  /** With something in the place of each parameter that nothing here is called. */
  readonly path: string;
  readonly role: "anyone" | Role;
  readonly scope: Scope | "none";
  readonly isSessionOnly: boolean;
  readonly needsRecentLogIn: boolean;
}

const ROWS: readonly Row[] = PAGE.split("\n")
  .filter((line) => /^\| `[A-Z]+ \//.test(line))
  .map((line) => {
    const [route = "", role = "", scope = "", also = ""] = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", ""));
    const [method = "", template = ""] = route.split(" ");
    return {
      route,
      method,
      path: template.replaceAll(/\{\w+\}/g, "nothing"),
      role: role as Row["role"],
      scope: scope as Row["scope"],
      isSessionOnly: also.includes("people only"),
      needsRecentLogIn: also.includes("recent log-in"),
    };
  });

test("docs/admin-access.md has every route, with the access that it declares", () => {
  type Declared = Omit<Row, "method" | "path">;
  const declared = ADMIN_ROUTES.map(
    ({ spec: { method, path, access } }): Declared => ({
      route: `${method.toUpperCase()} ${path}`,
      role: access === "public" ? "anyone" : access.role,
      scope: access === "public" ? "none" : (access.scope ?? "none"),
      isSessionOnly: access !== "public" && access.only === "session",
      needsRecentLogIn: access !== "public" && access.reauthenticate === true,
    }),
  );
  const written = ROWS.map(({ method: _, path: __, ...row }): Declared => row);
  expect(sorted(written)).toEqual(sorted(declared));
});

test("every scope is of use for some route", () => {
  expect(SCOPES.filter((scope) => !ROWS.some((row) => row.scope === scope))).toEqual([]);
});

type Expected = "let in" | "not_authenticated" | "token_invalid" | "token_expired" | Refusal;
type Refusal =
  | "role_too_low"
  | "scope_missing"
  | "session_required"
  | "reauthentication_required"
  | "csrf_token_wrong"
  | "cross_site";

/** Whatever the checks before a route refuse with. Every other answer comes from behind them. */
const REFUSALS: readonly string[] = [
  "not_authenticated",
  "token_invalid",
  "token_expired",
  "role_too_low",
  "scope_missing",
  "session_required",
  "reauthentication_required",
  "csrf_token_wrong",
  "cross_site",
] satisfies Expected[];

interface Kind {
  readonly who: string;
  /** Made anew for each request, since some requests end what they came with. */
  readonly make: (admin: AdminHarness, row: Row) => Promise<Caller>;
  readonly expected: (row: Row) => Expected;
}

const RANK = { anyone: 0, viewer: 1, operator: 2, owner: 3 } as const;
const changes = ({ method }: Row) => method !== "GET";
const isPublic = ({ role }: Row) => role === "anyone";
const ofRole =
  (role: Role) =>
  (row: Row): Expected =>
    RANK[row.role] > RANK[role] ? "role_too_low" : "let in";
const scopesOf = ({ scope }: Row): readonly Scope[] => (scope === "none" ? ["nodes:read"] : [scope]);

const KINDS: readonly Kind[] = [
  {
    who: "nobody",
    make: async () => ({}),
    expected: (row) => (isPublic(row) ? "let in" : "not_authenticated"),
  },
  { who: "a viewer", make: (admin) => admin.operator("viewer"), expected: ofRole("viewer") },
  { who: "an operator", make: (admin) => admin.operator("operator"), expected: ofRole("operator") },
  { who: "an owner", make: (admin) => admin.operator("owner"), expected: () => "let in" },
  {
    who: "an owner who logged in six minutes ago",
    async make(admin) {
      admin.clock.nowMs -= 6 * 60_000;
      const owner = await admin.operator("owner");
      admin.clock.nowMs += 6 * 60_000;
      return owner;
    },
    expected: (row) => (row.needsRecentLogIn ? "reauthentication_required" : "let in"),
  },
  {
    who: "an owner who logged in before the clock was put back by an hour",
    async make(admin) {
      admin.clock.nowMs += 3_600_000;
      const owner = await admin.operator("owner");
      admin.clock.nowMs -= 3_600_000;
      return owner;
    },
    expected: (row) => (row.needsRecentLogIn ? "reauthentication_required" : "let in"),
  },
  {
    who: "an owner's session without the CSRF token",
    make: async (admin) => ({ cookie: (await admin.operator("owner")).cookie }),
    expected: (row) => (changes(row) && !isPublic(row) ? "csrf_token_wrong" : "let in"),
  },
  {
    who: "an owner's session with another session's CSRF token",
    make: async (admin) => ({
      ...(await admin.operator("owner")),
      "x-csrf-token": (await admin.operator("owner"))["x-csrf-token"],
    }),
    expected: (row) => (changes(row) && !isPublic(row) ? "csrf_token_wrong" : "let in"),
  },
  {
    who: "an owner's browser on behalf of another site",
    make: async (admin) => ({ ...(await admin.operator("owner")), origin: "https://evil.example" }),
    expected: (row) => (changes(row) ? "cross_site" : "let in"),
  },
  {
    who: "an owner's browser that says cross-site",
    make: async (admin) => ({ ...(await admin.operator("owner")), "sec-fetch-site": "cross-site" }),
    expected: (row) => (changes(row) ? "cross_site" : "let in"),
  },
  {
    who: "a session that was ended",
    async make(admin) {
      const owner = await admin.operator("owner");
      expect((await admin.ask("DELETE /session", { as: owner })).status).toBe(204);
      return owner;
    },
    expected: (row) => (isPublic(row) ? "let in" : "not_authenticated"),
  },
  {
    who: "a made-up session",
    make: async () => ({ cookie: `usher_session=${"x".repeat(43)}` }),
    expected: (row) => (isPublic(row) ? "let in" : "not_authenticated"),
  },
  {
    who: "an owner's token with the scope",
    make: (admin, row) => admin.token("owner", scopesOf(row)),
    expected: (row) => (row.isSessionOnly ? "session_required" : "let in"),
  },
  {
    who: "an owner's token with every other scope",
    make: (admin, row) =>
      admin.token(
        "owner",
        SCOPES.filter((scope) => scope !== row.scope),
      ),
    expected(row) {
      if (row.isSessionOnly) return "session_required";
      return row.scope === "none" ? "let in" : "scope_missing";
    },
  },
  {
    who: "a viewer's token with every scope",
    make: (admin) => admin.token("viewer"),
    expected: (row) => (row.isSessionOnly ? "session_required" : ofRole("viewer")(row)),
  },
  {
    who: "an operator's token with every scope",
    make: (admin) => admin.token("operator"),
    expected: (row) => (row.isSessionOnly ? "session_required" : ofRole("operator")(row)),
  },
  {
    who: "an owner's token that has expired",
    make: (admin) => admin.token("owner", SCOPES, new Date(admin.clock.nowMs - 1).toISOString()),
    expected: (row) => (isPublic(row) ? "let in" : "token_expired"),
  },
  {
    who: "a made-up token",
    make: async () => ({ authorization: `Bearer usher_${"x".repeat(43)}` }),
    expected: (row) => (isPublic(row) ? "let in" : "token_invalid"),
  },
  {
    who: "a made-up token beside an owner's session",
    make: async (admin) => ({
      ...(await admin.operator("owner")),
      authorization: `Bearer usher_${"x".repeat(43)}`,
    }),
    expected: (row) => (isPublic(row) ? "let in" : "token_invalid"),
  },
  {
    who: "the command line on this machine",
    make: async (admin) => admin.localCaller,
    expected: (row) => (row.isSessionOnly ? "session_required" : "let in"),
  },
];

describe("who may do what", () => {
  let admin: AdminHarness;
  beforeAll(async () => {
    admin = await openAdmin();
  });
  afterAll(() => admin.close());

  test.each(KINDS)(
    "$who",
    async ({ make, expected }) => {
      for (const row of ROWS) {
        const as = await make(admin, row);
        // Empty, so that whoever is let in has nothing done.
        const answer = await admin.ask(`${row.method} ${row.path}`, changes(row) ? { as, body: {} } : { as });
        const code = answer.status >= 400 ? codeOf(answer) : "let in";
        const outcome = REFUSALS.includes(code) ? code : "let in";
        expect([row.route, outcome]).toEqual([row.route, expected(row)]);
      }
    },
    30_000,
  );

  test.each([
    ["from another machine", { address: "192.0.2.7" }, {}],
    ["from nobody knows where", { address: null }, {}],
    ["through a proxy on this machine", {}, { "x-forwarded-for": "192.0.2.7" }],
    ["through a proxy that says so otherwise", {}, { forwarded: "for=192.0.2.7" }],
  ])("the command line's token %s", async (_, from, headers) => {
    const answer = await admin.ask("GET /session", { as: admin.localCaller, from, headers });
    expect([answer.status, codeOf(answer)]).toEqual([401, "token_invalid"]);
  });

  test("the command line within its own process", async () => {
    const answer = await admin.ask("GET /session", { from: { address: null, isInProcess: true } });
    expect(answer.body).toMatchObject({ principal: { kind: "local", role: "owner" } });
  });
});

function sorted<T extends { readonly route: string }>(rows: readonly T[]): T[] {
  return rows.toSorted((a, b) => (a.route < b.route ? -1 : 1));
}
