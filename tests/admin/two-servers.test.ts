import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { Admin } from "../support/admin.ts";
import { Api } from "../support/api.ts";
import { newDataDir } from "../support/apps.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";

setDefaultTimeout(30_000);

const PATH = `/apps/${TEST_APP.id}/keys/${TEST_APP.key}/secrets`;

let dataDir: string;
let servers: readonly [TestServer, TestServer];
/** Talks to the server that was started last. */
let admin: Admin;

beforeAll(async () => {
  dataDir = await newDataDir();
  const other = await startServer({ dataDir });
  servers = [other, await startServer({ dataDir })];
  admin = new Admin(() => ({ dataDir }));
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(dataDir, { recursive: true });
});

function statuses(secret: string): Promise<number[]> {
  return Promise.all(
    servers.map(async ({ host, port }) => {
      const api = new Api(`http://${host}:${port}`, { ...TEST_APP, secret });
      return (await api.get("/channels")).status;
    }),
  );
}

test("a step of a rotation is in effect on both servers of one database when it is answered", async () => {
  const rotated = await admin.done("POST", `${PATH}/rotate`, {});
  expect(rotated.applied).toEqual({ nodes: 2, of: 2 });
  expect(await statuses(rotated.secret)).toEqual([200, 200]);

  // Admitted by the server that is not asked.
  const [{ host, port }] = servers;
  const socket = new TestSocket(`ws://${host}:${port}/app/${TEST_APP.key}?protocol=7`, TEST_APP);
  await socket.established();
  await socket.join("private-a");

  await admin.done("POST", `${PATH}/activate`, { retire_for_seconds: 60 });
  expect(await statuses(TEST_APP.secret)).toEqual([200, 200]);
  const revoked = await admin.done("POST", `${PATH}/revoke`, { which: "retiring" });
  expect(revoked.applied).toEqual({ nodes: 2, of: 2 });
  expect(await statuses(TEST_APP.secret)).toEqual([401, 401]);
  expect(await statuses(rotated.secret)).toEqual([200, 200]);
  expect((await socket.ended()).code).toBe(4200);
});
