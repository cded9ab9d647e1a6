import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import PusherServer from "pusher";
import type PusherClient from "pusher-js";
import NodePusher, { type Channel, type Options } from "pusher-js";
import { eventOf, record, subscribed } from "../../../tests/clients/events.ts";
import { TcpProxy } from "../../../tests/clients/tcp-proxy.ts";
import { startServer, type TestServer } from "../../../tests/support/server.ts";
import { batchedAuthorization, type ResumeOptions, resume } from "./index.ts";
import { type BatchEndpoint, createBatchEndpoint, MASTER_KEY } from "./testing/batch-endpoint.ts";
import { OLDEST_BUILD, STOCK_BUILDS, WORKER_BUILD } from "./testing/stock-builds.ts";

const TIMEOUT_MS = 30_000;
const MOST_KEPT = 20;
const SETTINGS = { client_events: true, history_prefixes: ["*"], history_events: MOST_KEPT };

let server: TestServer;
let proxy: TcpProxy;
let endpoint: BatchEndpoint;
let site: Bun.Server<undefined>;
let sdk: PusherServer;
const open: PusherClient[] = [];
let channels = 0;

beforeAll(async () => {
  server = await startServer({ settings: SETTINGS });
  proxy = await TcpProxy.start(server.port);
  sdk = sdkFor(server);
}, TIMEOUT_MS);

beforeEach(() => {
  endpoint = createBatchEndpoint({ id: server.appId, key: server.key, secret: server.secret });
  site = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: (request) => endpoint.fetch(request) });
});

afterEach(async () => {
  for (const client of open.splice(0)) client.disconnect();
  await site.stop(true);
});

afterAll(async () => {
  proxy.stop();
  await server.stop();
}, TIMEOUT_MS);

function sdkFor({ appId, key, secret, host, port }: TestServer): PusherServer {
  return new PusherServer({
    appId,
    key,
    secret,
    host,
    port: String(port),
    useTLS: false,
    encryptionMasterKeyBase64: MASTER_KEY,
  });
}

function start(
  Pusher: typeof NodePusher,
  { to = proxy, userId = "ann", ...options }: Partial<Options> & { to?: TcpProxy; userId?: string } = {},
  resuming: ResumeOptions | null = {},
): PusherClient {
  const client = new Pusher(server.key, {
    cluster: "",
    wsHost: to.host,
    wsPort: to.port,
    forceTLS: false,
    enabledTransports: ["ws", "wss"],
    channelAuthorization: batchedAuthorization({
      endpoint: `http://127.0.0.1:${site.port}/auth`,
      params: { user_id: userId },
      Pusher,
    }),
    ...options,
  });
  open.push(client);
  if (resuming) resume(client, resuming);
  return client;
}

/** A channel that nobody has used before. */
function fresh(prefix: string): string {
  return `${prefix}${process.pid}-${++channels}`;
}

async function publish(channel: string, ...numbers: number[]): Promise<void> {
  for (const n of numbers) await sdk.trigger(channel, "n", n);
}

/** The numbers that a channel was sent, and its gaps. */
function heard(channel: Channel): unknown[] {
  const seen: unknown[] = [];
  channel.bind("n", (data: unknown) => seen.push(data));
  channel.bind("usher:gap", ({ reason }: { reason: string }) => seen.push(reason));
  return seen;
}

/** Resolves once a channel has been sent this number. */
function number(channel: Channel, n: number): Promise<void> {
  return new Promise((resolve) => {
    channel.bind("n", (data: unknown) => {
      if (data === n) resolve();
    });
  });
}

/** Cuts everybody off and publishes before they are back. */
async function missing(client: PusherClient, channel: Channel, ...numbers: number[]): Promise<void> {
  const joined = eventOf(channel, "pusher:subscription_succeeded");
  const last = numbers.at(-1);
  proxy.cut();
  await publish(channel.name, ...numbers);
  await joined;
  expect(client.connection.state).toBe("connected");
  expect(last).toBeDefined();
}

describe.each(STOCK_BUILDS)("pusher-js %s", (build, Pusher) => {
  // pusher-js 7 gives a transport up for good that was cut off twice within minutes.
  const mostCuts = build.startsWith("7") ? 1 : 2;

  test.each(["public-", "private-", "presence-", "cache-", "private-cache-", "presence-cache-"])(
    "gets on a %s channel what it missed, in order, once, and before what is new",
    async (prefix) => {
      const name = fresh(prefix);
      const client = start(Pusher);
      const channel = client.subscribe(name);
      const seen = heard(channel);
      await subscribed(channel);
      const first = number(channel, 2);
      await publish(name, 1, 2);
      await first;
      await missing(client, channel, 3, 4, 5);
      const last = number(channel, 6);
      await publish(name, 6);
      await last;
      expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    },
    TIMEOUT_MS,
  );

  test(
    "gets nothing twice when it missed nothing, however often it is cut off",
    async () => {
      const name = fresh("private-cache-");
      const client = start(Pusher);
      const channel = client.subscribe(name);
      const seen = heard(channel);
      await subscribed(channel);
      const first = number(channel, 1);
      await publish(name, 1);
      await first;
      for (let cut = 0; cut < mostCuts; cut++) {
        const joined = eventOf(channel, "pusher:subscription_succeeded");
        proxy.cut();
        await joined;
      }
      const last = number(channel, 2);
      await publish(name, 2);
      await last;
      expect(seen).toEqual([1, 2]);
    },
    TIMEOUT_MS,
  );

  test(
    "is told of a gap when it missed more than is kept, and goes on from there",
    async () => {
      const name = fresh("private-");
      const client = start(Pusher);
      const channel = client.subscribe(name);
      const seen = heard(channel);
      await subscribed(channel);
      const gap = eventOf(channel, "usher:gap");
      await missing(client, channel, ...Array.from({ length: MOST_KEPT + 1 }, (_, n) => n));
      expect(await gap).toEqual({ reason: "too_many" });
      if (mostCuts > 1) await missing(client, channel, 100);
      else await publish(name, 100);
      const last = number(channel, 101);
      await publish(name, 101);
      await last;
      expect(seen).toEqual(["too_many", 100, 101]);
    },
    TIMEOUT_MS,
  );

  test(
    "is not sent its own client event when it comes back",
    async () => {
      const name = fresh("private-");
      const [ann, bob] = [start(Pusher), start(NodePusher, { userId: "bob" })];
      const [annsChannel, bobsChannel] = [ann.subscribe(name), bob.subscribe(name)];
      await Promise.all([subscribed(annsChannel), subscribed(bobsChannel)]);
      const events = record(annsChannel);
      const arrived = eventOf(bobsChannel, "client-typed");
      annsChannel.trigger("client-typed", { by: "ann" });
      await arrived;
      const seen = heard(annsChannel);
      await missing(ann, annsChannel, 1);
      const last = number(annsChannel, 2);
      await publish(name, 2);
      await last;
      expect(seen).toEqual([1, 2]);
      expect(events).toEqual([
        ["n", 1],
        ["n", 2],
      ]);
    },
    TIMEOUT_MS,
  );

  test(
    "begins anew on a channel that it had left",
    async () => {
      const name = fresh("public-");
      const client = start(Pusher);
      await subscribed(client.subscribe(name));
      client.unsubscribe(name);
      // Frames keep their order, so the server has let go of the one channel once it has taken up the other.
      await subscribed(client.subscribe(fresh("public-")));
      await publish(name, 1);
      const channel = client.subscribe(name);
      const seen = heard(channel);
      await subscribed(channel);
      const last = number(channel, 2);
      await publish(name, 2);
      await last;
      expect(seen).toEqual([2]);
    },
    TIMEOUT_MS,
  );
});

test(
  "an encrypted channel opens what it missed",
  async () => {
    const client = start(WORKER_BUILD);
    const channel = client.subscribe(fresh("private-encrypted-"));
    const seen = heard(channel);
    await subscribed(channel);
    await missing(client, channel, 1, 2);
    const last = number(channel, 3);
    await publish(channel.name, 3);
    await last;
    expect(seen).toEqual([1, 2, 3]);
  },
  TIMEOUT_MS,
);

test(
  "an encrypted channel hears of a gap",
  async () => {
    const client = start(WORKER_BUILD);
    const channel = client.subscribe(fresh("private-encrypted-"));
    await subscribed(channel);
    const gap = eventOf(channel, "usher:gap");
    await missing(client, channel, ...Array.from({ length: MOST_KEPT + 1 }, (_, n) => n));
    expect(await gap).toEqual({ reason: "too_many" });
  },
  TIMEOUT_MS,
);

test(
  "after a restart of the server every channel hears of a gap, once",
  async () => {
    const other = await startServer({ settings: SETTINGS });
    const between = await TcpProxy.start(server.port);
    try {
      const client = start(NodePusher, { to: between });
      const channel = client.subscribe(fresh("private-"));
      const seen = heard(channel);
      await subscribed(channel);
      const gap = eventOf(channel, "usher:gap");
      between.retarget(other.port);
      between.cut();
      expect(await gap).toEqual({ reason: "epoch_changed" });
      const joined = eventOf(channel, "pusher:subscription_succeeded");
      between.cut();
      await joined;
      const last = number(channel, 1);
      await sdkFor(other).trigger(channel.name, "n", 1);
      await last;
      expect(seen).toEqual(["epoch_changed", 1]);
    } finally {
      between.stop();
      await other.stop();
    }
  },
  TIMEOUT_MS,
);

test(
  "a client without the plug-in, on the same channel, is sent not a byte more",
  async () => {
    const name = fresh("private-cache-");
    const plain = start(NodePusher, {}, null);
    const frames: unknown[] = [];
    plain.connection.bind("message", (frame: unknown) => frames.push(frame));
    const resuming = start(NodePusher);
    const [plainChannel, resumingChannel] = [plain.subscribe(name), resuming.subscribe(name)];
    await Promise.all([subscribed(plainChannel), subscribed(resumingChannel)]);
    const last = number(plainChannel, 1);
    await publish(name, 1);
    await last;
    expect(frames).toEqual([
      { event: "pusher_internal:subscription_succeeded", channel: name, data: {} },
      { event: "pusher:cache_miss", channel: name, data: {} },
      { event: "n", channel: name, data: 1 },
    ]);
  },
  TIMEOUT_MS,
);

test("its parameter is what both major versions have", () => {
  const clients: Parameters<typeof resume>[0][] = [start(NodePusher), start(OLDEST_BUILD)];
  expect(clients).toHaveLength(2);
});
