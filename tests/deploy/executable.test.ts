import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Pusher from "pusher";
import PusherClient from "pusher-js";
import { startAuthEndpoint } from "../clients/auth-endpoint.ts";
import { eventOf, stateOf, subscribed } from "../clients/events.ts";
import { hasPostgres, sharedPostgres } from "../support/postgres.ts";
import { hasRedis, startRedis } from "../support/redis.ts";
import { report, seconds } from "../support/report.ts";
import { TEST_APP } from "../support/server.ts";
import { eventually } from "../support/time-limit.ts";
import { buildExecutable, type Executable } from "./executable.ts";
import { startUsher, type UsherProcess } from "./usher-process.ts";

setDefaultTimeout(120_000);

describe("the single-file executable, in an empty folder", () => {
  let executable: Executable;
  let folder: string;
  const servers: UsherProcess[] = [];

  beforeAll(async () => {
    executable = await buildExecutable();
    folder = mkdtempSync(join(tmpdir(), "usher-empty-"));
    report(
      `executable: ${(executable.bytes / 1e6).toFixed(1)} MB, built in ${seconds(executable.buildSeconds * 1000)}`,
    );
  });
  afterAll(async () => {
    await executable?.remove();
    if (folder) rmSync(folder, { recursive: true });
  });

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.signal("SIGKILL");
      await server.exited;
    }
  });

  /** With nothing around it: no PATH that leads to Bun or Node, no home. */
  async function start(env: Readonly<Record<string, string>> = {}): Promise<UsherProcess> {
    const server = await startUsher([executable.path], { cwd: folder, env });
    servers.push(server);
    return server;
  }

  async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const child = Bun.spawn([executable.path, ...args], { cwd: folder, env, stdout: "pipe", stderr: "pipe" });
    const [out, errors] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    return { code: await child.exited, out, errors };
  }

  test("says its version", async () => {
    const { version } = await Bun.file(join(import.meta.dir, "../../packages/cli/package.json")).json();
    expect(await run(["--version"])).toEqual({ code: 0, out: `${version}\n`, errors: "" });
  });

  test("reads no .env and no bunfig.toml where it is started", async () => {
    await Bun.write(join(folder, ".env"), "USHER_PORT=not-a-port\n");
    await Bun.write(join(folder, "bunfig.toml"), 'preload = ["./nowhere.ts"]\n');
    expect(await run(["config", "check"])).toMatchObject({ code: 0 });
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
  });

  test("serves stock clients, the dashboard and the command line, and ends with 0 at SIGTERM", async () => {
    const server = await start({ USHER_DATA_DIR: join(folder, "data") });
    const endpoint = startAuthEndpoint(TEST_APP);
    const client = new PusherClient(TEST_APP.key, {
      cluster: "",
      wsHost: server.host,
      wsPort: server.port,
      forceTLS: false,
      enabledTransports: ["ws"],
      channelAuthorization: { endpoint: endpoint.channelUrl, transport: "ajax" },
    });
    try {
      const channel = client.subscribe("private-orders");
      await subscribed(channel);
      const shipped = eventOf(channel, "shipped");
      const { id: appId, key, secret } = TEST_APP;
      const sdk = new Pusher({
        appId,
        key,
        secret,
        host: server.host,
        port: String(server.port),
        useTLS: false,
      });
      expect((await sdk.trigger("private-orders", "shipped", { order: 42 })).status).toBe(200);
      expect(await shipped).toEqual({ order: 42 });

      const page = await (await fetch(`${server.url}/dashboard`)).text();
      const [script] = /\/dashboard\/assets\/[^"]+\.js/.exec(page) ?? [];
      const code = await fetch(`${server.url}${script}`, { headers: { "accept-encoding": "br" } });
      expect(code.headers.get("content-encoding")).toBe("br");
      expect((await code.text()).length).toBeGreaterThan(100_000);

      const env = { USHER_DATA_DIR: join(folder, "data") };
      expect((await run(["apps", "list"], env)).out).toContain(TEST_APP.id);
      expect(await run(["health", "--url", server.opsUrl])).toEqual({ code: 0, out: "ready\n", errors: "" });

      const away = stateOf(client, "connecting");
      server.signal("SIGTERM");
      await away;
      expect(await server.exited).toBe(0);
      expect(await run(["health", "--url", server.opsUrl])).toMatchObject({ code: 1 });
      // Without a server the command opens the database itself, through the same file.
      expect((await run(["apps", "list"], env)).out).toContain(TEST_APP.id);
    } finally {
      client.disconnect();
      await endpoint.stop();
    }
  });

  test("has the first page of development in it", async () => {
    const server = await start({ USHER_ENV: "development" });
    const page = await (await fetch(server.url)).text();
    const [library = ""] = /[^"]*pusher\.min\.js/.exec(page) ?? [];
    expect(await (await fetch(new URL(library, server.url))).text()).toContain("pusher.min.js.LICENSE.txt");
    server.signal("SIGTERM");
    expect(await server.exited).toBe(0);
  });

  test.skipIf(!hasRedis)(
    "has the client of Redis in it, and starts itself again for each worker",
    async () => {
      const redis = await startRedis();
      const dataDir = join(folder, "workers");
      const server = await start({ USHER_REDIS_URL: redis.url, USHER_WORKERS: "2", USHER_DATA_DIR: dataDir });
      expect(await run(["health", "--url", server.opsUrl])).toMatchObject({ code: 0 });
      const env = { USHER_DATA_DIR: dataDir };
      const nodes = await eventually(
        async () => (await run(["nodes", "list"], env)).out,
        (out) => out.includes("#2"),
      );
      expect(nodes).toContain("#1");
      server.signal("SIGTERM");
      expect(await server.exited).toBe(0);
      await redis.remove();
    },
  );

  test.skipIf(!hasPostgres)("has the client of PostgreSQL in it", async () => {
    const database = await (await sharedPostgres()).createDatabase();
    const env = { USHER_DATABASE_URL: database.url, USHER_DATA_DIR: join(folder, "postgres") };
    const server = await start(env);
    const { code, out, errors } = await run(["apps", "list"], env);
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(out).toContain(TEST_APP.id);
    server.signal("SIGTERM");
    expect(await server.exited).toBe(0);
    await database.drop();
  });
});
