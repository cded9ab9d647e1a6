import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { Api } from "../support/api.ts";
import { createApp, newDataDir } from "../support/apps.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { type AppCredentials, channelAuth, hmacHex, userAuth } from "../support/sign.ts";
import { TestSocket } from "../support/socket.ts";
import { eventually } from "../support/time-limit.ts";

setDefaultTimeout(60_000);

const SECOND: AppCredentials = { id: "78", key: "second-key", secret: "a-secret-of-the-second-app" };

let dataDir: string;
let server: TestServer;

beforeAll(async () => {
  dataDir = await newDataDir();
  const settings = { client_events: true, watchlist_events: true };
  server = await startServer({ dataDir, settings, env: { USHER_LOG_LEVEL: "trace" } });
  await createApp(dataDir, SECOND);
  await eventually(
    async () => (await apiOf(SECOND).get("/channels")).status,
    (status) => status === 200,
  );
});

afterAll(() => rmSync(dataDir, { recursive: true }));

test("a server in production writes no secret and no signature that would pass, whatever it is asked", async () => {
  const socket = new TestSocket(
    `ws://${server.host}:${server.port}/app/${TEST_APP.key}?protocol=7`,
    TEST_APP,
  );
  await socket.established();
  const passing = [...(await goodSession(socket)), ...(await badSession(socket))];
  await socket.close();
  expect(await server.stop()).toBe(0);

  const output = server.output();
  // Silence means something only when the session left its traces.
  for (const code of ["signature_mismatch", "http_auth_signature_mismatch", "signin_signature_mismatch"]) {
    expect(output).toContain(`"code":"${code}"`);
  }
  const leaked = [TEST_APP.secret, SECOND.secret, ...passing].filter((text) => output.includes(text));
  expect(leaked).toEqual([]);
});

/** Does what honest clients and servers do, and returns every signature that was used. */
async function goodSession(socket: TestSocket): Promise<string[]> {
  const member = JSON.stringify({ user_id: "1" });
  const user = JSON.stringify({ id: "1", watchlist: ["2"] });
  await socket.join("private-a");
  await socket.join("presence-a", member);
  await socket.signIn(user);
  await socket.framesBeforePong();
  socket.send({ event: "client-x", channel: "private-a", data: {} });
  const target = apiOf(TEST_APP).target({ path: "/channels" });
  expect((await fetch(urlOf(target))).status).toBe(200);
  await apiOf(SECOND).trigger({ name: "e", data: "{}", channels: ["a"] });
  return [
    digestOf(channelAuth(TEST_APP, socket.socketId, "private-a")),
    digestOf(channelAuth(TEST_APP, socket.socketId, "presence-a", member)),
    digestOf(userAuth(TEST_APP, socket.socketId, user)),
    digestOf(target.replace("auth_signature=", ":")),
  ];
}

/** Does the same with wrong secrets and worse, and returns the signatures that would have been right. */
async function badSession(socket: TestSocket): Promise<string[]> {
  const { socketId } = socket;
  socket.subscribe("private-b", { auth: `${TEST_APP.key}:${"0".repeat(64)}` });
  socket.subscribe("private-b", { auth: channelAuth(SECOND, socketId, "private-b") });
  socket.subscribe("presence-b", { auth: "x:y", channel_data: "{" });
  socket.send({ event: "pusher:signin", data: { auth: `${TEST_APP.key}:0`, user_data: '{"id":"1"}' } });
  socket.sendText("not JSON");
  await socket.framesBeforePong();

  const wrong: AppCredentials = { ...TEST_APP, secret: "wrong" };
  const timestamp = String(Math.floor(Date.now() / 1000));
  const request = { path: "/channels", auth: { auth_timestamp: timestamp } };
  expect((await fetch(urlOf(apiOf(wrong).target(request)))).status).toBe(401);
  expect((await apiOf({ ...SECOND, id: TEST_APP.id }).get("/channels")).status).toBe(401);
  expect((await fetch(urlOf(`/apps/${TEST_APP.id}/channels`))).status).toBe(401);
  expect((await fetch(urlOf(`/${TEST_APP.key}`))).status).toBe(404);
  return [
    digestOf(channelAuth(TEST_APP, socketId, "private-b")),
    digestOf(userAuth(TEST_APP, socketId, '{"id":"1"}')),
    digestOf(apiOf(TEST_APP).target(request).replace("auth_signature=", ":")),
    hmacHex(TEST_APP.secret, `${socketId}:presence-b:{`),
  ];
}

function apiOf(app: AppCredentials): Api {
  return new Api(`http://${server.host}:${server.port}`, app);
}

function urlOf(target: string): string {
  return `http://${server.host}:${server.port}${target}`;
}

/** The signature in `key:signature`, or at the end of a signed address. */
function digestOf(text: string): string {
  const digest = /:([0-9a-f]{64})$/.exec(text)?.[1];
  if (digest === undefined) throw new Error(`no signature in ${text}`);
  return digest;
}
