import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Api } from "../support/api.ts";
import { createApp } from "../support/apps.ts";
import {
  hasPostgres,
  sharedPostgres,
  startPostgres,
  type TestPostgres,
  type TestPostgresDatabase,
} from "../support/postgres.ts";
import { report, seconds } from "../support/report.ts";
import { runUsher, startServer, type TestServer } from "../support/server.ts";
import type { AppCredentials } from "../support/sign.ts";
import { TestSocket } from "../support/socket.ts";
import { eventually } from "../support/time-limit.ts";

setDefaultTimeout(60_000);

const CHAT: AppCredentials = { id: "77", key: "chat-key", secret: "chat-secret" };
const MASTER_KEY = "0f".repeat(32);

let folder: string;
const servers: TestServer[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "usher-test-"));
});

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.signal("SIGKILL");
    await server.exited;
  }
  rmSync(folder, { recursive: true });
});

/** A server with a data folder of its own, as on a machine of its own. */
async function start(databaseUrl: string): Promise<TestServer> {
  const dataDir = mkdtempSync(join(folder, "node-"));
  const env = { USHER_DATABASE_URL: databaseUrl, USHER_MASTER_KEY: MASTER_KEY };
  const server = await startServer({ dataDir, env });
  servers.push(server);
  return server;
}

/** On a machine without a server: straight to the database. */
function createAppIn(databaseUrl: string, app: AppCredentials): Promise<void> {
  const env = { USHER_DATABASE_URL: databaseUrl, USHER_MASTER_KEY: MASTER_KEY };
  return createApp(mkdtempSync(join(folder, "cli-")), app, { client_events: true }, env);
}

/** The status of a signed request for the app's channels: 200 where the server knows the app. */
async function statusOn(server: TestServer, app: AppCredentials): Promise<number> {
  return (await new Api(`http://${server.host}:${server.port}`, app).get("/channels")).status;
}

async function servesWithin(server: TestServer, app: AppCredentials, sinceMs: number): Promise<number> {
  await eventually(
    () => statusOn(server, app),
    (status) => status === 200,
  );
  return performance.now() - sinceMs;
}

describe.skipIf(!hasPostgres)("a server with its apps in PostgreSQL", () => {
  let database: TestPostgresDatabase;

  beforeEach(async () => {
    database = await (await sharedPostgres()).createDatabase();
  });

  afterEach(() => database.drop());

  test("kill -9 loses no app, and the data folder holds no database", async () => {
    const server = await start(database.url);
    await createAppIn(database.url, CHAT);
    await servesWithin(server, CHAT, performance.now());
    expect(readdirSync(server.dataDir).filter((name) => name.startsWith("usher.db"))).toEqual([]);

    server.signal("SIGKILL");
    expect(await server.exited).toBe(137);
    const next = await start(database.url);
    expect(await statusOn(next, CHAT)).toBe(200);
    expect(await statusOn(next, { id: next.appId, key: next.key, secret: next.secret })).toBe(200);
  });

  test("two servers that start together on an empty database share it, and both see a change within a second", async () => {
    const [one, other] = await Promise.all([start(database.url), start(database.url)]);
    await createAppIn(database.url, CHAT);
    const createdAt = performance.now();
    const took = await Promise.all([
      servesWithin(one, CHAT, createdAt),
      servesWithin(other, CHAT, createdAt),
    ]);
    report(`an app in PostgreSQL was served by two servers after ${took.map(seconds).join(" and ")}`);
    for (const ms of took) expect(ms).toBeLessThan(1_000);
    expect(await one.stop()).toBe(0);
    expect(await other.stop()).toBe(0);
  });

  test("of two processes that make the same app at the same time, one is told that it is there already", async () => {
    await start(database.url);
    const made = await Promise.allSettled([createAppIn(database.url, CHAT), createAppIn(database.url, CHAT)]);
    const refused = made.flatMap((outcome) =>
      outcome.status === "rejected" ? [String(outcome.reason)] : [],
    );
    expect(refused).toHaveLength(1);
    expect(refused[0]).toContain("there is an app with the id 77 already");
  });

  test("apps move there from the embedded database with their secrets, by export and import", async () => {
    const dataDir = mkdtempSync(join(folder, "embedded-"));
    await createApp(dataDir, CHAT);
    const exported = await runUsher(["apps", "export", "--secrets"], { dataDir });
    const file = join(folder, "apps.json");
    writeFileSync(file, exported.stdout);
    const env = { USHER_DATABASE_URL: database.url, USHER_MASTER_KEY: MASTER_KEY };
    const imported = await runUsher(["apps", "import", file], {
      dataDir: mkdtempSync(join(folder, "cli-")),
      env,
    });
    expect([exported.code, imported.code, imported.stderr]).toEqual([0, 0, ""]);
    expect(await statusOn(await start(database.url), CHAT)).toBe(200);
  });

  test("a server with another master key is refused, with what to do", async () => {
    await start(database.url);
    const { code, stderr } = await runUsher(["serve"], {
      dataDir: mkdtempSync(join(folder, "node-")),
      env: { USHER_DATABASE_URL: database.url, USHER_MASTER_KEY: "1e".repeat(32) },
    });
    expect(code).not.toBe(0);
    expect(stderr).toContain("master key");
  });
});

describe.skipIf(!hasPostgres)("a server whose database goes away", () => {
  let postgres: TestPostgres;
  let database: TestPostgresDatabase;

  beforeEach(async () => {
    postgres = await startPostgres();
    database = await postgres.createDatabase();
  });

  afterEach(() => postgres.remove());

  test("goes on with the apps it knows, says so once, and takes up changes when it is back", async () => {
    const server = await start(database.url);
    await createAppIn(database.url, CHAT);
    await servesWithin(server, CHAT, performance.now());
    const ann = await connect(server);

    await postgres.kill();
    await eventually(
      async () => complaints(server),
      (lines) => lines.length > 0,
    );
    const bob = await connect(server);
    for (const socket of [ann, bob]) await socket.join("private-a");
    ann.send({ event: "client-x", channel: "private-a", data: "still here" });
    expect(await bob.next()).toMatchObject({ event: "client-x", data: "still here" });
    expect(await statusOn(server, CHAT)).toBe(200);

    await postgres.start();
    const other = { id: "78", key: "other-key", secret: "other-secret" };
    await createAppIn(database.url, other);
    const tookMs = await servesWithin(server, other, performance.now());
    expect(tookMs).toBeLessThan(1_000);
    expect(complaints(server)).toHaveLength(1);
    expect(await server.stop()).toBe(0);
  });

  test("cannot start without it: exit code 69, with the address and without the password", async () => {
    await postgres.kill();
    const url = database.url.replace("postgres@", "ann:pass-word@");
    const { code, stdout, stderr } = await runUsher(["serve"], {
      dataDir: folder,
      env: { USHER_DATABASE_URL: url },
    });
    expect([code, stdout]).toEqual([69, ""]);
    const lines = stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(`127.0.0.1:${postgres.port}`);
    expect(lines[1]).toContain("database_url");
    expect(stderr).not.toContain("pass-word");
    expect(readdirSync(folder)).toEqual([]);
  });

  async function connect(server: TestServer): Promise<TestSocket> {
    const url = `ws://${server.host}:${server.port}/app/${CHAT.key}?protocol=7`;
    const socket = new TestSocket(url, CHAT);
    await socket.established();
    return socket;
  }

  /** The lines of the log in which the server says that it cannot read its apps. */
  function complaints(server: TestServer): string[] {
    return server
      .output()
      .split("\n")
      .filter((line) => line.includes("cannot read the app store"));
  }
});
