import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { HttpProxy } from "../browser/http-proxy.ts";
import { Api } from "../support/api.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { metricsOf, sumOf } from "../support/metrics.ts";
import { hasPostgres } from "../support/postgres.ts";
import { hasRedis } from "../support/redis.ts";
import { report, seconds } from "../support/report.ts";
import { TEST_APP, type TestServer } from "../support/server.ts";
import { eventually } from "../support/time-limit.ts";
import { type AuthEndpoint, startAuthEndpoint } from "./auth-endpoint.ts";
import { BUILDS, Clients } from "./clients.ts";
import { eventOf, subscribed } from "./events.ts";

setDefaultTimeout(60_000);

const [[, NodePusher] = []] = BUILDS;
const EVENTS = 80;
/** 320 KB in all: more than one stream takes. */
const FILL = "x".repeat(4_000);

describe.skipIf(!hasPostgres || !hasRedis).each(["xhr_streaming", "xhr_polling"] as const)(
  "pusher-js outside of a browser by %s, each request to another of two nodes",
  (transport) => {
    let cluster: TestCluster;
    let proxy: HttpProxy;
    let endpoint: AuthEndpoint;
    let clients: Clients;
    const dead = new Set<TestServer>();

    beforeAll(async () => {
      cluster = await startCluster(2);
      proxy = new HttpProxy(() => running().map(({ port }) => port), false);
      endpoint = startAuthEndpoint(TEST_APP);
      clients = new Clients(
        TEST_APP,
        () => proxy,
        () => endpoint,
      );
    });

    afterAll(async () => {
      clients.end();
      await Promise.all([proxy.stop(), endpoint.stop(), cluster.stop()]);
    });

    const running = () => cluster.nodes.filter((node) => !dead.has(node));

    const apiOf = ({ host, port }: TestServer) => new Api(`http://${host}:${port}`, TEST_APP);

    const holder = async (): Promise<TestServer | undefined> => {
      const find = async () => {
        const counts = await Promise.all(running().map(metricsOf));
        return running().filter((_, index) => sumOf(counts[index] ?? new Map(), "usher_http_sessions") === 1);
      };
      return (await eventually(find, (holders) => holders.length === 1))[0];
    };

    test("joins a private channel, gets 300 KiB in order, and starts anew when the node of its session dies", async () => {
      if (!NodePusher) throw new Error("there is no build for Node");
      const startedAtMs = performance.now();
      const client = await clients.connect(NodePusher, {
        enabledTransports: [transport],
        httpHost: proxy.host,
        httpPort: proxy.port,
      });
      const channel = client.subscribe("private-room");
      await subscribed(channel);
      const joinedMs = performance.now() - startedAtMs;

      const has = await holder();
      const other = running().find((node) => node !== has);
      if (!has || !other) throw new Error("there are two nodes");
      const heard: number[] = [];
      const all = Promise.withResolvers<void>();
      channel.bind("n", ({ n }: { n: number }) => {
        if (heard.push(n) === EVENTS) all.resolve();
      });
      const sentAtMs = performance.now();
      for (let n = 0; n < EVENTS; n++) {
        const data = JSON.stringify({ n, fill: FILL });
        await apiOf(other).trigger({ name: "n", data, channels: ["private-room"] });
      }
      await all.promise;
      expect(heard).toEqual(Array.from({ length: EVENTS }, (_, n) => n));
      const receivedMs = performance.now() - sentAtMs;

      // The stream after the first one, and every second poll, is the other node's to pass on.
      const again = eventOf(channel, "pusher:subscription_succeeded", 30_000);
      const diedAtMs = performance.now();
      has.signal("SIGKILL");
      await has.exited;
      dead.add(has);
      await again;
      const backMs = performance.now() - diedAtMs;
      expect(await holder()).toBe(other);
      const last = eventOf(channel, "last");
      await apiOf(other).trigger({ name: "last", data: "{}", channels: ["private-room"] });
      await last;
      report(
        `pusher-js in Node by ${transport} on any node: joined after ${seconds(joinedMs)}, ${EVENTS} events of ${FILL.length} bytes ` +
          `in ${seconds(receivedMs)}, back ${seconds(backMs)} after its node died`,
      );
    });
  },
);
