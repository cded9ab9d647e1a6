import { afterAll, beforeAll, expect, spyOn, test } from "bun:test";
import { ADMIN_ROUTES } from "./routes.ts";
import { type AdminHarness, codeOf, openAdmin } from "./testing/admin-harness.ts";
import { documentOf, type OpenApiDocument } from "./testing/checked-admin-api.ts";

let admin: AdminHarness;
let document: OpenApiDocument;

beforeAll(async () => {
  admin = await openAdmin();
  document = await documentOf(admin.api);
});
afterAll(() => admin.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

test("the document is of version 3.1 and has every route once", () => {
  expect(document.openapi).toBe("3.1.0");
  const documented = operations().map(({ path, method }) => `${method} ${path}`);
  const registered = ADMIN_ROUTES.map(({ spec }) => `${spec.method} /admin/v1${spec.path}`);
  expect(documented.sort()).toEqual(registered.sort());
});

test("operation ids are unique", () => {
  const ids = operations().map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test("every reference leads somewhere, and every schema is referred to", () => {
  const references = new Set(
    Array.from(JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g), ([, to]) => to),
  );
  const schemas = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
  expect([...references].sort()).toEqual(schemas.sort());
});

test("every parameter in a path is described, and nothing but what the path has", () => {
  for (const { path, operation } of operations()) {
    const { parameters = [] } = operation as {
      parameters?: { name: string; in: string; required?: boolean }[];
    };
    const described = parameters.filter((parameter) => parameter.in === "path");
    expect([path, described.map(({ name }) => `{${name}}`)]).toEqual([path, path.match(/\{\w+\}/g) ?? []]);
    expect(described.every(({ required }) => required)).toBe(true);
  }
});

test("every answer is described, and every operation says how to get in", () => {
  const schemes = Object.keys((document.components as { securitySchemes?: object }).securitySchemes ?? {});
  for (const { operation } of operations()) {
    const { responses, security, operationId } = operation;
    expect(Object.keys(responses).length).toBeGreaterThan(1);
    for (const { description } of Object.values(responses)) expect(description).not.toBe("");
    for (const scheme of security) expect(schemes).toContain(Object.keys(scheme)[0] ?? "");
    const spec = ADMIN_ROUTES.find((route) => route.spec.operationId === operationId)?.spec;
    expect([operationId, security.length > 0]).toEqual<unknown>([operationId, spec?.access !== "public"]);
  }
});

test("every operation in the document exists on the running server", async () => {
  for (const { path, method } of operations()) {
    const route = path.replace("/admin/v1", "").replaceAll(/\{\w+\}/g, "nothing");
    const isRead = method === "get";
    const answer = await admin.ask(`${method.toUpperCase()} ${route}`, {
      as: admin.localCaller,
      ...(isRead ? {} : { body: {} }),
    });
    const code = answer.status >= 400 ? codeOf(answer) : "";
    expect([route, code]).not.toEqual([route, "route_not_found"]);
    expect([route, code]).not.toEqual([route, "method_not_allowed"]);
  }
});

test("it can be fetched by anybody, and is JSON", async () => {
  const answer = await admin.ask("GET /openapi.json");
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
  expect(answer.body).toEqual(document);
});

test("it is encoded once, since anybody may ask for it as often as they like", async () => {
  const stringify = spyOn(JSON, "stringify");
  const request = new Request("http://usher.test/admin/v1/openapi.json");
  const response = await admin.api(request, { address: null, isTls: false });
  const large = stringify.mock.results.filter(({ value }) => String(value).length > 100_000);
  stringify.mockRestore();
  expect(large).toEqual([]);
  expect((await response.text()).length).toBeGreaterThan(100_000);
});
