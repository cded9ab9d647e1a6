import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { hasPostgres, sharedPostgres } from "../support/postgres.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { WebhookReceiver } from "../support/webhook-receiver.ts";

setDefaultTimeout(120_000);

describe.skipIf(!hasPostgres)("two servers on one PostgreSQL", () => {
  let receiver: WebhookReceiver;
  let servers: readonly [TestServer, TestServer];
  let drop: () => Promise<void>;

  beforeEach(async () => {
    const database = await (await sharedPostgres()).createDatabase();
    drop = database.drop;
    receiver = new WebhookReceiver();
    const env = {
      USHER_DATABASE_URL: database.url,
      USHER_MASTER_KEY: randomBytes(32).toString("hex"),
      USHER_WEBHOOK_URL: receiver.url,
      USHER_WEBHOOK_ALLOW_PRIVATE: "1",
    };
    const settings = { client_events: true };
    const first = await startServer({ env, settings });
    servers = [first, await startServer({ env, settings })];
  });

  afterEach(async () => {
    for (const server of servers) server.signal("SIGKILL");
    await Promise.all(servers.map(({ exited }) => exited));
    await receiver.stop();
    await drop();
  });

  async function join({ host, port }: TestServer, channel: string): Promise<TestSocket> {
    const socket = new TestSocket(`ws://${host}:${port}/app/${TEST_APP.key}?protocol=7`, TEST_APP);
    await socket.established();
    await socket.join(channel);
    return socket;
  }

  test("one of them sends, whichever server it happens on, and the other goes on when that one dies", async () => {
    const [first, second] = servers;
    const senders = [await join(first, "private-first"), await join(second, "private-second")];
    const channels = ["private-first", "private-second"] as const;
    for (let number = 0; number < 10; number++) {
      for (const [index, socket] of senders.entries()) {
        socket.send({ event: `client-${number}`, channel: channels[index], data: {} });
      }
    }
    const sent = await receiver.eventsOf(({ name }) => name === "client_event", 20);
    for (const channel of channels) {
      const ofChannel = sent.filter((event) => event.channel === channel);
      expect(ofChannel.map(({ event }) => event)).toEqual(
        Array.from({ length: 10 }, (_, number) => `client-${number}`),
      );
    }
    expect(receiver.received.filter(({ events }) => events[0]?.name === "client_event")).toHaveLength(20);

    // The one that was started first took the lease.
    first.signal("SIGKILL");
    await first.exited;
    senders[1]?.send({ event: "client-after", channel: "private-second", data: {} });
    await receiver.eventsOf(({ event }) => event === "client-after", 1, 30_000);
    // What the dead one had told is taken back by the other.
    await receiver.eventsOf(
      ({ name, channel }) => name === "channel_vacated" && channel === "private-first",
      1,
      60_000,
    );
    const ofSecond = receiver.events.filter(({ channel }) => channel === "private-second");
    expect(ofSecond.filter(({ name }) => name === "channel_vacated")).toEqual([]);
  });
});
