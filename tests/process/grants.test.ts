import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { SYSTEM } from "../../packages/server/src/actor.ts";
import { Api } from "../support/api.ts";
import { newDataDir } from "../support/apps.ts";
import { expectClosed } from "../support/refusals.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import type { AppCredentials } from "../support/sign.ts";
import { TestSocket } from "../support/socket.ts";
import { eventually } from "../support/time-limit.ts";
import { withApps } from "../support/with-apps.ts";

setDefaultTimeout(60_000);

const NEXT: AppCredentials = { ...TEST_APP, secret: "the next secret" };
const OTHER: AppCredentials = { ...TEST_APP, key: "another-key", secret: "the secret of another key" };

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

test("a ban outlives kill -9, and a watermark too", async () => {
  await revoke({ user_id: "1", ban_seconds: 600 });
  await revoke({ channel: "private-a", not_before: true });
  server.signal("SIGKILL");
  await server.exited;
  server = await startServer({ dataDir });
  const ann = await connect();
  ann.sendSignIn({ id: "1" });
  await expectClosed(ann, 4009);
  // Every connection is younger than the watermark by now.
  await (await connect()).join("private-a");
  const list = (await withApps(dataDir, (apps) => apps.get(TEST_APP.id)))?.restrictions;
  expect(list?.map(({ kind }) => kind)).toEqual(["ban", "notBefore"]);
});

test("a secret that retires ends nothing: what it signed stays, and nothing new is accepted", async () => {
  const ann = await connect();
  await ann.join("private-a");
  await withApps(dataDir, async (apps) => {
    await apps.rotateSecret(NEXT.id, NEXT.key, { secret: NEXT.secret }, SYSTEM);
    await apps.activateSecret(NEXT.id, NEXT.key, { retireForSeconds: 0 }, SYSTEM);
  });
  await accepted(NEXT);
  const bob = await connect();
  bob.subscribe("private-a", { auth: bob.authFor("private-a") });
  await bob.nextEvent("pusher:subscription_error");
  await apiOf(NEXT).trigger({ name: "e", data: "x", channels: ["private-a"] });
  await ann.nextEvent("e");
});

test("a rotation that is cancelled ends nothing", async () => {
  await withApps(dataDir, (apps) => apps.rotateSecret(NEXT.id, NEXT.key, { secret: NEXT.secret }, SYSTEM));
  await accepted(NEXT);
  const ann = await connect();
  ann.subscribe("private-a", { auth: ann.authFor("private-a", undefined, NEXT) });
  await ann.nextEvent("pusher_internal:subscription_succeeded");
  await withApps(dataDir, (apps) => apps.cancelRotation(NEXT.id, NEXT.key, SYSTEM));
  await eventually(
    async () => (await apiOf(NEXT).get("/channels")).status,
    (status) => status === 401,
  );
  expect(await ann.framesBeforePong()).toEqual([]);
});

test("a key that is taken away ends what it signed for connections that came with another key", async () => {
  await withApps(dataDir, (apps) => apps.addKey(OTHER.id, { key: OTHER.key, secret: OTHER.secret }, SYSTEM));
  await accepted(OTHER);
  const [ann, bob] = [await connect(), await connect()];
  ann.subscribe("private-a", { auth: ann.authFor("private-a", undefined, OTHER) });
  await ann.nextEvent("pusher_internal:subscription_succeeded");
  await bob.join("private-a");
  await withApps(dataDir, (apps) => apps.removeKey(OTHER.id, OTHER.key, SYSTEM));
  await expectClosed(ann, 4200);
  expect(await bob.framesBeforePong()).toEqual([]);
});

test("a server that is stopped while connections wait for their turn closes all of them", async () => {
  const sockets = await Promise.all(Array.from({ length: 300 }, connect));
  await Promise.all(sockets.map((socket) => socket.join("private-a")));
  const { within_seconds } = await revoke({ channel: "private-a", not_before: true });
  expect(within_seconds).toBe(2);
  server.signal("SIGTERM");
  for (const socket of sockets) expect((await socket.ended()).code).toBe(4200);
  expect(await server.exited).toBe(0);
});

async function revoke(body: object): Promise<{ readonly within_seconds: number }> {
  const { status, text } = await apiOf(TEST_APP).post("/grants/revoke", body);
  if (status !== 200) throw new Error(`grants/revoke answered ${status}: ${text}`);
  return JSON.parse(text).ended;
}

/** Resolves once the server takes the credentials. */
async function accepted(app: AppCredentials): Promise<void> {
  await eventually(
    async () => (await apiOf(app).get("/channels")).status,
    (status) => status === 200,
  );
}

function apiOf(app: AppCredentials): Api {
  return new Api(`http://${server.host}:${server.port}`, app);
}

async function connect(): Promise<TestSocket> {
  const socket = new TestSocket(
    `ws://${server.host}:${server.port}/app/${TEST_APP.key}?protocol=7`,
    TEST_APP,
  );
  await socket.established();
  return socket;
}
