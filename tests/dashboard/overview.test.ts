import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import NodePusher from "pusher-js";
import type { Clients } from "../clients/clients.ts";
import { type Attended, attendedVisit } from "./attended.ts";
import { browserPath, VISIT_TIMEOUT_MS, type Visit } from "./visit.ts";

/** A server writes its figures every 10 s. */
const NEXT_FIGURES = { timeout: 30_000 };

describe.skipIf(browserPath === undefined)("the overviews, with real traffic", () => {
  let attended: Attended;
  let visit: Visit;
  let clients: Clients;

  beforeAll(async () => {
    attended = await attendedVisit();
    ({ visit, clients } = attended);
  }, VISIT_TIMEOUT_MS);

  afterAll(() => attended.end(), VISIT_TIMEOUT_MS);

  test(
    "an app with nobody on it says what to do next, and ticks when the first client connects",
    async () => {
      const { appId, key } = visit.server;
      const page = await visit.open(`/apps/${appId}`);
      await page.getByRole("heading", { name: "Waiting for the first connection" }).waitFor();
      await page.getByRole("main").getByText(key, { exact: true }).waitFor();
      const snippet = page.getByRole("link", { name: "Show the snippet" });
      expect(await snippet.getAttribute("href")).toBe(`/dashboard/apps/${appId}/connect`);
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("app-overview-empty");

      const client = await clients.connect(NodePusher);
      await page.getByRole("heading", { name: "The first connection is here" }).waitFor();
      await visit.picture("app-overview-first");
      const channel = client.subscribe("private-room");
      await new Promise((resolve) => channel.bind("pusher:subscription_succeeded", resolve));
      const heard = new Promise((resolve) => channel.bind("said", resolve));
      await clients.sdk().trigger("private-room", "said", { text: "hello" });
      await heard;
      await page.getByRole("button", { name: "Done, hide this" }).click();
      await page
        .getByRole("heading", { name: "The first connection is here" })
        .waitFor({ state: "detached" });
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "an app's figures show who is there, what was sent and what was refused and why",
    async () => {
      const { appId } = visit.server;
      const stranger = await clients.connect(NodePusher);
      const channel = stranger.subscribe("private-missigned");
      await new Promise((resolve) => channel.bind("pusher:subscription_error", resolve));
      stranger.disconnect();
      await expect(clients.sdk({ secret: "not the secret" }).trigger("room", "said", {})).rejects.toThrow();

      const page = await visit.open(`/apps/${appId}?range=15m`);
      await tile("Not authorized").getByText("1", { exact: true }).waitFor(NEXT_FIGURES);
      await tile("Not authorized").getByText("1 granted").waitFor();
      await tile("Connections").getByText("1", { exact: true }).waitFor();
      await tile("API requests").getByText("1 refused or failed").waitFor();
      const reasons = page.getByRole("region", { name: "Refused and ended, by reason" });
      await reasons.getByText("signature_mismatch").waitFor();
      const messages = page.getByRole("figure").filter({ hasText: "Messages" });
      const toClients = messages.getByRole("listitem").filter({ hasText: "to clients" });
      // Where the pointer is, nothing was recorded yet.
      await messages.locator("canvas").hover({ position: { x: 80, y: 60 }, force: true });
      await toClients.getByText("–", { exact: true }).waitFor();
      await page.getByRole("heading", { level: 1 }).hover();
      await toClients.getByText("–", { exact: true }).waitFor({ state: "detached" });
      await messages.getByText("as a table").click();
      await messages.getByRole("row").nth(10).waitFor();
      await messages.getByText("as a table").click();
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("app-overview");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "the range stays in the address, and what happened meanwhile is told",
    async () => {
      const { page } = visit;
      const { appId, key } = visit.server;
      await page.getByRole("radio", { name: "the last 24 hours" }).check({ force: true });
      await page.waitForURL(/range=24h/);
      await page.getByText("now and in the last 24 hours").waitFor();
      const meanwhile = page.getByRole("region", { name: "What happened meanwhile" });
      await meanwhile.getByText(/started \(version/).waitFor();
      const session = await page.evaluate(async (url) => (await fetch(url)).json(), "/admin/v1/session");
      await page.evaluate(
        async ({ url, token }) => {
          await fetch(url, {
            method: "POST",
            headers: { "content-type": "application/json", "x-csrf-token": token },
            body: "{}",
          });
        },
        { url: `/admin/v1/apps/${appId}/keys/${key}/secrets/rotate`, token: session.csrf_token },
      );
      await visit.open(`/apps/${appId}?range=15m`);
      await meanwhile.getByText("new secret generated").waitFor();
      expect(await page.getByRole("radio", { name: "the last 15 minutes" }).isChecked()).toBe(true);
      await visit.picture("app-overview-marks");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "the server's overview has all apps beside one another, and the nodes",
    async () => {
      const { appId } = visit.server;
      const page = await visit.open("/?range=15m");
      await tile("Connections").getByText("1", { exact: true }).waitFor();
      const apps = page.getByRole("region", { name: "Apps in figures" });
      await apps.getByRole("img", { name: /Connections in the last 15 minutes/ }).waitFor();
      const nodes = page.getByRole("region", { name: "Nodes" });
      await nodes.getByText("healthy").waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("overview");
      await apps.getByRole("link").first().click();
      await page.waitForURL(`**/apps/${appId}?range=15m`);
    },
    VISIT_TIMEOUT_MS,
  );

  test("nothing was loaded from elsewhere and nothing complained", () => {
    expect(visit.strayRequests).toEqual([]);
    expect(visit.complaints).toEqual([]);
  });

  /** One of the figures at the top. */
  function tile(name: string) {
    return visit.page
      .locator("dl > div")
      .filter({ has: visit.page.locator("dt").getByText(name, { exact: true }) });
  }
});
