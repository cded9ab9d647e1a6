import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { hasPostgres, sharedPostgres } from "../support/postgres.ts";
import { hasRedis, startRedis, type TestRedis } from "../support/redis.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { WebhookReceiver } from "../support/webhook-receiver.ts";

setDefaultTimeout(150_000);

describe.skipIf(!hasPostgres || !hasRedis)("a cluster of three servers", () => {
  let redis: TestRedis;
  let receiver: WebhookReceiver;
  let servers: readonly TestServer[];
  let drop: () => Promise<void>;

  beforeEach(async () => {
    redis = await startRedis();
    const database = await (await sharedPostgres()).createDatabase();
    drop = database.drop;
    receiver = new WebhookReceiver();
    const env = {
      USHER_DATABASE_URL: database.url,
      USHER_REDIS_URL: redis.url,
      USHER_MASTER_KEY: randomBytes(32).toString("hex"),
      USHER_WEBHOOK_URL: receiver.url,
      USHER_WEBHOOK_ALLOW_PRIVATE: "1",
    };
    const first = await startServer({ env });
    servers = [first, ...(await Promise.all([startServer({ env }), startServer({ env })]))];
  });

  afterEach(async () => {
    for (const server of servers) server.signal("SIGKILL");
    await Promise.all(servers.map(({ exited }) => exited));
    await receiver.stop();
    await redis.remove();
    await drop();
  });

  async function join(server: number, channel: string, userId?: string): Promise<TestSocket> {
    const { host, port } = servers[server] as TestServer;
    const socket = new TestSocket(`ws://${host}:${port}/app/${TEST_APP.key}?protocol=7`, TEST_APP);
    await socket.established();
    await socket.join(channel, userId === undefined ? undefined : { user_id: userId });
    return socket;
  }

  const told = () =>
    receiver.events.map(({ name, channel, user_id: userId }) =>
      [name, channel, userId].filter((part) => part !== undefined).join(" "),
    );

  test("tells once who comes and who leaves, whichever of them it happens on", async () => {
    const first = await join(0, "presence-room", "1");
    const second = await join(1, "presence-room", "1");
    const third = await join(2, "presence-room", "2");
    await receiver.eventsOf(() => true, 3);
    first.close();
    third.close();
    await receiver.eventsOf(({ name }) => name === "member_removed", 1);
    // One goes from server to server, each time away for a moment.
    let last = second;
    for (const server of [2, 0, 1]) {
      last.close();
      last = await join(server, "presence-room", "1");
    }
    last.close();
    await receiver.eventsOf(({ name }) => name === "channel_vacated", 1, 60_000);
    expect(told()).toEqual([
      "channel_occupied presence-room",
      "member_added presence-room 1",
      "member_added presence-room 2",
      "member_removed presence-room 2",
      "member_removed presence-room 1",
      "channel_vacated presence-room",
    ]);
  });

  test("tells what left with a server that was killed, and nothing of what is elsewhere", async () => {
    await join(0, "presence-room", "1");
    await join(1, "presence-room", "2");
    await join(0, "presence-gone", "1");
    const leaving = await join(0, "presence-late", "1");
    await receiver.eventsOf(() => true, 7);
    leaving.close();
    servers[0]?.signal("SIGKILL");
    await receiver.eventsOf(({ name }) => name === "channel_vacated", 2, 100_000);
    await receiver.eventsOf(({ name }) => name === "member_removed", 3, 100_000);
    expect(told().slice(7).toSorted()).toEqual([
      "channel_vacated presence-gone",
      "channel_vacated presence-late",
      "member_removed presence-gone 1",
      "member_removed presence-late 1",
      "member_removed presence-room 1",
    ]);
  });
});
