import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import NodePusher from "pusher-js";
import { type AuthEndpoint, startAuthEndpoint } from "../clients/auth-endpoint.ts";
import { Clients } from "../clients/clients.ts";
import { eventOf } from "../clients/events.ts";
import { Admin } from "../support/admin.ts";
import { Api } from "../support/api.ts";
import { newDataDir } from "../support/apps.ts";
import { Balancer, isReady } from "../support/balancer.ts";
import { metricsOf, sumOf } from "../support/metrics.ts";
import { hasPostgres, sharedPostgres } from "../support/postgres.ts";
import { report, seconds } from "../support/report.ts";
import { runUsher, startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { eventually } from "../support/time-limit.ts";

setDefaultTimeout(60_000);

interface Node {
  readonly id: string;
  readonly name: string;
  readonly is_draining: boolean;
  readonly connections: number;
}

describe.each(["SQLite", ...(hasPostgres ? ["PostgreSQL"] : [])])("two servers on one %s", (kind) => {
  let dataDir: string;
  let dropDatabase: () => Promise<void>;
  let leaving: TestServer;
  let staying: TestServer;
  let balancer: Balancer;
  let endpoint: AuthEndpoint;
  let clients: Clients;
  /** Asks the server that stays, which was started last. */
  let admin: Admin;
  let env: Record<string, string>;

  beforeEach(async () => {
    dataDir = await newDataDir();
    env = {};
    dropDatabase = async () => {};
    if (kind === "PostgreSQL") {
      const database = await (await sharedPostgres()).createDatabase();
      env = { USHER_DATABASE_URL: database.url };
      dropDatabase = () => database.drop();
    }
    leaving = await startServer({ dataDir, env });
    staying = await startServer({ dataDir, env });
    balancer = await Balancer.start([leaving, staying]);
    endpoint = startAuthEndpoint(TEST_APP);
    clients = new Clients(
      TEST_APP,
      () => balancer,
      () => endpoint,
    );
    admin = new Admin(() => ({ dataDir }));
  });

  afterEach(async () => {
    clients.end();
    balancer.stop();
    await endpoint.stop();
    await Promise.all([leaving.stop(), staying.stop()]);
    await dropDatabase();
    rmSync(dataDir, { recursive: true });
  });

  test("one is drained through the other: its clients move there with their channels, and it is put back", async () => {
    const crowd = await Promise.all(Array.from({ length: 20 }, () => clients.connect(NodePusher)));
    const channels = crowd.map((client) => client.subscribe("private-room"));
    await Promise.all(channels.map((channel) => eventOf(channel, "pusher:subscription_succeeded")));
    const moving = await connectionsOf(leaving);
    expect(moving).toBe(10);

    const before = new Map(crowd.map((client) => [client, client.connection.socket_id]));
    const node = await nodeOf(leaving);
    const startedAtMs = performance.now();
    await admin.done("POST", `/nodes/${node.id}/drain`);
    await eventually(
      () => nodeOf(leaving),
      ({ is_draining, connections }) => is_draining && connections === 0,
    );
    // By then each of them has read what the server told it.
    await eventually(
      async () => crowd.filter((client) => client.connection.socket_id !== before.get(client)).length,
      (count) => count === moving && channels.every(({ subscribed }) => subscribed),
    );
    expect(await connectionsOf(staying)).toBe(crowd.length);
    report(
      `${kind}: ${moving} clients had moved ${seconds(performance.now() - startedAtMs)} after the order`,
    );
    expect([await isReady(leaving), await isReady(staying)]).toEqual([false, true]);
    const heard = channels.map((channel) => eventOf(channel, "after"));
    await new Api(`http://127.0.0.1:${staying.port}`, TEST_APP).trigger({
      name: "after",
      channels: ["private-room"],
      data: "{}",
    });
    await Promise.all(heard);

    // A client that knows the server by its own address is told to come back later, and the HTTP API goes on.
    const stray = new TestSocket(`ws://127.0.0.1:${leaving.port}/app/${TEST_APP.key}?protocol=7`, TEST_APP);
    expect((await stray.ended()).code).toBe(4100);
    expect((await new Api(`http://127.0.0.1:${leaving.port}`, TEST_APP).get("/channels")).status).toBe(200);

    await admin.done("POST", `/nodes/${node.id}/resume`);
    await eventually(
      () => isReady(leaving),
      (ready) => ready,
    );
    const returned = new TestSocket(
      `ws://127.0.0.1:${leaving.port}/app/${TEST_APP.key}?protocol=7`,
      TEST_APP,
    );
    await returned.established();
    returned.close();
  });

  test("the command line drains one by its name, waits for its end, and puts it back", async () => {
    const { name } = await nodeOf(leaving);
    const usher = (...args: string[]) => runUsher(["nodes", ...args], { dataDir, env });
    const socket = new TestSocket(`ws://127.0.0.1:${leaving.port}/app/${TEST_APP.key}?protocol=7`, TEST_APP);
    await socket.established();
    const refused = await usher("drain", name);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("Give --yes")]);
    const drained = await usher("drain", name, "--wait", "--yes");
    expect([drained.code, drained.stdout]).toEqual([0, expect.stringContaining(`${name} is drained`)]);
    expect((await socket.ended()).code).toBe(4200);
    expect((await usher()).stdout).toMatch(new RegExp(`${name} .* drained `));
    const resumed = await usher("resume", name, "--wait");
    expect([resumed.code, resumed.stdout]).toEqual([0, `${name} is in service\n`]);
    const { items } = await admin.done("GET", "/audit?limit=2");
    expect(items.map(({ action }: { action: string }) => action)).toEqual(["node.resume", "node.drain"]);
  });

  test("a drained server ends at SIGTERM as any other", async () => {
    await admin.done("POST", `/nodes/${(await nodeOf(leaving)).id}/drain`);
    await eventually(
      () => isReady(leaving),
      (ready) => !ready,
    );
    expect(await leaving.stop()).toBe(0);
    const { items } = await admin.done("GET", "/nodes");
    expect(items).toHaveLength(1);
  });

  async function nodeOf({ port }: TestServer): Promise<Node> {
    const { items } = (await admin.done("GET", "/nodes")) as { items: readonly Node[] };
    const node = items.find(({ name }) => name.endsWith(`:${port}`));
    if (!node) throw new Error(`no node listens on ${port}`);
    return node;
  }
});

async function connectionsOf(server: TestServer): Promise<number> {
  return sumOf(await metricsOf(server), "usher_connections");
}
