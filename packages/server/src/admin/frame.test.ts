import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "@hono/zod-openapi";
import pino from "pino";
import { StoreError } from "../store/store-error.ts";
import { type AdminApiOptions, adminApi } from "./admin-api.ts";
import { type AdminRoute, adminRoute, type RouteSpec } from "./route.ts";
import { type AdminHarness, codeOf, openAdmin } from "./testing/admin-harness.ts";

describe("requests", () => {
  let admin: AdminHarness;
  beforeAll(async () => {
    admin = await openAdmin();
  });
  afterAll(() => admin.close());

  const post = (body: BodyInit | null, headers: Record<string, string> = {}) =>
    admin.api(
      new Request("http://usher.test/admin/v1/tokens", {
        method: "POST",
        body,
        headers: { ...admin.localCaller, ...headers },
      }),
      { address: "127.0.0.1", isTls: false },
    );
  const JSON_TYPE = { "content-type": "application/json" };

  test("name each field that is wrong, unknown ones among them", async () => {
    const body = { name: "", role: "king", scopes: ["apps:read"], expires_in_seconds: null, extra: 1 };
    const answer = await admin.ask("POST /tokens", { as: admin.localCaller, body });
    expect([answer.status, codeOf(answer)]).toEqual([400, "invalid_request"]);
    const { fields } = (answer.body as { error: { fields: { field: string }[] } }).error;
    expect(fields.map(({ field }) => field).sort()).toEqual(["body.extra", "body.name", "body.role"]);
    const query = await admin.ask("GET /tokens?limit=0&limits=1", { as: admin.localCaller });
    expect(query.body).toMatchObject({
      error: { fields: [{ field: "query.limit" }, { field: "query.limits" }] },
    });
  });

  test.each([
    ["that is not JSON", "{", JSON_TYPE, 400, "malformed_json"],
    ["that is empty", "", JSON_TYPE, 400, "malformed_json"],
    ["that is no object", "[]", JSON_TYPE, 400, "invalid_request"],
    ["of another type", "{}", { "content-type": "text/plain" }, 415, "unsupported_media_type"],
    [
      "of a form",
      "a=1",
      { "content-type": "application/x-www-form-urlencoded" },
      415,
      "unsupported_media_type",
    ],
    ["of no type", new Uint8Array([123, 125]), {}, 415, "unsupported_media_type"],
    ["that is missing", null, {}, 400, "invalid_request"],
    ["that is too large", JSON.stringify("x".repeat(70_000)), JSON_TYPE, 413, "body_too_large"],
  ] as const)("with a body %s are refused", async (_, body, headers, status, code) => {
    const response = await post(body, headers);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code } });
  });

  test("with a NUL character anywhere are refused, and the field is named", async () => {
    const body = { name: "a\0b", role: "viewer", scopes: ["apps:read"], expires_in_seconds: null };
    const settings = { apps: [{ id: "1", settings: { allowed_origins: ["https://a\0"] }, keys: [] }] };
    for (const [request, given, field] of [
      ["POST /tokens", body, "body.name"],
      ["POST /import", settings, "body.apps.0.settings.allowed_origins.0"],
      ["GET /audit?action=a%00b", undefined, "query.action"],
      ["GET /apps/a%00b", undefined, "path.app_id"],
    ] as const) {
      const answer = await admin.ask(request, { as: admin.localCaller, body: given });
      expect([request, answer.status, codeOf(answer)]).toEqual([request, 400, "invalid_request"]);
      expect(answer.body).toMatchObject({ error: { fields: [{ field }] } });
    }
  });

  test("with an event to pass on may have NUL characters in it", async () => {
    const body = { name: "e", data: "a\0b", channels: ["c"] };
    const answer = await admin.ask("POST /apps/nothing/events", { as: admin.localCaller, body });
    expect(codeOf(answer)).toBe("app_not_found");
  });

  test("with a body that does not say how large it is are cut off at the limit", async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 16_384;
        controller.enqueue(new Uint8Array(16_384).fill(32));
      },
    });
    const response = await post(endless, { ...JSON_TYPE, "transfer-encoding": "chunked" });
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(200_000);
  });

  test("of somebody who may not are refused before their body is looked at", async () => {
    const answer = await admin.ask("POST /tokens", {
      body: "x".repeat(70_000),
      headers: { "content-type": "text/plain" },
    });
    expect([answer.status, codeOf(answer)]).toEqual([401, "not_authenticated"]);
    expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="usher"');
  });

  test.each([
    ["GET /nothing", 404, "route_not_found", null],
    ["GET /session/", 404, "route_not_found", null],
    ["PUT /session", 405, "method_not_allowed", "POST, GET, HEAD, DELETE"],
    ["OPTIONS /session", 405, "method_not_allowed", "POST, GET, HEAD, DELETE"],
    ["PATCH /tokens/x", 405, "method_not_allowed", "DELETE"],
  ])("%s answers %d %s", async (request, status, code, allow) => {
    const answer = await admin.ask(request, { headers: { origin: "https://elsewhere.example" } });
    expect([answer.status, codeOf(answer), answer.headers.get("allow")]).toEqual([status, code, allow]);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("are answered with headers that keep answers out of caches, frames and other sites", async () => {
    for (const request of ["GET /session", "GET /nothing"]) {
      const { headers } = await admin.ask(request, { as: admin.localCaller });
      expect(Object.fromEntries(headers)).toMatchObject({
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "content-type": "application/json",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
      });
    }
  });

  test("are found below a path prefix, and only there", async () => {
    const prefixed = await openAdmin({ pathPrefix: "/realtime" });
    expect((await prefixed.ask("GET /setup")).status).toBe(200);
    const response = await prefixed.api(new Request("http://usher.test/admin/v1/setup"), {
      address: null,
      isTls: false,
    });
    expect(response.status).toBe(404);
    await prefixed.close();
  });

  test.each([
    ["a page of this server", { origin: "http://usher.test", "sec-fetch-site": "same-origin" }, true],
    ["a page that a proxy serves by https", { origin: "https://usher.test" }, true],
    ["a page at the public address", { origin: "https://ws.example.com" }, true],
    ["a page on another port", { origin: "http://usher.test:8080" }, false],
    ["a page of a sibling", { origin: "http://usher.test", "sec-fetch-site": "same-site" }, false],
    ["a page without an origin", { origin: "null" }, false],
  ])("that change something are taken from %s: %j %p", async (_, headers, isTaken) => {
    const published = await openAdmin({ publicHosts: ["ws.example.com"] });
    const answer = await published.ask("DELETE /session", {
      as: await published.operator("viewer"),
      headers: headers as Record<string, string>,
    });
    expect(answer.status).toBe(isTaken ? 204 : 403);
    await published.close();
  });
});

describe("faults", () => {
  const SPEC = {
    method: "get",
    path: "/broken",
    operationId: "broken",
    tag: "Test",
    summary: "Break",
    access: "public",
    answers: { 200: { about: "Never", body: z.object({ shown: z.string() }) } },
  } as const satisfies RouteSpec;

  async function answerOf(route: AdminRoute) {
    const logged: Record<string, unknown>[] = [];
    const log = pino({ base: null }, { write: (line: string) => logged.push(JSON.parse(line)) });
    const api = adminApi({ ...NOTHING, log }, [route]);
    const response = await api(new Request("http://usher.test/admin/v1/broken"), {
      address: null,
      isTls: false,
    });
    return { status: response.status, text: await response.text(), logged };
  }

  test("of ours are told by an id alone, under which the log has the rest", async () => {
    const { status, text, logged } = await answerOf(
      adminRoute(SPEC).answeredBy(async () => {
        throw new Error("the inner workings");
      }),
    );
    expect(status).toBe(500);
    expect(text).not.toContain("inner workings");
    const id = /\(([\w-]{36})\)/.exec(text)?.[1];
    expect(logged).toMatchObject([{ errorId: id, err: { message: "the inner workings" } }]);
  });

  test("of the database are told as such, without its words", async () => {
    const { status, text, logged } = await answerOf(
      adminRoute(SPEC).answeredBy(async () => {
        throw new StoreError("disk_full", "there is no space left for /secret/place");
      }),
    );
    expect([status, JSON.parse(text).error.code]).toEqual([503, "store_unavailable"]);
    expect(text).not.toContain("/secret/place");
    expect(logged).toMatchObject([{ err: { code: "disk_full" } }]);
  });

  test("of a route that answers with more than it documents do not get out", async () => {
    const body = { shown: "yes", secret: "no" };
    const { status, text } = await answerOf(adminRoute(SPEC).answeredBy(async () => ({ status: 200, body })));
    expect([status, JSON.parse(text)]).toEqual([200, { shown: "yes" }]);
  });
});

describe("a route cannot be registered", () => {
  const SOUND: RouteSpec = {
    method: "post",
    path: "/things/{thing_id}",
    operationId: "makeThing",
    tag: "Test",
    summary: "Make a thing",
    access: { role: "viewer", scope: null },
    params: z.object({ thing_id: z.string() }),
    answers: { 204: { about: "Made" } },
  };
  const register = (spec: object) => () =>
    adminApi(NOTHING, [{ spec: spec as RouteSpec, handle: async () => ({ status: 204 }) }]);

  test.each([
    ["that does not say who may use it", { access: undefined }, "does not say who may use it"],
    [
      "with a role that nobody knows",
      { access: { role: "root", scope: null } },
      "does not say who may use it",
    ],
    ["with a role left out", { access: { scope: null } }, "does not say who may use it"],
    ["with a scope left out", { access: { role: "owner" } }, "does not say who may use it"],
    ["with a parameter that is not in its path", { path: "/things" }, "other parameters"],
    ["that lets unknown fields of a body pass", { body: z.object({ a: z.string() }) }, "unknown fields"],
    ["that lets unknown parameters pass", { query: z.object({ a: z.string() }) }, "unknown fields"],
    [
      "that lets unknown fields of one kind of body pass",
      { body: z.union([z.strictObject({}), z.object({})]) },
      "unknown fields",
    ],
  ])("%s", (_, change, problem) => {
    expect(register({ ...SOUND, ...change })).toThrow(problem);
  });

  test("and a sound one can", () => {
    expect(register(SOUND)).not.toThrow();
  });
});

/** For routes that use none of it. */
const NOTHING: AdminApiOptions = {
  store: { database: {} } as AdminApiOptions["store"],
  evidence: { useOf: async () => new Map() },
  live: undefined,
  log: pino({ enabled: false }),
  now: Date.now,
  pathPrefix: "",
  url: () => "http://usher.test",
  publicHosts: [],
  localToken: null,
  ownAddress: null,
  oidc: null,
};
