import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type PusherClient from "pusher-js";
import { type AuthEndpoint, startAuthEndpoint } from "../clients/auth-endpoint.ts";
import { Clients } from "../clients/clients.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { fresh } from "../support/target.ts";
import { browserPath, launchBrowser } from "./browser.ts";

const TIMEOUT_MS = 30_000;

/** What the page of these tests has as globals. */
interface Globals {
  readonly Pusher: typeof PusherClient;
  client: PusherClient;
  /** What has arrived, `[channel, event, data]`. */
  events: [string, string, unknown][];
}

// The two builds for pages, from npm as they are.
const BUILDS = ["pusher.min.js", "pusher-with-encryption.min.js"] as const;

describe.skipIf(browserPath === undefined).each(BUILDS)("%s in a page of another origin", (build) => {
  let browser: Browser;
  let server: TestServer;
  let endpoint: AuthEndpoint;
  let site: ReturnType<typeof startSite>;
  let clients: Clients;
  let page: Page;

  beforeAll(async () => {
    [browser, server] = await Promise.all([
      launchBrowser(),
      startServer({ settings: { client_events: true } }),
    ]);
    const app = { id: server.appId, key: server.key, secret: server.secret };
    endpoint = startAuthEndpoint(app);
    site = startSite(build, endpoint);
    clients = new Clients(
      app,
      () => server,
      () => endpoint,
    );
  }, TIMEOUT_MS);

  afterEach(() => page.close());

  afterAll(async () => {
    await browser.close();
    await Promise.all([site.stop(true), endpoint.stop(), server.stop()]);
  }, TIMEOUT_MS);

  /** Opens the page and joins the channels, each of which must let it in. */
  const join = async (channels: readonly string[], transport: "ajax" | "jsonp" = "ajax") => {
    page = await browser.newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(`http://127.0.0.1:${site.port}/`);
    const { host, port, key } = server;
    await page.evaluate(
      async ({ host, port, key, channels, transport }) => {
        const globals = window as unknown as Globals;
        globals.events = [];
        globals.client = new globals.Pusher(key, {
          cluster: "",
          wsHost: host,
          wsPort: port,
          forceTLS: false,
          enabledTransports: ["ws", "wss"],
          channelAuthorization: { endpoint: "/pusher/auth", transport, params: { user_id: "u1" } },
        });
        const joined = channels.map((name) => {
          const channel = globals.client.subscribe(name);
          channel.bind_global((event: string, data: unknown) => globals.events.push([name, event, data]));
          return new Promise<void>((resolve, reject) => {
            channel.bind("pusher:subscription_succeeded", () => resolve());
            channel.bind("pusher:subscription_error", (error: unknown) => reject(JSON.stringify(error)));
          });
        });
        await Promise.all(joined);
      },
      { host, port, key, channels, transport },
    );
  };
  /** Resolves with the data of the event, once it is there. */
  const heard = async (channel: string, event: string) => {
    const found = await page.waitForFunction(
      ([channel, event]) =>
        (window as unknown as Globals).events.find((entry) => entry[0] === channel && entry[1] === event),
      [channel, event] as const,
    );
    return ((await found.jsonValue()) as [string, string, unknown])[2];
  };

  test(
    "joins public, private and presence channels and hears events",
    async () => {
      const channels = [fresh("public-"), fresh("private-"), fresh("presence-")];
      await join(channels);
      for (const channel of channels) await clients.sdk().trigger(channel, "greeting", { text: "Grüße" });
      for (const channel of channels) expect(await heard(channel, "greeting")).toEqual({ text: "Grüße" });
    },
    TIMEOUT_MS,
  );

  test(
    "sends a client event that another page hears",
    async () => {
      const channel = fresh("presence-");
      await join([channel]);
      const first = page;
      await join([channel]);
      const second = page;
      page = first;
      await second.evaluate((name) => {
        (window as unknown as Globals).client.channel(name).trigger("client-wave", { hand: "left" });
      }, channel);
      expect(await heard(channel, "client-wave")).toEqual({ hand: "left" });
      await second.close();
    },
    TIMEOUT_MS,
  );

  test(
    "is authorized through JSONP, which only a page can do",
    async () => {
      const channels = [fresh("private-"), fresh("presence-")];
      await join(channels, "jsonp");
      expect(endpoint.requests.at(-1)?.form.get("callback")).toStartWith("Pusher.auth_callbacks");
    },
    TIMEOUT_MS,
  );

  if (build === "pusher-with-encryption.min.js") {
    test(
      "opens what was encrypted",
      async () => {
        const channel = fresh("private-encrypted-");
        await join([channel]);
        await clients.sdk().trigger(channel, "secret", { words: "between us" });
        expect(await heard(channel, "secret")).toEqual({ words: "between us" });
      },
      TIMEOUT_MS,
    );
  }
});

/** A site with a page, the build under test, and an authorization endpoint for ajax and JSONP. */
function startSite(build: string, endpoint: AuthEndpoint) {
  const script = Bun.file(new URL(`../../node_modules/pusher-js/dist/web/${build}`, import.meta.url));
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/pusher.js") return new Response(script);
      if (pathname !== "/pusher/auth") {
        const html = '<!doctype html><link rel="icon" href="data:,"><script src="/pusher.js"></script>';
        return new Response(html, { headers: { "content-type": "text/html" } });
      }
      if (request.method === "POST") {
        return fetch(endpoint.channelUrl, { method: "POST", body: await request.text() });
      }
      const callback = searchParams.get("callback");
      const answer = await fetch(endpoint.channelUrl, { method: "POST", body: searchParams.toString() });
      return new Response(`${callback}(${await answer.text()});`, {
        headers: { "content-type": "application/javascript" },
      });
    },
  });
}
