import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { newDataDir } from "../support/apps.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { eventually } from "../support/time-limit.ts";

setDefaultTimeout(60_000);

let server: TestServer;

async function start(env: Record<string, string>): Promise<void> {
  server = await startServer({ dataDir: await newDataDir(), env });
}

afterEach(async () => {
  server.signal("SIGKILL");
  await server.exited;
  rmSync(server.dataDir, { recursive: true });
});

async function statusOf(port: number, path: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
  await response.body?.cancel();
  return response.status;
}

const PATHS = ["/admin/v1/setup", "/admin/v1/openapi.json", "/admin/v1/apps", "/dashboard/", "/dashboard"];

test("admin = ops keeps the admin API and the dashboard off the clients' port", async () => {
  await start({ USHER_ADMIN: "ops", USHER_PUBLIC_URL: "https://ws.example.com" });
  const { port, opsPort } = server;
  for (const path of PATHS) expect([path, await statusOf(port, path)]).toEqual([path, 404]);
  expect(await statusOf(opsPort, "/admin/v1/setup")).toBe(200);
  expect(await statusOf(opsPort, "/dashboard/")).toBe(200);
  expect(await statusOf(opsPort, "/health/live")).toBe(200);

  const local = JSON.parse(readFileSync(join(server.dataDir, "local.json"), "utf8"));
  expect(local.url).toBe(`http://127.0.0.1:${opsPort}`);
  const authorization = `Bearer ${local.token}`;
  expect(await statusOf(opsPort, "/admin/v1/apps", { authorization })).toBe(200);
  // The address counts on this port too: whoever comes through a proxy is not at this machine.
  const forwarded = { authorization, "x-forwarded-for": "192.0.2.7" };
  expect(await statusOf(opsPort, "/admin/v1/apps", forwarded)).toBe(401);

  const output = await eventually(
    async () => server.output(),
    (text) => text.includes("#token="),
  );
  expect(output).toContain(`http://127.0.0.1:${opsPort}/dashboard/setup#token=`);
});

test("admin = off leaves neither anywhere, nor a way in on the machine", async () => {
  await start({ USHER_ADMIN: "off" });
  for (const port of [server.port, server.opsPort]) {
    for (const path of PATHS) expect([path, await statusOf(port, path)]).toEqual([path, 404]);
  }
  expect(existsSync(join(server.dataDir, "local.json"))).toBe(false);
  expect(await server.stop()).toBe(0);
  expect(server.output()).toContain("Usher is up at");
  expect(server.output()).not.toContain("#token=");
});

test("dashboard = false leaves the admin API alone", async () => {
  await start({ USHER_DASHBOARD: "false" });
  expect(await statusOf(server.port, "/dashboard/")).toBe(404);
  expect(await statusOf(server.port, "/admin/v1/setup")).toBe(200);
});
