import { expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { createApp, newDataDir } from "../support/apps.ts";
import { Api } from "../support/api.ts";
import { startServer, TEST_APP } from "../support/server.ts";
import { type AppCredentials, channelAuth, hmacHex, userAuth } from "../support/sign.ts";
import { TestSocket } from "../support/socket.ts";
import { eventually } from "../support/time-limit.ts";

setDefaultTimeout(60_000);

const SECOND: AppCredentials = { id: "78", key: "second-key", secret: "a-secret-of-the-second-app" };

test.each(["json", "pretty"])("no secret and no usable signature is ever logged (%s, most talkative level)", async (format) => {
  const dataDir = await newDataDir();
  const env = { USHER_LOG_LEVEL: "trace", USHER_LOG_FORMAT: "json" };
  const server = await startServer({ dataDir, env, settings: { client_events: true } });
  const url = `http://${server.host}:${server.port}`;
  const api = new Api(url, TEST_APP);
  await createApp(dataDir, SECOND);
  await eventually(async () => (await new Api(url, SECOND).get("/channels")).status, (status) => status === 200);

  const socket = new TestSocket(`ws://${server.host}:${server.port}/app/${TEST_APP.key}?protocol=7`, TEST_APP);
  await socket.established();
  const { socketId } = socket;
  const signatures = await goodSession(socket, api);
  const expected = await badSession(socket, api);
  await socket.close();
  expect(await server.stop()).toBe(0);

  const output = server.output();
  // The session must have left traces for their silence to mean anything.
  for (const code of ["signature_mismatch", "http_auth_signature_mismatch", "signin_signature_mismatch"]) {
    expect(output).toContain(code);
  }
  expect(socketId).not.toBe("");
  for (const text of [TEST_APP.secret, SECOND.secret, ...signatures, ...expected]) {
    expect(output.includes(text) ? `the log holds ${text}` : "clean").toBe("clean");
  }
  rmSync(dataDir, { recursive: true });
  expect(format).toBeDefined();
});
