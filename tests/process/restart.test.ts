import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { Api } from "../support/api.ts";
import { createApp, newDataDir, setEnabled } from "../support/apps.ts";
import { report, seconds } from "../support/report.ts";
import { runUsher, startServer, type TestServer } from "../support/server.ts";
import type { AppCredentials } from "../support/sign.ts";
import { TestSocket } from "../support/socket.ts";
import { eventually } from "../support/time-limit.ts";

setDefaultTimeout(60_000);

const CHAT: AppCredentials = { id: "77", key: "chat-key", secret: "chat-secret" };

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

/** The status of a signed request for the app's channels: 200 where the server knows the app. */
async function statusOf(app: AppCredentials): Promise<number> {
  return (await new Api(`http://${server.host}:${server.port}`, app).get("/channels")).status;
}

function shown(): Promise<{ readonly stdout: string }> {
  return runUsher(["apps", "show", CHAT.id, "--json"], { dataDir });
}

test("kill -9 loses no app and no setting, and the next start serves them", async () => {
  await createApp(dataDir, CHAT, { client_events: true, presence_limits: { members: 7 } });
  await eventually(
    () => statusOf(CHAT),
    (status) => status === 200,
  );
  const before = (await shown()).stdout;
  expect(before).toContain('"members":7');

  server.signal("SIGKILL");
  expect(await server.exited).toBe(137);
  server = await startServer({ dataDir });

  expect((await shown()).stdout).toBe(before);
  expect(await statusOf(CHAT)).toBe(200);
  expect(await statusOf({ id: server.appId, key: server.key, secret: server.secret })).toBe(200);
  const [ann, bob] = [await connect(), await connect()];
  await ann.join("private-a");
  await bob.join("private-a");
  ann.send({ event: "client-x", channel: "private-a", data: "kept" });
  expect(await bob.next()).toEqual({ event: "client-x", channel: "private-a", data: "kept" });
});

test("kill -9 while apps are being created leaves each of them whole or not there", async () => {
  const ids = Array.from({ length: 8 }, (_, index) => String(100 + index));
  const created = ids.map((id) => createApp(dataDir, { id, key: `key-${id}`, secret: `secret-${id}` }));
  await Promise.race(created);
  server.signal("SIGKILL");
  await server.exited;
  await Promise.all(created);
  server = await startServer({ dataDir });
  for (const id of ids) expect(await statusOf({ id, key: `key-${id}`, secret: `secret-${id}` })).toBe(200);
});

test("a change through the command line takes effect on the running server within a second", async () => {
  expect(await statusOf(CHAT)).toBe(404);
  await createApp(dataDir, CHAT);
  const createdAtMs = performance.now();
  await eventually(
    () => statusOf(CHAT),
    (status) => status === 200,
  );
  const appearedMs = performance.now() - createdAtMs;

  const ann = await connect();
  setEnabled(dataDir, CHAT.id, false);
  const disabledAtMs = performance.now();
  expect(await ann.ended()).toMatchObject({ code: 4003 });
  const disabledMs = performance.now() - disabledAtMs;
  expect(await statusOf(CHAT)).toBe(403);

  report(
    `a new app was served after ${seconds(appearedMs)}, a disabled one was cut off after ${seconds(disabledMs)}`,
  );
  expect(appearedMs).toBeLessThan(1_000);
  expect(disabledMs).toBeLessThan(1_000);
});

async function connect(): Promise<TestSocket> {
  const socket = new TestSocket(`ws://${server.host}:${server.port}/app/${CHAT.key}?protocol=7`, CHAT);
  await socket.established();
  return socket;
}
