import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type PusherClient from "pusher-js";
import { createBatchEndpoint } from "../../packages/pusher-js/src/testing/batch-endpoint.ts";
import { Api } from "../support/api.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { metricsOf, sumOf } from "../support/metrics.ts";
import { hasPostgres } from "../support/postgres.ts";
import { hasRedis } from "../support/redis.ts";
import { report } from "../support/report.ts";
import { TEST_APP, type TestServer } from "../support/server.ts";
import { eventually } from "../support/time-limit.ts";
import { browserPath, launchBrowser } from "./browser.ts";
import { HttpProxy } from "./http-proxy.ts";

const TIMEOUT_MS = 60_000;
const EVENTS = 80;
/** Together with the rest of each event more than 300 KiB. */
const EVENT_BYTES = 4_000;

/** What the page of these tests has as globals. */
interface Globals {
  readonly Pusher: typeof PusherClient;
  client: PusherClient;
  heard: { readonly name: string; readonly data: unknown }[];
  connections: number;
  errorCodes: unknown[];
  signsOfLife: number;
}

const isLeftOut = browserPath === undefined || !hasPostgres || !hasRedis;

describe.skipIf(isLeftOut).each([
  { transport: "xhr_streaming", isBuffering: false },
  { transport: "xhr_polling", isBuffering: true },
] as const)(
  "stock pusher-js by $transport, each request to another of three nodes",
  ({ transport, isBuffering }) => {
    let browser: Browser;
    let cluster: TestCluster;
    let proxy: HttpProxy;
    let site: Bun.Server<undefined>;
    let page: Page;
    const dead = new Set<TestServer>();

    beforeAll(async () => {
      [browser, cluster] = await Promise.all([launchBrowser(), startCluster(3)]);
      proxy = new HttpProxy(() => running().map(({ port }) => port), isBuffering);
      const endpoint = createBatchEndpoint(TEST_APP);
      site = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch: (request) => serve(request, endpoint.fetch),
      });
      page = await browser.newPage();
      page.setDefaultTimeout(30_000);
      await page.addInitScript(() => {
        Reflect.deleteProperty(window, "WebSocket");
      });
      await page.goto(`http://127.0.0.1:${site.port}/`);
    }, TIMEOUT_MS);

    afterAll(async () => {
      report(`${transport} on any node: requests by node ${[...proxy.passed.values()].join(", ")}`);
      await browser.close();
      await Promise.all([proxy.stop(), site.stop(true), cluster.stop()]);
    }, TIMEOUT_MS);

    const running = () => cluster.nodes.filter((node) => !dead.has(node));

    /** The node that has the session. */
    const holder = async (): Promise<TestServer> => {
      const find = async () => {
        const counts = await Promise.all(running().map(metricsOf));
        return running().filter((_, index) => sumOf(counts[index] ?? new Map(), "usher_http_sessions") === 1);
      };
      const [found] = await eventually(find, (holders) => holders.length === 1);
      if (!found) throw new Error("no node has the session");
      return found;
    };

    const hears = async (name: string, count: number) => {
      await page.waitForFunction(
        ({ name, count }) =>
          (window as unknown as Globals).heard.filter((event) => event.name === name).length >= count,
        { name, count },
      );
      return page.evaluate(
        (name) => (window as unknown as Globals).heard.filter((event) => event.name === name),
        name,
      );
    };

    /** An event by way of a node that does not have the session comes to the page. */
    const isReached = async (name: string) => {
      const has = await holder();
      const other = running().find((node) => node !== has) ?? has;
      await apiOf(other).trigger({ name, data: "{}", channels: ["private-room"] });
      await hears(name, 1);
    };

    /** Whatever happens to its node, the client is on another one soon, and on its channel. Returns how long it took, in ms. */
    const movesAfter = async (loses: (node: TestServer) => Promise<unknown>): Promise<number> => {
      const joined = await page.evaluate(
        () =>
          (window as unknown as Globals).heard.filter(({ name }) => name === "pusher:subscription_succeeded")
            .length,
      );
      const node = await holder();
      const startedAtMs = performance.now();
      const lost = loses(node);
      await hears("pusher:subscription_succeeded", joined + 1);
      const tookMs = Math.round(performance.now() - startedAtMs);
      await lost;
      expect(await holder()).not.toBe(node);
      return tookMs;
    };

    test(
      "connects and joins a private channel",
      async () => {
        const startedAtMs = performance.now();
        await page.evaluate(
          ({ host, port, key }) => {
            const globals = window as unknown as Globals;
            Object.assign(globals, { heard: [], connections: 0, errorCodes: [], signsOfLife: 0 });
            const client = new globals.Pusher(key, {
              cluster: "",
              httpHost: host,
              httpPort: port,
              forceTLS: false,
              channelAuthorization: { transport: "ajax", endpoint: "/auth" },
            });
            globals.client = client;
            client.connection.bind("connected", () => globals.connections++);
            client.connection.bind("error", (error: { error?: { data?: { code?: unknown } } }) =>
              globals.errorCodes.push(error.error?.data?.code),
            );
            const channel = client.subscribe("private-room");
            channel.bind_global((name: string, data: unknown) => globals.heard.push({ name, data }));
          },
          { host: proxy.host, port: proxy.port, key: TEST_APP.key },
        );
        await hears("pusher:subscription_succeeded", 1);
        report(`${transport} on any node: joined after ${Math.round(performance.now() - startedAtMs)} ms`);
        const used = await page.evaluate(() => {
          const { connection } = (window as unknown as Globals).client.connection as unknown as {
            connection: { transport: { name: string } };
          };
          return connection.transport.name;
        });
        expect(used).toBe(transport);
        await isReached("first");
      },
      TIMEOUT_MS,
    );

    test(
      "gets 300 KiB of events that go through all nodes, each once and in order",
      async () => {
        const startedAtMs = performance.now();
        const fill = "ä€😀x".repeat(EVENT_BYTES / 10).slice(0, EVENT_BYTES / 2);
        for (let n = 0; n < EVENTS; n++) {
          // One node at a time has one order; the next one goes on once the client has it all.
          const node = cluster.nodes[Math.floor((3 * n) / EVENTS)];
          if (!node) throw new Error("there are three nodes");
          await apiOf(node).trigger({
            name: "numbered",
            channels: ["private-room"],
            data: JSON.stringify({ n, fill }),
          });
          if (Math.floor((3 * (n + 1)) / EVENTS) !== Math.floor((3 * n) / EVENTS))
            await hears("numbered", n + 1);
        }
        const heard = await hears("numbered", EVENTS);
        const data = heard.map((event) => event.data as { readonly n: number; readonly fill: string });
        expect(data.map(({ n }) => n)).toEqual(Array.from({ length: EVENTS }, (_, n) => n));
        expect(data.every((each) => each.fill === fill)).toBe(true);
        const kib = Math.round(Buffer.byteLength(JSON.stringify(heard)) / 1024);
        expect(kib).toBeGreaterThan(300);
        report(
          `${transport} on any node: ${EVENTS} events, ${kib} KiB, in ${Math.round(performance.now() - startedAtMs)} ms`,
        );
        expect(await page.evaluate(() => (window as unknown as Globals).connections)).toBe(1);
        expect(proxy.passed.size).toBe(3);
      },
      TIMEOUT_MS,
    );

    test(
      "pings and gets an answer",
      async () => {
        const startedAtMs = performance.now();
        await page.evaluate(() => {
          const globals = window as unknown as Globals;
          const { connection } = globals.client.connection as unknown as {
            connection: { ping(): void; bind(event: string, callback: () => void): void };
          };
          connection.bind("activity", () => globals.signsOfLife++);
          connection.ping();
        });
        await page.waitForFunction(() => (window as unknown as Globals).signsOfLife > 0);
        report(
          `${transport} on any node: ping answered after ${Math.round(performance.now() - startedAtMs)} ms`,
        );
      },
      TIMEOUT_MS,
    );

    test(
      "is sent to another node by one that stops",
      async () => {
        const tookMs = await movesAfter((node) => {
          dead.add(node);
          return node.stop();
        });
        expect(await page.evaluate(() => (window as unknown as Globals).errorCodes)).toContain(4200);
        await isReached("after-stop");
        report(`${transport} on any node: back ${tookMs} ms after its node stopped`);
      },
      TIMEOUT_MS,
    );

    test(
      "starts anew on another node when its node dies",
      async () => {
        await cluster.add();
        const tookMs = await movesAfter((node) => {
          // The balancer notices when nobody listens any more.
          void node.exited.then(() => dead.add(node));
          node.signal("SIGKILL");
          return node.exited;
        });
        await isReached("after-death");
        report(`${transport} on any node: back ${tookMs} ms after its node died`);
      },
      TIMEOUT_MS,
    );
  },
);

function apiOf({ host, port }: TestServer): Api {
  return new Api(`http://${host}:${port}`, TEST_APP);
}

async function serve(
  request: Request,
  authorize: (request: Request) => Promise<Response>,
): Promise<Response> {
  if (request.method === "POST") return authorize(request);
  if (new URL(request.url).pathname === "/pusher.js") {
    const script = new URL("../../node_modules/pusher-js/dist/web/pusher.min.js", import.meta.url);
    return new Response(Bun.file(script), { headers: { "content-type": "text/javascript" } });
  }
  const html = `<!doctype html><link rel="icon" href="data:,"><script src="/pusher.js"></script>`;
  return new Response(html, { headers: { "content-type": "text/html" } });
}
