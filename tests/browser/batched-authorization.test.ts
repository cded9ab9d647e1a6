import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type PusherClient from "pusher-js";
import { bundle } from "../../packages/pusher-js/build.mjs";
import type { batchedAuthorization } from "../../packages/pusher-js/src/index.ts";
import {
  type BatchEndpoint,
  createBatchEndpoint,
} from "../../packages/pusher-js/src/testing/batch-endpoint.ts";
import { TcpProxy } from "../clients/tcp-proxy.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { browserPath, launchBrowser } from "./browser.ts";

const TIMEOUT_MS = 60_000;

/** As a dashboard of twenty rooms would: what is said in each, and who is there. */
const FORTY = Array.from({ length: 20 }, (_, n) => [`private-room-${n}`, `presence-room-${n}`]).flat();

/** What the page of these tests has as globals. */
interface Globals {
  readonly Pusher: typeof PusherClient;
  readonly Usher: { readonly batchedAuthorization: typeof batchedAuthorization };
  client: PusherClient;
  /** `pusher:subscription_succeeded`, as many as there were. */
  joined: number;
  errors: unknown[];
}

interface Requests {
  readonly firstConnect: number;
  readonly reconnect: number;
}

describe.skipIf(browserPath === undefined)("a page with forty private and presence channels", () => {
  let browser: Browser;
  let server: TestServer;
  let proxy: TcpProxy;
  let endpoint: BatchEndpoint;
  let site: Bun.Server<undefined>;
  let page: Page;
  const numbers = new Map<string, Requests>();

  beforeAll(async () => {
    [browser, server] = await Promise.all([launchBrowser(), startServer()]);
    proxy = await TcpProxy.start(server.port);
    const scripts: Readonly<Record<string, string | Blob>> = {
      "/pusher.js": Bun.file(new URL("../../node_modules/pusher-js/dist/web/pusher.min.js", import.meta.url)),
      "/usher-pusher-js.js": bundle("iife"),
    };
    const html = `<!doctype html><link rel="icon" href="data:,">${Object.keys(scripts)
      .map((path) => `<script src="${path}"></script>`)
      .join("")}`;
    site = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        if (request.method === "POST") return endpoint.fetch(request);
        const script = scripts[new URL(request.url).pathname];
        return new Response(script ?? html, {
          headers: { "content-type": script === undefined ? "text/html" : "text/javascript" },
        });
      },
    });
  }, TIMEOUT_MS);

  afterEach(() => page.close());

  afterAll(async () => {
    for (const [name, { firstConnect, reconnect }] of numbers) {
      process.stdout.write(
        `authorization requests for ${FORTY.length} channels, ${name}: ${firstConnect} on first connect, ${reconnect} on reconnect\n`,
      );
    }
    await browser.close();
    proxy.stop();
    await Promise.all([site.stop(true), server.stop()]);
  }, TIMEOUT_MS);

  /** Opens the page, subscribes to the channels and resolves once each has its verdict. */
  const open = async (kind: "stock" | "batched", channels: readonly string[], path = "/auth") => {
    endpoint = createBatchEndpoint({ id: server.appId, key: server.key, secret: server.secret });
    page = await browser.newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(`http://127.0.0.1:${site.port}/`);
    await page.evaluate(
      ({ kind, channels, path, host, port, key }) => {
        const globals = window as unknown as Globals;
        globals.joined = 0;
        globals.errors = [];
        const { Pusher, Usher } = globals;
        const isBatched = kind === "batched";
        const options = { endpoint: path, params: { user_id: "ann" } };
        globals.client = new Pusher(key, {
          cluster: "",
          wsHost: host,
          wsPort: port,
          forceTLS: false,
          enabledTransports: ["ws", "wss"],
          channelAuthorization: isBatched
            ? Usher.batchedAuthorization(options)
            : { transport: "ajax", ...options },
        });
        for (const name of channels) {
          const channel = globals.client.subscribe(name);
          channel.bind("pusher:subscription_succeeded", () => globals.joined++);
          channel.bind("pusher:subscription_error", (error: unknown) => globals.errors.push(error));
        }
      },
      { kind, channels, path, host: proxy.host, port: proxy.port, key: server.key },
    );
    await verdicts(channels.length);
  };
  const verdicts = (count: number) =>
    page.waitForFunction((count) => {
      const { joined, errors } = window as unknown as Globals;
      return joined + errors.length === count;
    }, count);
  const errors = () => page.evaluate(() => (window as unknown as Globals).errors);

  test.each([
    ["stock", "stock pusher-js", 40],
    ["batched", "with batchedAuthorization", 1],
  ] as const)(
    "makes as many requests as it should on first connect and on reconnect: %s",
    async (kind, name, expected) => {
      await open(kind, FORTY);
      const firstConnect = endpoint.requests.length;
      proxy.cut();
      await verdicts(2 * FORTY.length);
      const reconnect = endpoint.requests.length - firstConnect;
      numbers.set(name, { firstConnect, reconnect });
      expect({ firstConnect, reconnect }).toEqual({ firstConnect: expected, reconnect: expected });
      expect(await errors()).toEqual([]);
      const asked = endpoint.requests.flatMap(({ channels }) => channels);
      expect(asked.toSorted()).toEqual([...FORTY, ...FORTY].toSorted());
    },
    TIMEOUT_MS,
  );

  test(
    "tells a refused channel its status, as stock pusher-js does, and lets the others join",
    async () => {
      await open("batched", [...FORTY, "private-forbidden"]);
      expect(endpoint.requests).toHaveLength(1);
      expect(await errors()).toEqual([
        { type: "AuthError", status: 403, error: 'private-forbidden: no "auth" from /auth, status 403' },
      ]);
    },
    TIMEOUT_MS,
  );

  test(
    "joins them all where the endpoint knows no batches, with one request more than stock",
    async () => {
      await open("batched", FORTY, "/single");
      expect(endpoint.requests).toHaveLength(41);
      expect(await errors()).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
