import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, BrowserContext } from "playwright-core";
import Pusher from "pusher";
import { startServer, type TestServer } from "../support/server.ts";
import { browserPath, launchBrowser, Tab } from "./browser.ts";

const TIMEOUT_MS = 60_000;
const DEVELOPMENT = { NODE_ENV: "development" };
const SHOWN = { client_events: true, subscription_counting: true };

describe.skipIf(browserPath === undefined)("the first page", () => {
  let browser: Browser;
  let server: TestServer;
  let context: BrowserContext;
  const tabs: Tab[] = [];

  beforeAll(async () => {
    [browser, server] = await Promise.all([
      launchBrowser(),
      startServer({ settings: SHOWN, env: DEVELOPMENT }),
    ]);
    context = await browser.newContext();
  }, TIMEOUT_MS);

  afterEach(async () => {
    for (const tab of tabs.splice(0)) await tab.page.close();
  });

  afterAll(async () => {
    await browser.close();
    await server.stop();
  }, TIMEOUT_MS);

  const open = async (at: TestServer = server, path = "/") => {
    const tab = await Tab.open(context, at, path);
    tabs.push(tab);
    return tab;
  };

  test(
    "connects, signs in and joins a public, a private and a presence channel",
    async () => {
      const tab = await (await open()).joined();
      const { page } = tab;
      expect(await tab.text("h1")).toBe("The doors are open.");
      expect(await tab.text("#connection-state")).toBe("connected");
      expect(await tab.text("#socket-id")).toMatch(/^\d+\.\d+$/);
      await page.getByText("signed in", { exact: true }).waitFor();
      expect(await tab.text("#address")).toBe(`ws://${server.host}:${server.port}/app/${server.key}`);
      await page.getByText("It is quiet in here.").waitFor();
      await page.getByText("Only you so far").waitFor();
      expect(tab.complaints).toEqual([]);
      expect(tab.strayRequests).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "shows a member who opens a second tab, and takes them off the list when they leave",
    async () => {
      const first = await (await open()).joined();
      const opening = context.waitForEvent("page");
      await first.page.getByRole("link", { name: "open a second tab" }).click();
      const second = await opening;
      second.setDefaultTimeout(10_000);
      const secondName = (await second.locator("#guest-name").textContent()) ?? "";
      await first.hears("pusher:member_added");
      await first.page.locator("#members li").filter({ hasText: secondName }).first().waitFor();
      expect(await first.members()).toHaveLength(2);
      await second.locator("#members li").nth(1).waitFor();
      expect(await second.locator("#members li").allTextContents()).toContain(await first.guestName());
      await first.page.getByText("2 connections are here").first().waitFor();

      await second.close();
      await first.hears("pusher:member_removed");
      expect(await first.members()).toEqual([`${await first.guestName()} (you)`]);
      expect(first.complaints).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "keeps its guest over a reload",
    async () => {
      const tab = await (await open()).joined();
      const name = await tab.guestName();
      await tab.page.reload();
      await tab.joined();
      expect(await tab.guestName()).toBe(name);
    },
    TIMEOUT_MS,
  );

  test(
    "triggers an event on the server that arrives in every tab",
    async () => {
      const [first, second] = await Promise.all([open(), open()]);
      await Promise.all([first.joined(), second.joined()]);
      for (const channel of ["demo", "private-demo", "presence-demo"]) {
        const form = first.page.locator("#trigger-form");
        await form.getByLabel("Channel").selectOption(channel);
        await form.getByLabel("Event").fill(`greeting on ${channel}`);
        await form.getByLabel("Data").fill('{"text":"Hello, both"}');
        await form.getByRole("button").click();
        await form.getByText("Sent to 2 connections.").waitFor();
        for (const tab of [first, second]) {
          const entry = await tab.hears(`greeting on ${channel}`);
          expect(entry).toContain(channel);
          expect(entry).toContain('{"text":"Hello, both"}');
          expect(entry).toMatch(/\d\d:\d\d:\d\d/);
        }
      }
      expect([...first.complaints, ...second.complaints]).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "shows what the app's own server triggers",
    async () => {
      const tab = await (await open()).joined();
      const { appId, key, secret, host, port } = server;
      const sdk = new Pusher({ appId, key, secret, host, port: String(port), useTLS: false });
      await sdk.trigger("private-demo", "App\\Events\\OrderShipped", { id: 7 });
      const entry = await tab.hears("App\\Events\\OrderShipped");
      expect(entry).toContain('{"id":7}');
    },
    TIMEOUT_MS,
  );

  test(
    "says why the server would not send an event",
    async () => {
      const { page } = await (await open()).joined();
      const form = page.locator("#trigger-form");
      await form.getByLabel("Event").fill("pusher:mine");
      await form.getByRole("button").click();
      await form.getByText("400: The 'pusher' namespace is reserved").waitFor();
    },
    TIMEOUT_MS,
  );

  test(
    "sends a client event to the other tab, which is told its sender, and not back",
    async () => {
      const [first, second] = await Promise.all([open(), open()]);
      await Promise.all([first.joined(), second.joined()]);
      await first.page.locator("#members li").nth(1).waitFor();
      const form = second.page.locator("#client-event-form");
      await form.getByLabel("Event").fill("nod");
      // A keyboard is enough: Enter in a field sends the form.
      await form.getByLabel("Event").press("Enter");
      const received = await first.hears("client-nod");
      expect(received).toContain("presence-demo");
      expect(received).toContain(`from ${await second.guestName()}`);
      expect(await second.hears("client-nod")).toContain("sent by this tab");

      await form.getByLabel("Channel").selectOption("private-demo");
      await form.getByLabel("Event").fill("whisper");
      await form.getByRole("button").click();
      expect(await first.hears("client-whisper")).toContain("private-demo");
      const own = (await second.events()).filter((entry) => entry.includes("client-"));
      expect(own).toHaveLength(2);
      expect([...first.complaints, ...second.complaints]).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "shows the auth endpoint's 403 for someone else's channel",
    async () => {
      const tab = await (await open()).joined();
      const { page, complaints } = tab;
      await page.getByRole("button", { name: "Try someone else’s channel" }).click();
      await page.getByText("403: the auth endpoint said no").waitFor();
      expect(await tab.text("#refusal pre")).toContain('"status": 403');
      expect(await tab.text("#connection-state")).toBe("connected");
      // Chromium itself reports a failed request; nothing else may be wrong.
      expect(complaints).toHaveLength(1);
      expect(complaints[0]).toContain("403");
    },
    TIMEOUT_MS,
  );

  test(
    "shows the server's own refusal of a forged ticket, with the text that should have been signed",
    async () => {
      const tab = await (await open()).joined();
      const { page, complaints } = tab;
      const socketId = await tab.text("#socket-id");
      await page.getByRole("button", { name: "Try it with a forged ticket" }).click();
      await page.getByText("401: Usher refused the ticket").waitFor();
      const detail = await tab.text("#refusal pre");
      expect(detail).toContain('"status": 401');
      expect(detail).toContain(`${socketId}:private-not-yours`);
      expect(await tab.text("#connection-state")).toBe("connected");
      expect(complaints).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "offers snippets with the real address and key, and the secret nowhere",
    async () => {
      const { page } = await (await open()).joined();
      const [client = "", node = "", cli = ""] = await page.locator(".snippet pre").allTextContents();
      expect(client).toContain(`new Pusher("${server.key}"`);
      expect(client).toContain(`wsPort: ${server.port}`);
      expect(node).toContain(`appId: "${server.appId}"`);
      expect(node).toContain("process.env.USHER_APP_SECRET");
      expect(cli).toContain("npx usher trigger --channel demo");
      expect(cli).toContain(`--url http://${server.host}:${server.port}`);
      expect(await page.content()).not.toContain(server.secret);
    },
    TIMEOUT_MS,
  );

  test(
    "fits a narrow screen",
    async () => {
      const { page } = await (await open()).joined();
      await page.setViewportSize({ width: 360, height: 740 });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "says how to turn client events on where the app has them off",
    async () => {
      const plain = await startServer({ settings: { client_events: false }, env: DEVELOPMENT });
      try {
        const { page, complaints } = await (await open(plain)).joined();
        await page.getByText("Client events are off for this app.").waitFor();
        await page.getByText(`USHER_APP_SETTINGS='{"client_events":true}' npm start`).waitFor();
        expect(await page.getByRole("button", { name: "Send client event" }).isVisible()).toBe(false);
        expect(complaints).toEqual([]);
      } finally {
        await plain.stop();
      }
    },
    TIMEOUT_MS,
  );

  test(
    "works below a path prefix",
    async () => {
      const below = await startServer({
        settings: SHOWN,
        env: { ...DEVELOPMENT, USHER_PATH_PREFIX: "/realtime" },
      });
      try {
        const tab = await (await open(below, "/realtime/")).joined();
        expect(await tab.text("#address")).toContain("/realtime/app/");
        await tab.page.locator("#trigger-form").getByRole("button").click();
        await tab.hears("greeting");
        expect(tab.complaints).toEqual([]);
      } finally {
        await below.stop();
      }
    },
    TIMEOUT_MS,
  );

  test(
    "says that the server is away and comes back with it",
    async () => {
      const first = await startServer({ settings: SHOWN, env: DEVELOPMENT });
      const tab = await (await open(first)).joined();
      const socketId = await tab.text("#socket-id");
      await first.stop();
      await tab.page.locator("#connection-state:not([data-state=connected])").waitFor();
      expect(await tab.text("h1")).not.toBe("The doors are open.");

      const again = await startServer({
        settings: SHOWN,
        env: { ...DEVELOPMENT, USHER_PORT: String(first.port) },
      });
      try {
        await tab.page.locator("#connection-state[data-state=connected]").waitFor({ timeout: 30_000 });
        await tab.joined();
        expect(await tab.text("#socket-id")).not.toBe(socketId);
      } finally {
        await again.stop();
      }
    },
    TIMEOUT_MS,
  );
});

describe("in production", () => {
  test(
    "there is no first page and none of its endpoints",
    async () => {
      const server = await startServer({ env: { NODE_ENV: "production" } });
      try {
        const url = `http://${server.host}:${server.port}`;
        const root = await (await fetch(`${url}/`)).text();
        expect(root).not.toContain("<html");
        expect(root).not.toContain(server.key);
        const form = {
          method: "POST",
          body: "socket_id=1.2&channel_name=private-demo&name=x&channel=demo&data=1",
        };
        for (const path of ["auth", "user-auth", "trigger"]) {
          expect((await fetch(`${url}/first-page/${path}`, form)).status).toBe(404);
        }
        expect((await fetch(`${url}/first-page/main.js`)).status).toBe(404);
      } finally {
        await server.stop();
      }
    },
    TIMEOUT_MS,
  );
});
