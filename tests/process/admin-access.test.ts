import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  type OpenApiDocument,
  requireDocumented,
} from "../../packages/server/src/admin/testing/checked-admin-api.ts";
import { newDataDir } from "../support/apps.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { eventually } from "../support/time-limit.ts";

setDefaultTimeout(60_000);

let dataDir: string;
let server: TestServer;

beforeEach(async () => {
  dataDir = await newDataDir();
  server = await startServer({ dataDir });
});

afterEach(async () => {
  server.signal("SIGKILL");
  await server.exited;
  rmSync(dataDir, { recursive: true });
});

interface LocalFile {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
}

function localFile(): LocalFile {
  return JSON.parse(readFileSync(join(dataDir, "local.json"), "utf8")) as LocalFile;
}

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${server.port}/admin/v1${path}`, init);
}

function withToken({ token }: LocalFile): RequestInit {
  return { headers: { authorization: `Bearer ${token}` } };
}

function post(path: string, body: object): Promise<Response> {
  return ask(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** The token of the one-time link that the server prints once it listens. */
function printedToken(): Promise<string> {
  return eventually(
    async () => setupToken() ?? "",
    (token) => token !== "",
  );
}

function setupToken(): string | undefined {
  return /\/dashboard\/setup#token=([\w-]+)/.exec(server.output())?.[1];
}

const ADA = { email: "ada@example.com", name: "Ada", password: "correct horse battery" };

test("a running server leaves the way in for its own machine, and takes it along when it stops", async () => {
  const local = localFile();
  expect(local).toMatchObject({ url: `http://127.0.0.1:${server.port}`, pid: server.pid });
  expect(statSync(join(dataDir, "local.json")).mode & 0o777).toBe(0o600);
  const me = await ask("/session", withToken(local));
  expect(await me.json()).toMatchObject({ principal: { kind: "local", role: "owner" } });
  expect(server.output()).not.toContain(local.token);
  expect(await server.stop()).toBe(0);
  expect(existsSync(join(dataDir, "local.json"))).toBe(false);
});

test("kill -9 leaves it behind, and the next start puts its own in its place", async () => {
  const former = localFile();
  server.signal("SIGKILL");
  await server.exited;
  expect(localFile()).toEqual(former);
  server = await startServer({ dataDir });
  const local = localFile();
  expect(local.token).not.toBe(former.token);
  expect(local.pid).toBe(server.pid);
  expect((await ask("/session", withToken(local))).status).toBe(200);
  expect((await ask("/session", withToken(former))).status).toBe(401);
});

test("the first start prints a link that makes an owner; sessions outlast a restart, which prints none", async () => {
  const first = await printedToken();
  server.signal("SIGKILL");
  await server.exited;
  server = await startServer({ dataDir });
  const second = await printedToken();
  expect(second).toMatch(/^[\w-]{43}$/);
  expect(second).not.toBe(first);

  const answer = await post("/setup", { ...ADA, token: second });
  expect(answer.status).toBe(201);
  const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
  expect((await post("/setup", { ...ADA, email: "eve@example.com", token: first })).status).toBe(409);
  expect(server.output()).not.toContain(ADA.password);
  expect(server.output()).not.toContain(cookie.split("=")[1] ?? cookie);

  expect(await server.stop()).toBe(0);
  server = await startServer({ dataDir });
  const me = await ask("/session", { headers: { cookie } });
  expect(await me.json()).toMatchObject({ principal: { email: "ada@example.com", role: "owner" } });
  await server.stop();
  expect(server.output()).toContain("Usher is up at");
  expect(setupToken()).toBeUndefined();
});

test("the admin API is beside the HTTP API on its port, and a page prefix moves both", async () => {
  expect(await server.stop()).toBe(0);
  server = await startServer({ dataDir, env: { USHER_PATH_PREFIX: "/realtime" } });
  expect((await ask("/setup")).status).toBe(404);
  const local = localFile();
  expect(local.url).toBe(`http://127.0.0.1:${server.port}/realtime`);
  const setup = await fetch(`${local.url}/admin/v1/setup`);
  expect(await setup.json()).toMatchObject({ needed: true, version: expect.any(String) });
});

test("every route of the document answers on the running server as the document says", async () => {
  const local = localFile();
  const document = (await (await ask("/openapi.json")).json()) as OpenApiDocument;
  const operations = Object.entries(document.paths).flatMap(([template, methods]) =>
    Object.keys(methods).map((method) => ({ template, method })),
  );
  expect(operations.length).toBeGreaterThan(50);
  const known: Record<string, string> = { app_id: server.appId, key: server.key };
  const statuses = new Map<string, number>();
  for (const { template, method } of operations) {
    // What changes something is asked for an app that is not there, so that it has nothing to change.
    const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      method === "get" ? (known[name] ?? "nothing") : "nothing",
    );
    const request = new Request(`http://127.0.0.1:${server.port}${path}`, {
      method: method.toUpperCase(),
      headers: { authorization: `Bearer ${local.token}`, "content-type": "application/json" },
      ...(method === "get" ? {} : { body: "{}" }),
    });
    const response = await fetch(request, { redirect: "manual" });
    await requireDocumented(request, response, document);
    if (response.headers.get("content-type") === "text/event-stream") await response.body?.cancel();
    statuses.set(`${method} ${template}`, response.status);
  }
  const succeeded = [...statuses].filter(([name, status]) => name.startsWith("get ") && status === 200);
  expect(succeeded.length).toBeGreaterThan(15);
  expect([...statuses.values()].filter((status) => status === 405 || status >= 500)).toEqual([]);
});

test("behind a trusted proxy the client's address counts, and the local token is worth nothing through it", async () => {
  expect(await server.stop()).toBe(0);
  server = await startServer({ dataDir, env: { USHER_TRUST_PROXY: "true" } });
  const local = localFile();
  const answer = await ask("/tokens", {
    method: "POST",
    headers: { authorization: `Bearer ${local.token}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "x", role: "viewer", scopes: ["audit:read"], expires_in_seconds: null }),
  });
  const { value } = (await answer.json()) as { value: string };
  const forwarded = { "x-forwarded-for": "192.0.2.1, 198.51.100.7" };
  expect((await ask("/audit", { headers: { authorization: `Bearer ${value}`, ...forwarded } })).status).toBe(
    200,
  );
  const listed = await ask("/tokens", withToken(local));
  expect(await listed.json()).toMatchObject({ items: [{ used_from: "198.51.100.7" }] });
  const throughProxy = await ask("/session", {
    headers: { authorization: `Bearer ${local.token}`, ...forwarded },
  });
  expect(throughProxy.status).toBe(401);
});
