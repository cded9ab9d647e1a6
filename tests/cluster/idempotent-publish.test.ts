import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Api, type ApiResponse } from "../support/api.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { hasPostgres } from "../support/postgres.ts";
import { hasRedis } from "../support/redis.ts";
import { TEST_APP } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";

setDefaultTimeout(60_000);

describe.skipIf(!hasPostgres || !hasRedis)("one idempotency key on three nodes", () => {
  let cluster: TestCluster;
  let sockets: readonly TestSocket[];

  beforeAll(async () => {
    cluster = await startCluster(3, { settings: { history_prefixes: ["kept-"] } });
    sockets = await Promise.all(
      cluster.nodes.map(async ({ host, port }) => {
        const socket = new TestSocket(`ws://${host}:${port}/app/${TEST_APP.key}?protocol=7`, TEST_APP, {
          settle: cluster.settle,
        });
        await socket.established();
        for (const channel of CHANNELS) await socket.join(channel);
        return socket;
      }),
    );
  });

  afterAll(async () => {
    await Promise.all(sockets.map((socket) => socket.close()));
    await cluster.stop();
  });

  function send(key: string, body: object): Promise<ApiResponse[]> {
    const headers = { "idempotency-key": key };
    return Promise.all(
      cluster.nodes.map(({ host, port }) =>
        new Api(`http://${host}:${port}`, TEST_APP).send({ method: "POST", path: "/events", body, headers }),
      ),
    );
  }

  test.each(CHANNELS)(
    "%s: publishes at the same time are one, for clients of every node",
    async (channel) => {
      for (let n = 0; n < 10; n++) {
        const answers = await send(`${channel}-${n}`, { name: "n", data: String(n), channels: [channel] });
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
        for (const socket of sockets) expect((await socket.nextEvent("n")).data).toBe(String(n));
      }
      for (const socket of sockets) expect(await socket.framesBeforePong()).toEqual([]);
    },
  );

  test("with another body it is refused by all nodes but the one that was first", async () => {
    const [channel] = CHANNELS;
    const api = (index: number) => {
      const { host, port } = cluster.nodes[index] ?? { host: "", port: 0 };
      return new Api(`http://${host}:${port}`, TEST_APP);
    };
    const publish = (index: number, data: string) =>
      api(index).send({
        method: "POST",
        path: "/events",
        body: { name: "n", data, channels: [channel] },
        headers: { "idempotency-key": "one-key" },
      });
    expect((await publish(0, "first")).status).toBe(200);
    const refused = await publish(1, "second");
    expect(refused.status).toBe(409);
    expect(refused.text).toContain("idempotency_key_reused");
    for (const socket of sockets) expect((await socket.nextEvent("n")).data).toBe("first");
    for (const socket of sockets) expect(await socket.framesBeforePong()).toEqual([]);
  });
});

const CHANNELS = ["plain", "kept-for-later"] as const;
