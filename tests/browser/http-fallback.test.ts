import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type PusherClient from "pusher-js";
import {
  type BatchEndpoint,
  createBatchEndpoint,
} from "../../packages/pusher-js/src/testing/batch-endpoint.ts";
import { Api } from "../support/api.ts";
import { setEnabled } from "../support/apps.ts";
import { metricsOf } from "../support/metrics.ts";
import { report } from "../support/report.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
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
  events: {
    readonly name: string;
    readonly channel?: string;
    readonly data: unknown;
    readonly userId?: string;
  }[];
  states: string[];
  errorCodes: unknown[];
  signsOfLife: number;
}

describe.skipIf(browserPath === undefined).each([
  { transport: "xhr_streaming", way: "without WebSocket", hasWebSocket: false, isBuffering: false },
  {
    transport: "xhr_polling",
    way: "without WebSocket, behind a proxy that holds streams back",
    hasWebSocket: false,
    isBuffering: true,
  },
  {
    transport: "xhr_streaming",
    way: "with WebSocket, behind a proxy that lets none through",
    hasWebSocket: true,
    isBuffering: false,
  },
] as const)("stock pusher-js $way", ({ transport, way, hasWebSocket, isBuffering }) => {
  let browser: Browser;
  let server: TestServer;
  let proxy: HttpProxy;
  let endpoint: BatchEndpoint;
  let site: Bun.Server<undefined>;
  let page: Page;
  let other: TestSocket;
  let api: Api;
  const asked = new Map<string, number>();

  beforeAll(async () => {
    [browser, server] = await Promise.all([
      launchBrowser(),
      startServer({ settings: { client_events: true } }),
    ]);
    const app = { id: server.appId, key: server.key, secret: server.secret };
    proxy = new HttpProxy(server.port, isBuffering);
    endpoint = createBatchEndpoint(app);
    api = new Api(`http://${server.host}:${server.port}`, app);
    site = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: (request) => serve(request, endpoint) });
    other = new TestSocket(`ws://${server.host}:${server.port}/app/${server.key}?protocol=7`, app);
    await other.established();
    page = await browser.newPage();
    page.setDefaultTimeout(20_000);
    page.on("request", (request) => {
      const action = /\/(xhr\w*)\?/.exec(request.url())?.[1];
      if (action !== undefined) asked.set(action, (asked.get(action) ?? 0) + 1);
    });
    if (!hasWebSocket) {
      await page.addInitScript(() => {
        Reflect.deleteProperty(window, "WebSocket");
      });
    }
    await page.goto(`http://127.0.0.1:${site.port}/`);
  }, TIMEOUT_MS);

  afterAll(async () => {
    const requests = [...asked].map(([action, count]) => `${count} ${action}`).join(", ");
    report(`http fallback, ${way}: ${requests}`);
    await browser.close();
    await other.close();
    await Promise.all([proxy.stop(), site.stop(true), server.stop()]);
  }, TIMEOUT_MS);

  const events = (name: string) =>
    page.evaluate(
      (name) => (window as unknown as Globals).events.filter((event) => event.name === name),
      name,
    );
  const hears = async (name: string, count = 1) => {
    await page.waitForFunction(
      ({ name, count }) =>
        (window as unknown as Globals).events.filter((event) => event.name === name).length >= count,
      { name, count },
    );
    return events(name);
  };

  test(
    "connects",
    async () => {
      const startedAtMs = performance.now();
      await page.evaluate(
        ({ host, port, key }) => {
          const globals = window as unknown as Globals;
          Object.assign(globals, { events: [], states: [], errorCodes: [], signsOfLife: 0 });
          const client = new globals.Pusher(key, {
            cluster: "",
            wsHost: host,
            wsPort: port,
            httpHost: host,
            httpPort: port,
            forceTLS: false,
            channelAuthorization: { transport: "ajax", endpoint: "/auth", params: { user_id: "ann" } },
          });
          globals.client = client;
          client.connection.bind("state_change", ({ current }: { current: string }) =>
            globals.states.push(current),
          );
          client.connection.bind(
            "error",
            (error: { data?: { code?: unknown }; error?: { data?: { code?: unknown } } }) =>
              globals.errorCodes.push((error.error ?? error).data?.code),
          );
          client.bind_global((name: string, data: unknown) => globals.events.push({ name, data }));
        },
        { host: proxy.host, port: proxy.port, key: server.key },
      );
      await page.waitForFunction(
        () => (window as unknown as Globals).client.connection.state === "connected",
      );
      report(`http fallback, ${way}: connected after ${Math.round(performance.now() - startedAtMs)} ms`);
      const used = await page.evaluate(() => {
        const { connection } = (window as unknown as Globals).client.connection as unknown as {
          connection: { transport: { name: string } };
        };
        return connection.transport.name;
      });
      expect(used).toBe(transport);
      await eventually(
        () => metricsOf(server),
        (metrics) =>
          metrics.get(`usher_http_sessions{transport="${transport}"}`) === 1 &&
          metrics.get('usher_connections{app_id="3"}') === 2,
      );
    },
    TIMEOUT_MS,
  );

  test(
    "joins a public, a private and a presence channel, and sees members come and go",
    async () => {
      await page.evaluate(() => {
        const { client, events } = window as unknown as Globals;
        for (const name of ["room", "private-room", "presence-room"]) {
          const channel = client.subscribe(name);
          for (const event of [
            "pusher:subscription_succeeded",
            "pusher:member_added",
            "pusher:member_removed",
          ]) {
            channel.bind(event, (data: unknown) => events.push({ name: event, data }));
          }
        }
      });
      await hears("pusher:subscription_succeeded", 3);
      await other.join("presence-room", { user_id: "bob", user_info: { name: "Bob" } });
      expect(await hears("pusher:member_added")).toMatchObject([{ data: { id: "bob" } }]);
      other.unsubscribe("presence-room");
      expect(await hears("pusher:member_removed")).toMatchObject([{ data: { id: "bob" } }]);
    },
    TIMEOUT_MS,
  );

  test(
    "gets 300 KiB of events, each once and in order",
    async () => {
      const startedAtMs = performance.now();
      const fill = "ä€😀x".repeat(EVENT_BYTES / 10).slice(0, EVENT_BYTES / 2);
      for (let n = 0; n < EVENTS; n++) {
        await api.trigger({ name: "numbered", channels: ["room"], data: JSON.stringify({ n, fill }) });
      }
      const heard = await hears("numbered", EVENTS);
      const data = heard.map((event) => event.data as { readonly n: number; readonly fill: string });
      expect(data.map(({ n }) => n)).toEqual(Array.from({ length: EVENTS }, (_, n) => n));
      expect(data.every((each) => each.fill === fill)).toBe(true);
      const kib = Math.round(Buffer.byteLength(JSON.stringify(heard)) / 1024);
      report(
        `http fallback, ${way}: ${EVENTS} events, ${kib} KiB, in ${Math.round(performance.now() - startedAtMs)} ms`,
      );
      expect(kib).toBeGreaterThan(300);
    },
    TIMEOUT_MS,
  );

  test(
    "exchanges client events with a client that has a WebSocket",
    async () => {
      await other.join("presence-room", { user_id: "bob" });
      await page.evaluate(() => {
        const { client } = window as unknown as Globals;
        client.channel("presence-room").trigger("client-typing", { on: true });
      });
      expect(await other.nextEvent("client-typing")).toMatchObject({
        channel: "presence-room",
        user_id: "ann",
      });
      other.send({ event: "client-answer", channel: "presence-room", data: { on: false } });
      expect(await hears("client-answer")).toMatchObject([{ data: { on: false } }]);
      expect(await events("client-typing")).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "pings and gets an answer",
    async () => {
      await page.evaluate(() => {
        const globals = window as unknown as Globals;
        const { connection } = globals.client.connection as unknown as {
          connection: { ping(): void; bind(event: string, callback: () => void): void };
        };
        connection.bind("activity", () => globals.signsOfLife++);
        connection.ping();
      });
      await page.waitForFunction(() => (window as unknown as Globals).signsOfLife > 0);
    },
    TIMEOUT_MS,
  );

  test(
    "learns the code with which the server closes, and stays away after 4003",
    async () => {
      setEnabled(server.dataDir, server.appId, false);
      await page.waitForFunction(() => (window as unknown as Globals).states.at(-1) === "disconnected");
      expect(await page.evaluate(() => (window as unknown as Globals).errorCodes)).toContain(4003);
      expect(await page.evaluate(() => (window as unknown as Globals).states)).toEqual([
        "connected",
        "disconnected",
      ]);
      await eventually(
        () => metricsOf(server),
        (metrics) => metrics.get(`usher_http_sessions{transport="${transport}"}`) === 0,
      );
    },
    TIMEOUT_MS,
  );

  test(
    "is told to reconnect when the server stops",
    async () => {
      setEnabled(server.dataDir, server.appId, true);
      await page.evaluate(() => {
        const globals = window as unknown as Globals;
        globals.errorCodes = [];
        globals.client.connect();
      });
      // Switched on again the app is there within a moment, and until then the client is sent away.
      await page.waitForFunction(() => {
        const { client } = window as unknown as Globals;
        if (client.connection.state === "disconnected") client.connect();
        return client.connection.state === "connected";
      });
      // A client between two polls hears nothing but that nobody listens, so all that there is to say is said first.
      await hears("pusher:subscription_succeeded", 6);
      await eventually(
        () => Promise.resolve(proxy.waiting > 0),
        (isWaiting) => isWaiting || !isBuffering,
      );
      await api.get("/channels");
      server.signal("SIGTERM");
      await page.waitForFunction(() => (window as unknown as Globals).errorCodes.includes(4200));
      await server.exited;
    },
    TIMEOUT_MS,
  );
});

async function serve(request: Request, endpoint: BatchEndpoint): Promise<Response> {
  if (request.method === "POST") return endpoint.fetch(request);
  if (new URL(request.url).pathname === "/pusher.js") {
    const script = new URL("../../node_modules/pusher-js/dist/web/pusher.min.js", import.meta.url);
    return new Response(Bun.file(script), { headers: { "content-type": "text/javascript" } });
  }
  const html = `<!doctype html><link rel="icon" href="data:,"><script src="/pusher.js"></script>`;
  return new Response(html, { headers: { "content-type": "text/html" } });
}
