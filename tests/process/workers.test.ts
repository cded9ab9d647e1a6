import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Admin } from "../support/admin.ts";
import { Api } from "../support/api.ts";
import { newDataDir } from "../support/apps.ts";
import {
  runUsher,
  type StartServerOptions,
  startServer,
  TEST_APP,
  type TestServer,
} from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { eventually } from "../support/time-limit.ts";

setDefaultTimeout(60_000);

let dataDir: string;
let server: TestServer | undefined;

beforeEach(async () => {
  dataDir = await newDataDir();
});

afterEach(async () => {
  server?.signal("SIGTERM");
  await server?.exited;
  server = undefined;
  rmSync(dataDir, { recursive: true, force: true });
});

test("two workers share a port, and each has its own name, its own health and metrics, and the same apps", async () => {
  server = await start(2);
  const [first, second] = await listening(server, 2);
  expect([first?.port, second?.port]).toEqual([server.port, server.port]);
  expect(first?.opsPort).not.toBe(second?.opsPort);

  const sockets = await crowd(server, 60);
  const held = await Promise.all([first, second].map((worker) => connectionsOf(worker?.opsPort ?? 0)));
  expect(held.reduce((sum, count) => sum + count)).toBe(60);
  // The system deals them out by a hash of the address: all to one is less likely than a fault.
  for (const count of held) expect(count).toBeGreaterThan(5);
  for (let time = 0; time < 10; time++) {
    expect((await new Api(`http://127.0.0.1:${server.port}`, TEST_APP).get("/channels")).status).toBe(200);
  }
  for (const socket of sockets) socket.close();
});

test("the command line on this machine is known to whichever worker it reaches, and sees both", async () => {
  server = await start(2);
  await listening(server, 2);
  const admin = new Admin(() => ({ dataDir }));
  for (let time = 0; time < 10; time++) {
    const { items } = await admin.done("GET", "/nodes");
    expect(items).toMatchObject([
      { name: expect.stringMatching(/#1$/), worker: { index: 1, of: 2 }, is_live: true },
      { name: expect.stringMatching(/#2$/), worker: { index: 2, of: 2 }, is_live: true },
    ]);
  }
});

test("a worker that dies is replaced, under its name, while the other goes on", async () => {
  server = await start(2);
  const [, second] = await listening(server, 2);
  process.kill(second?.pid ?? 0, "SIGKILL");
  const all = await listening(server, 3);
  expect(all[2]).toMatchObject({ worker: 2, port: server.port });
  expect(server.output()).toContain("a worker ended; another one starts in its place");
  const admin = new Admin(() => ({ dataDir }));
  await eventually(
    () => admin.done("GET", "/nodes"),
    ({ items }: { items: { name: string; is_live: boolean }[] }) =>
      items.length === 2 && items.every(({ is_live }) => is_live),
  );
});

test("SIGTERM has every worker send its clients away, and ends with 0 and without a trace", async () => {
  server = await start(2);
  await listening(server, 2);
  const sockets = await crowd(server, 20);
  server.signal("SIGTERM");
  for (const socket of sockets) expect((await socket.ended()).code).toBe(4200);
  expect(await server.exited).toBe(0);
  expect(existsSync(join(dataDir, "local.json"))).toBe(false);
});

test("a second signal ends all of them at once, whoever is still connected", async () => {
  server = await start(2, { USHER_DRAIN_DELAY_SECONDS: "600" });
  const workers = await listening(server, 2);
  server.signal("SIGTERM");
  await eventually(
    async () => server?.output().match(/the others are sent away/g)?.length,
    (count) => count === 2,
  );
  server.signal("SIGTERM");
  expect(await server.exited).toBe(130);
  await eventually(
    async () => workers.filter(({ pid }) => isRunning(pid)),
    (running) => running.length === 0,
  );
});

test("workers whose parent was killed stop as if they had been told to", async () => {
  server = await start(2);
  const workers = await listening(server, 2);
  const [socket] = await crowd(server, 1);
  server.signal("SIGKILL");
  expect((await socket?.ended())?.code).toBe(4200);
  await eventually(
    async () => workers.filter(({ pid }) => isRunning(pid)),
    (running) => running.length === 0,
  );
});

test("nobody shares the port by accident, and a worker that cannot start ends all with its reason", async () => {
  server = await start(2);
  const taken = { USHER_PORT: String(server.port) };
  await expect(start(2, { ...taken, USHER_DATA_DIR: join(dataDir, "other") })).rejects.toThrow("is in use");
  const newcomer = await runUsher(["serve"], { dataDir: join(dataDir, ".."), env: taken });
  expect([newcomer.code, newcomer.stderr]).toEqual([69, expect.stringContaining("is in use")]);
  await expect(start(2, { USHER_OPS_PORT: String(server.opsPort) })).rejects.toThrow("ended with code");
});

test("more than one worker needs Redis, and auto is one without it", async () => {
  const refused = await runUsher(["serve", "--workers", "2"], { dataDir });
  expect(refused.code).toBe(78);
  expect(refused.stderr).toContain("--workers: workers: 2 processes hear each other through Redis alone");
  server = await startServer({ dataDir, args: ["--workers", "auto"] });
  expect((await new Admin(() => ({ dataDir })).done("GET", "/nodes")).items).toMatchObject([
    { worker: null },
  ]);
});

function start(workers: number, env: StartServerOptions["env"] = {}): Promise<TestServer> {
  const program = join(import.meta.dir, "serve-without-redis.ts");
  return startServer({ dataDir, program, env: { WORKERS: String(workers), ...env } });
}

interface Listening {
  readonly worker: number;
  readonly pid: number;
  readonly port: number;
  readonly opsPort: number;
}

/** What the workers logged when they listened, once so many have, in the order of their numbers at the first start. */
async function listening({ output }: TestServer, count: number): Promise<readonly Listening[]> {
  const lines = () =>
    output()
      .split("\n")
      .slice(0, -1)
      .filter((line) => line.includes('"msg":"listening"'))
      .map((line) => JSON.parse(line) as Listening);
  await eventually(
    async () => lines().length,
    (seen) => seen >= count && output().includes("all workers listen"),
    20_000,
  );
  return lines();
}

async function crowd({ port }: TestServer, size: number): Promise<TestSocket[]> {
  const url = `ws://127.0.0.1:${port}/app/${TEST_APP.key}?protocol=7`;
  const sockets = Array.from({ length: size }, () => new TestSocket(url, TEST_APP));
  await Promise.all(sockets.map((socket) => socket.established()));
  return sockets;
}

async function connectionsOf(opsPort: number): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text();
  return Number(/^usher_connections\{[^}]*\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
