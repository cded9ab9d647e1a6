import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Pusher from "pusher";
import type PusherClient from "pusher-js";
import { type AuthEndpoint, startAuthEndpoint } from "../clients/auth-endpoint.ts";
import { BUILDS } from "../clients/clients.ts";
import { eventOf, frameOf, stateOf, subscribed } from "../clients/events.ts";
import { Admin } from "../support/admin.ts";
import { Api } from "../support/api.ts";
import { TestSession } from "../support/http-session.ts";
import { report, seconds } from "../support/report.ts";
import { TEST_APP, type TestServer } from "../support/server.ts";
import { eventually } from "../support/time-limit.ts";
import { type Certificate, makeCertificate } from "./certificate.ts";
import { PROXIES, type RunningProxy, startProxy } from "./proxies.ts";
import { hasCluster, startTwoServers, type TwoServers } from "./two-servers.ts";

setDefaultTimeout(60_000);

/** An address of the test's own, other than the proxy's. */
const CLIENT_ADDRESS = "127.0.0.21";
const BURST = 200;

describe.each(PROXIES)("deploy/$recipe, in front of two servers", (recipe) => {
  describe.skipIf(recipe.program === undefined || !hasCluster)(recipe.name, () => {
    let folder: string;
    let certificate: Certificate;
    let servers: TwoServers;
    let proxy: RunningProxy;
    let endpoint: AuthEndpoint;
    const clients: PusherClient[] = [];

    beforeAll(async () => {
      // The clients of this process have no other way to be told of the test's own certificate.
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
      folder = mkdtempSync(join(tmpdir(), "usher-proxy-"));
      certificate = makeCertificate(folder);
      endpoint = startAuthEndpoint(TEST_APP);
      servers = await startTwoServers({
        settings: { activity_timeout: 1, force_tls: true },
        // What docs/deploying.md advises.
        env: { USHER_TRUST_PROXY: "true", USHER_DRAIN_DELAY_SECONDS: recipe.asksForHealth ? "3" : "0" },
      });
      proxy = await startProxy(recipe, folder, certificate, servers);
    });
    afterAll(async () => {
      for (const client of clients) client.disconnect();
      await proxy?.stop();
      await servers?.stop();
      await endpoint?.stop();
      rmSync(folder, { recursive: true, force: true });
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    });

    async function connect(build = 0): Promise<PusherClient> {
      const [, Client] = BUILDS[build] ?? [];
      if (!Client) throw new Error("no such build");
      const client = new Client(TEST_APP.key, {
        cluster: "",
        wsHost: "localhost",
        wssPort: proxy.port,
        forceTLS: true,
        enabledTransports: ["ws", "wss"],
        channelAuthorization: { endpoint: endpoint.channelUrl, transport: "ajax" },
      });
      clients.push(client);
      await stateOf(client, "connected");
      return client;
    }

    function disconnect(...gone: readonly PusherClient[]): Promise<unknown> {
      for (const client of gone) client.disconnect();
      return eventually(connections, (counts) => counts.every((count) => count === 0));
    }

    /** How many connections each server has. */
    function connections(): Promise<readonly number[]> {
      return Promise.all(servers.each.map(async (server) => (await connectionsOf(server)).length));
    }

    test("serves TLS with the certificate it was given", async () => {
      const answer = await fetch(`https://localhost:${proxy.port}/`, {
        tls: { ca: certificate.text, rejectUnauthorized: true },
      });
      expect(answer.status).toBe(404);
    });

    test.each(["/dashboard", "/dashboard/", "/admin/v1/setup", "/metrics", "/health/ready", "/usage", "/"])(
      "does not let %s through",
      async (path) => {
        const answer = await fetch(`https://localhost:${proxy.port}${path}`);
        expect(answer.status).toBe(404);
        expect(await answer.text()).not.toContain("Usher");
      },
    );

    test("gives two stock clients to a server each, with public and private channels and events of the SDK", async () => {
      const two = await Promise.all([connect(0), connect(1)]);
      expect(await connections()).toEqual([1, 1]);

      const { id: appId, key, secret } = TEST_APP;
      const sdk = new Pusher({
        appId,
        key,
        secret,
        host: "localhost",
        port: String(proxy.port),
        useTLS: true,
      });
      for (const name of ["orders", "private-orders"]) {
        const channels = two.map((client) => client.subscribe(name));
        await Promise.all(channels.map((channel) => subscribed(channel)));
        const heard = Promise.all(channels.map((channel) => eventOf(channel, "shipped")));
        expect((await sdk.trigger(name, "shipped", { order: 42 })).status).toBe(200);
        expect(await heard).toEqual([{ order: 42 }, { order: 42 }]);
      }
      await disconnect(...two);
    });

    test("leaves a connection alone that is silent for longer than its activity timeout", async () => {
      const client = await connect();
      const { socket_id: socketId } = client.connection;
      // Each of them is the answer to what pusher-js asks after that silence.
      for (let silences = 0; silences < 3; silences++) await frameOf(client, "pusher:pong");
      expect(client.connection.socket_id).toBe(socketId);
      await disconnect(client);
    });

    test("tells the servers the address of the client, not what the client claims", async () => {
      const socket = await upgrade(proxy.port, CLIENT_ADDRESS, { "x-forwarded-for": "203.0.113.7" });
      const lists = await Promise.all(servers.each.map(connectionsOf));
      expect(lists.flat()).toMatchObject([{ address: CLIENT_ADDRESS }]);
      socket.destroy();
      await eventually(connections, (counts) => counts.every((count) => count === 0));
    });

    test(`passes ${BURST} events on through xhr_streaming, in order, to each of four sessions`, async () => {
      const where = { httpUrl: `https://localhost:${proxy.port}`, app: TEST_APP };
      const sessions = await Promise.all(
        Array.from({ length: 4 }, async () => {
          const session = new TestSession(where);
          const stream = await session.openWithStream();
          // Another request, which has to reach the same server.
          expect((await session.subscribe("private-orders")).status).toBe(204);
          await stream.nextEvent("pusher_internal:subscription_succeeded");
          return stream;
        }),
      );
      const startedAtMs = performance.now();
      const published = burst(servers.each[0], "private-orders");
      for (const stream of sessions) {
        for (let order = 0; order < BURST; order++) {
          const frame = await stream.nextEvent("shipped");
          expect(JSON.parse(String(frame.data)).order).toBe(order);
        }
      }
      await published;
      report(`${recipe.name}: ${BURST} events to 4 streams in ${seconds(performance.now() - startedAtMs)}`);
      for (const stream of sessions) stream.abort();
      await eventually(connections, (counts) => counts.every((count) => count === 0));
    });

    test(`${recipe.keepsConnectionsOnReload ? "keeps" : "renews"} a connection when it reads its configuration again`, async () => {
      const client = await connect();
      const { socket_id: socketId } = client.connection;
      const channel = client.subscribe("orders");
      await subscribed(channel);
      const renewed = recipe.keepsConnectionsOnReload ? undefined : stateOf(client, "connecting");
      await proxy.reload();
      if (renewed) {
        await renewed;
        await subscribed(channel);
      }
      const shipped = eventOf(channel, "shipped");
      await burst(servers.each[0], "orders", 1);
      await shipped;
      expect(client.connection.socket_id === socketId).toBe(recipe.keepsConnectionsOnReload);
      await disconnect(client);
    });

    test(`has the clients of a server that stops on the other one ${recipe.asksForHealth ? "at once" : "soon"}`, async () => {
      const [first, second] = servers.each;
      const two = await Promise.all([connect(0), connect(1)]);
      expect(await connections()).toEqual([1, 1]);
      const channels = two.map((client) => client.subscribe("orders"));
      await Promise.all(channels.map((channel) => subscribed(channel)));

      const errors: string[] = [];
      for (const { connection } of two) {
        connection.bind("error", (error: unknown) => errors.push(JSON.stringify(error)));
      }
      const leaving = Promise.race(two.map((client) => stateOf(client, "connecting").then(() => client)));
      first.signal("SIGTERM");
      const mover = await leaving;
      const startedAtMs = performance.now();
      await stateOf(mover, "connected");
      const awayMs = performance.now() - startedAtMs;
      await Promise.all(channels.map((channel) => subscribed(channel)));
      expect(await connectionsOf(second)).toHaveLength(2);
      expect(await first.exited).toBe(0);
      // Who asks a server that stops is told to come back in a second.
      if (recipe.asksForHealth) expect(errors.join()).not.toContain("4100");
      report(`${recipe.name}: a client of a server that stops was away for ${awayMs.toFixed(0)} ms`);
    });
  });
});

async function connectionsOf(server: TestServer): Promise<readonly { readonly address: string }[]> {
  return (await new Admin(() => server).done("GET", `/apps/${server.appId}/connections`)).items;
}

/** Publishes to one server past the proxy, numbered. */
async function burst(server: TestServer, channel: string, count: number = BURST): Promise<void> {
  const api = new Api(`http://${server.host}:${server.port}`, TEST_APP);
  for (let start = 0; start < count; start += 10) {
    const batch = Array.from({ length: Math.min(10, count - start) }, (_, index) => ({
      channel,
      name: "shipped",
      data: JSON.stringify({ order: start + index, padding: "x".repeat(500) }),
    }));
    const { status } = await api.post("/batch_events", { batch });
    expect(status).toBe(200);
  }
}

/** A WebSocket from an address of choice, up to its greeting. */
function upgrade(
  port: number,
  localAddress: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ destroy(): void }> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: "localhost",
      port,
      localAddress,
      path: `/app/${TEST_APP.key}?protocol=7`,
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        ...headers,
      },
    });
    asked.on("upgrade", (_, socket) => {
      socket.once("data", () => resolve(socket));
    });
    asked.on("response", ({ statusCode }) => reject(new Error(`answered ${statusCode}`)));
    asked.on("error", reject);
    asked.end();
  });
}
