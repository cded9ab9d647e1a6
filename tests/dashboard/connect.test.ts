import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import NodePusher from "pusher-js";
import { SNIPPETS } from "../../packages/dashboard/src/screens/connect/snippets.ts";
import { stateOf } from "../clients/events.ts";
import { browserPath, VISIT_TIMEOUT_MS, Visit } from "./visit.ts";

describe.skipIf(browserPath === undefined)("the connect screen", () => {
  let visit: Visit;
  const clients: NodePusher[] = [];

  beforeAll(async () => {
    visit = await Visit.asOwner();
  }, VISIT_TIMEOUT_MS);

  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await visit.end();
  }, VISIT_TIMEOUT_MS);

  const open = () => visit.open(`/apps/${visit.server.appId}/connect`);

  async function connect(): Promise<void> {
    const { host, port, key } = visit.server;
    const client = new NodePusher(key, {
      cluster: "",
      wsHost: host,
      wsPort: port,
      forceTLS: false,
      enabledTransports: ["ws", "wss"],
    });
    clients.push(client);
    await stateOf(client, "connected");
  }

  test(
    "waits for the first connection, and says so as it comes",
    async () => {
      const page = await open();
      await page.getByText("Waiting for the first connection").waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("connect-waiting");
      await connect();
      await page.getByText("Connected: pusher-js 8.6.0 from 127.0.0.1").waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      await visit.picture("connect-connected");
      await page.getByRole("link", { name: "The connection" }).click();
      await page.waitForURL(/\/connections\/\d+\.\d+$/);
      await open();
      await page.getByText("Connected: pusher-js 8.6.0 from 127.0.0.1").waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "every snippet has host, port and key filled in, and the secret in none",
    async () => {
      const page = await open();
      const { host, port, key, secret } = visit.server;
      const seen: string[] = [];
      for (const group of ["In the page", "Your endpoint", "Your server", "Terminal"]) {
        await page.getByRole("tab", { name: group }).click();
        const minor = page.getByRole("tablist", { name: group }).getByRole("tab");
        for (const tab of await minor.all()) {
          await tab.click();
          const name = (await tab.textContent()) ?? "";
          const text = (await page.locator("pre").last().textContent()) ?? "";
          expect(text).toContain(key);
          expect(text).not.toContain("{{");
          expect(text).not.toContain("§");
          if (group !== "Your endpoint") {
            expect(text).toContain(host);
            expect(text).toContain(String(port));
          }
          seen.push(name);
        }
      }
      expect(seen.sort()).toEqual(SNIPPETS.map(({ title }) => title).sort());
      expect(await page.content()).not.toContain(secret);
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "a snippet is copied whole, and the choice is remembered",
    async () => {
      const page = await open();
      await page.getByRole("tab", { name: "Your server" }).click();
      await page.getByRole("tab", { name: "Go", exact: true }).click();
      await page.getByRole("button", { name: "Copy Go: main.go" }).click();
      await page.getByText("Copied").first().waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      expect(copied).toBe((await page.locator("pre").last().textContent()) ?? "");
      expect(copied).toStartWith("package main\n");
      expect(copied).toContain('os.Getenv("USHER_APP_SECRET")');
      await page.reload();
      await page.getByRole("tab", { name: "Go", exact: true, selected: true }).waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("connect-go");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "goes by the configured address, or by the clients' own port",
    async () => {
      const { page } = visit;
      const answers = [
        [
          { public_url: "https://realtime.example.com", port: 6001, is_admin_port: true },
          "realtime.example.com",
          "443",
        ],
        [{ public_url: null, port: 7001, is_admin_port: false }, visit.server.host, "7001"],
      ] as const;
      for (const [json, host, port] of answers) {
        await page.route("**/admin/v1/address", (route) => route.fulfill({ json }));
        await open();
        await page.getByRole("tab", { name: "In the page" }).click();
        const text = (await page.locator("pre").last().textContent()) ?? "";
        expect(text).toContain(`wsHost: "${host}"`);
        expect(text).toContain(`wsPort: ${port},`);
        expect(text).toContain(`forceTLS: ${json.public_url !== null},`);
        await page.unroute("**/admin/v1/address");
      }
    },
    VISIT_TIMEOUT_MS,
  );

  test("asked nobody but its own server, and complained of nothing", () => {
    expect(visit.strayRequests).toEqual([]);
    expect(visit.complaints).toEqual([]);
  });
});
