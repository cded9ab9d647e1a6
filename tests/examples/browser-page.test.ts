import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { browserPath, launchBrowser } from "../browser/browser.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { checkEndpoint } from "./check-endpoint.ts";
import { EXAMPLES, type RunningExample, runExample } from "./running-example.ts";

const TIMEOUT_MS = 30_000;

describe.skipIf(browserPath === undefined)("examples/browser-page", () => {
  let server: TestServer;
  let browser: Browser;
  let example: RunningExample;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
    example = await runExample([process.execPath, `${EXAMPLES}browser-page/server.ts`], server);
  }, TIMEOUT_MS);
  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
  afterAll(async () => {
    await browser.close();
    await example.stop();
    await server.stop();
  }, TIMEOUT_MS);

  /** A page with cookies of its own, and the requests for authorization that it sends. */
  const open = async (query = ""): Promise<{ page: Page; requests: string[] }> => {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(10_000);
    const requests: string[] = [];
    page.on("request", (request) => {
      if (new URL(request.url()).pathname === "/pusher/auth") requests.push(request.method());
    });
    await page.goto(`${example.url}/${query}`);
    return { page, requests };
  };

  const signIn = (page: Page, name: string) => page.getByRole("button", { name }).click();
  const line = (page: Page, text: string) => page.locator("li").getByText(text, { exact: true }).waitFor();

  test(
    "joins its own private channel and the room with one request, and is refused on someone else's",
    async () => {
      const [ada, grace] = [await open(), await open()];
      await signIn(ada.page, "Ada");
      await line(ada.page, "private-user-1: joined");
      await line(ada.page, "private-user-2: refused, 403");
      await line(ada.page, "presence-room-lobby: joined");
      expect(ada.requests).toEqual(["POST"]);

      await signIn(grace.page, "Grace");
      await line(grace.page, "private-user-1: refused, 403");
      await line(grace.page, "private-user-2: joined");
      for (const { page } of [ada, grace]) {
        await line(page, "🦉 Ada");
        await line(page, "🐝 Grace");
      }

      await signIn(ada.page, "Ada");
      await line(ada.page, "Ada signed in again");
      expect(await grace.page.locator("#events li").count()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "does the same by JSONP, where a refusal never reaches the page",
    async () => {
      const { page, requests } = await open("?jsonp");
      const refusal = page.waitForResponse((response) => response.url().includes("private-user-1"));
      await signIn(page, "Grace");
      await line(page, "private-user-2: joined");
      await line(page, "presence-room-lobby: joined");
      expect((await refusal).status()).toBe(403);
      await line(page, "private-user-1: asking");
      expect(requests).toEqual(["GET", "GET", "GET"]);
      await signIn(page, "Grace");
      await line(page, "Grace signed in again");
    },
    TIMEOUT_MS,
  );

  test("passes every check of usher auth check", async () => {
    const body = JSON.stringify({ user: 1 });
    const login = await fetch(`${example.url}/login`, { method: "POST", body });
    const Cookie = login.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const headers = { Cookie, "X-Requested-With": "XMLHttpRequest" };
    await checkEndpoint(server, `${example.url}/pusher/auth`, headers, [
      "--batch",
      "--jsonp",
      "--origin",
      example.url,
    ]);
  });

  test("answers neither forms nor scripts of other sites", async () => {
    const { page } = await open();
    await signIn(page, "Ada");
    await line(page, "private-user-1: joined");
    const [{ name = "", value = "" } = {}] = await page.context().cookies();
    const headers = { Cookie: `${name}=${value}`, Referer: "https://evil.example/" };
    const asked = new URLSearchParams({ socket_id: "1.2", channel_name: "private-user-1" });
    const form = await fetch(`${example.url}/pusher/auth`, { method: "POST", headers, body: asked });
    const script = await fetch(`${example.url}/pusher/auth?callback=f&${asked}`, { headers });
    expect([form.status, script.status]).toEqual([403, 403]);
  });
});
