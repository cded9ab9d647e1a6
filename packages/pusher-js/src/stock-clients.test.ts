import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import Echo from "laravel-echo";
import PusherServer from "pusher";
import type PusherClient from "pusher-js";
import NodePusher, { type Channel, type Options } from "pusher-js";
import { eventOf, stateOf, subscribed } from "../../../tests/clients/events.ts";
import { TcpProxy } from "../../../tests/clients/tcp-proxy.ts";
import { startServer, type TestServer } from "../../../tests/support/server.ts";
import { type BatchedAuthorizationOptions, batchedAuthorization } from "./index.ts";
import { type BatchEndpoint, createBatchEndpoint, MASTER_KEY } from "./testing/batch-endpoint.ts";
import { STOCK_BUILDS, WORKER_BUILD } from "./testing/stock-builds.ts";

const TIMEOUT_MS = 30_000;

const FORTY = Array.from({ length: 40 }, (_, n) => `${n % 2 ? "presence" : "private"}-room-${n}`);

let server: TestServer;
let proxy: TcpProxy;
let endpoint: BatchEndpoint;
let site: Bun.Server<undefined>;
const open: PusherClient[] = [];

beforeAll(async () => {
  server = await startServer({ settings: { client_events: true } });
  proxy = await TcpProxy.start(server.port);
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

const batched = (more: Partial<BatchedAuthorizationOptions> = {}) =>
  batchedAuthorization({
    endpoint: `http://127.0.0.1:${site.port}/auth`,
    params: { user_id: "ann" },
    ...more,
  });

const address = () => ({
  cluster: "",
  wsHost: proxy.host,
  wsPort: proxy.port,
  forceTLS: false,
  enabledTransports: ["ws" as const, "wss" as const],
});

async function connect(Pusher: typeof NodePusher, options: Partial<Options>): Promise<PusherClient> {
  const client = new Pusher(server.key, { ...address(), ...options });
  open.push(client);
  await stateOf(client, "connected");
  return client;
}

const requested = () => endpoint.requests.map(({ channels }) => channels);
const refusal = (channel: Channel) => eventOf<Record<string, unknown>>(channel, "pusher:subscription_error");

describe.each(STOCK_BUILDS)("pusher-js %s", (_, Pusher) => {
  test(
    "joins forty channels with one request, and with one more after a lost connection",
    async () => {
      const client = await connect(Pusher, { channelAuthorization: batched({ Pusher }) });
      const channels = FORTY.map((name) => client.subscribe(name));
      await Promise.all(channels.map((channel) => subscribed(channel)));
      expect(requested()).toEqual([FORTY]);

      const joined = channels.map((channel) => eventOf(channel, "pusher:subscription_succeeded"));
      proxy.cut();
      await Promise.all(joined);
      expect(requested()).toEqual([FORTY, FORTY]);
      expect(endpoint.requests[1]?.form.get("socket_id")).toBe(client.connection.socket_id);
    },
    TIMEOUT_MS,
  );

  test(
    "does so for channels that were subscribed to before it was connected",
    async () => {
      const client = new Pusher(server.key, { ...address(), channelAuthorization: batched({ Pusher }) });
      open.push(client);
      await Promise.all(FORTY.map((name) => subscribed(client.subscribe(name))));
      expect(requested()).toEqual([FORTY]);
    },
    TIMEOUT_MS,
  );

  test("lets one channel be refused, with its status, while the others join", async () => {
    const client = await connect(Pusher, { channelAuthorization: batched({ Pusher }) });
    const refused = refusal(client.subscribe("private-forbidden"));
    await subscribed(client.subscribe("presence-open"));
    expect(await refused).toEqual({
      type: "AuthError",
      error: `private-forbidden: no "auth" from http://127.0.0.1:${site.port}/auth, status 403`,
      status: 403,
    });
    expect(endpoint.requests).toHaveLength(1);
  });

  test("shows the status in the text alone where the class is not known", async () => {
    const client = await connect(Pusher, { channelAuthorization: batched() });
    expect(await refusal(client.subscribe("presence-forbidden"))).toEqual({
      type: "AuthError",
      error: `presence-forbidden: no "auth" from http://127.0.0.1:${site.port}/auth, status 403`,
    });
  });

  test("knows its members", async () => {
    const client = await connect(Pusher, { channelAuthorization: batched({ Pusher }) });
    const members = await subscribed<{ me: unknown }>(client.subscribe("presence-open"));
    expect(members?.me).toEqual({ id: "ann", info: { name: "The name of ann" } });
  });

  test("takes the legacy option too, one request and the status included", async () => {
    const client = await connect(Pusher, { authorizer: batched().authorizer });
    const refused = refusal(client.subscribe("private-forbidden"));
    await Promise.all(FORTY.map((name) => subscribed(client.subscribe(name))));
    expect(await refused).toMatchObject({ status: 403 });
    expect(requested()).toEqual([["private-forbidden", ...FORTY]]);
  });

  test("is served by an endpoint that knows no batches, which is tried once", async () => {
    const client = await connect(Pusher, {
      channelAuthorization: batched({ endpoint: `http://127.0.0.1:${site.port}/single` }),
    });
    await Promise.all(FORTY.slice(0, 5).map((name) => subscribed(client.subscribe(name))));
    await subscribed(client.subscribe("private-later"));
    expect(endpoint.requests.map(({ isBatch }) => isBatch)).toEqual([true, ...Array(6).fill(false)]);
  });

  test.each([true, false])(
    "gets no answer that was meant for a connection before this one (class given: %p)",
    async (isGiven) => {
      const client = await connect(Pusher, { channelAuthorization: batched(isGiven ? { Pusher } : {}) });
      const firstAnswer = Promise.withResolvers<void>();
      const firstRequest = Promise.withResolvers<void>();
      endpoint.beforeAnswer = () => {
        firstRequest.resolve();
        endpoint.beforeAnswer = async () => firstAnswer.resolve();
        return firstAnswer.promise;
      };
      const channel = client.subscribe("private-open");
      const errors: unknown[] = [];
      channel.bind("pusher:subscription_error", (error: unknown) => errors.push(error));
      await firstRequest.promise;
      proxy.cut();
      await subscribed(channel);
      // Whatever the old answer had led to would have come before the answer to this.
      await subscribed(client.subscribe("private-later"));
      expect(errors).toEqual([]);
      expect(new Set(endpoint.requests.map(({ form }) => form.get("socket_id"))).size).toBe(2);
    },
    TIMEOUT_MS,
  );
});

test("an encrypted channel opens what it is sent, and asks for nothing twice", async () => {
  const client = await connect(WORKER_BUILD, {
    channelAuthorization: batched(),
  });
  const channels = ["private-encrypted-a", "private-encrypted-b"].map((name) => client.subscribe(name));
  await Promise.all(channels.map((channel) => subscribed(channel)));
  const { appId, key, secret, host, port } = server;
  const sdk = new PusherServer({
    appId,
    key,
    secret,
    host,
    port: String(port),
    useTLS: false,
    encryptionMasterKeyBase64: MASTER_KEY,
  });
  for (const channel of channels) {
    const heard = eventOf(channel, "secret");
    await sdk.trigger(channel.name, "secret", { words: "between us" });
    expect(await heard).toEqual({ words: "between us" });
  }
  expect(endpoint.requests).toHaveLength(1);
});

test("Laravel Echo passes it on", async () => {
  const echo = new Echo({
    ...address(),
    broadcaster: "pusher",
    key: server.key,
    Pusher: NodePusher,
    channelAuthorization: batched({ Pusher: NodePusher }),
  });
  open.push(echo.connector.pusher);
  await Promise.all([
    new Promise((resolve) => echo.private("orders").subscribed(() => resolve(undefined))),
    new Promise((resolve) => echo.join("room").here(() => resolve(undefined))),
  ]);
  expect(requested()).toEqual([["private-orders", "presence-room"]]);
});

test("its value is what the types of pusher-js ask for", () => {
  const authorization = batched({ Pusher: NodePusher });
  const options: Options[] = [
    { cluster: "", channelAuthorization: authorization },
    { cluster: "", channelAuthorization: { ...authorization } },
    { cluster: "", channelAuthorization: { customHandler: authorization.customHandler } },
    { cluster: "", authorizer: authorization.authorizer },
  ];
  expect(options).toHaveLength(4);
});
