import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import NodePusher from "pusher-js";
import { type Attended, attendedVisit, joined, unexpected } from "./attended.ts";
import { browserPath, VISIT_TIMEOUT_MS } from "./visit.ts";

describe.skipIf(browserPath === undefined)("channels in the dashboard", () => {
  let attended: Attended;
  let base: string;

  beforeAll(async () => {
    attended = await attendedVisit();
    base = `/apps/${attended.visit.server.appId}/channels`;
  }, VISIT_TIMEOUT_MS);

  afterAll(() => attended.end(), VISIT_TIMEOUT_MS);

  /** The names in the list, in its order. */
  const names = () => attended.visit.page.locator("tbody tr td:first-child").allTextContents();
  const row = (name: string) => attended.visit.page.locator("tbody tr").filter({ hasText: name });

  test(
    "an empty list says how to fill it, and fills by itself",
    async () => {
      const { visit, clients } = attended;
      const page = await visit.open(base);
      await page.getByText("Nobody is on any channel").waitFor();
      await visit.picture("channels-empty");
      const client = await clients.connect(NodePusher, { userId: "ann" });
      for (const name of ["orders", "private-room", "presence-lobby", "private-cache-price"]) {
        await joined(client, name);
      }
      await row("presence-lobby").waitFor();
      expect(await names()).toEqual(["orders", "presence-lobby", "private-cache-price", "private-room"]);
      expect(await row("private-cache-price").textContent()).toContain("privatecache");
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("channels");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "the filter asks the server, and stands in the address",
    async () => {
      const { page } = attended.visit;
      await page.keyboard.press("/");
      await page.keyboard.type("presence-");
      await row("orders").waitFor({ state: "detached" });
      expect(await names()).toEqual(["presence-lobby"]);
      expect(page.url()).toEndWith("/channels?prefix=presence-");
      await page.getByRole("searchbox").fill("nobody");
      await page.getByText("Nobody is on a channel that begins with nobody").waitFor();
      await page.getByRole("searchbox").fill("");
      await row("orders").waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "rows stay where they are under the pointer, and their numbers change",
    async () => {
      const { visit, clients } = attended;
      const { page } = visit;
      await row("orders").hover();
      const before = await names();
      const other = await clients.connect(NodePusher);
      await joined(other, "a-new-one");
      await joined(other, "orders");
      await page.getByText("1 more since you look here").waitFor();
      await row("orders").getByRole("cell", { name: "2" }).waitFor();
      expect(await names()).toEqual(before);
      await page.getByRole("heading", { level: 1 }).hover();
      await row("a-new-one").waitFor();
      other.disconnect();
      await row("a-new-one").waitFor({ state: "detached" });
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "many channels come in pages",
    async () => {
      const { visit, clients } = attended;
      const { page } = visit;
      const client = await clients.connect(NodePusher);
      const many = Array.from({ length: 60 }, (_, index) => `many-${String(index).padStart(2, "0")}`);
      await Promise.all(many.map((name) => joined(client, name)));
      await page.getByRole("searchbox").fill("many-");
      await row("many-49").waitFor();
      expect(await names()).toEqual(many.slice(0, 50));
      await page.getByRole("button", { name: "Next" }).click();
      await row("many-59").waitFor();
      expect(await names()).toEqual(many.slice(50));
      await page.getByRole("button", { name: "Back" }).click();
      await row("many-00").waitFor();
      client.disconnect();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "the members are right while people come and go",
    async () => {
      const { visit, clients } = attended;
      await visit.open(base);
      await visit.page.getByRole("link", { name: "presence-lobby" }).click();
      // Rows stay where they are under the pointer.
      await visit.page.getByRole("heading", { level: 1, name: "presence-lobby" }).hover();
      const members = visit.page.getByRole("region", { name: "Members", exact: true });
      const member = (id: string) => members.locator("tbody tr").filter({ hasText: id });
      await member("ann").waitFor();
      const [bob, secondTab] = [
        await clients.connect(NodePusher, { userId: "bob" }),
        await clients.connect(NodePusher, { userId: "ann" }),
      ];
      await joined(bob, "presence-lobby");
      await member("bob").waitFor();
      expect(await member("bob").textContent()).toContain("The name of bob");
      await joined(secondTab, "presence-lobby");
      await member("ann").getByRole("cell", { name: "2", exact: true }).waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("channel");
      bob.disconnect();
      await member("bob").waitFor({ state: "detached" });
      secondTab.disconnect();
      await member("ann").getByRole("cell", { name: "1", exact: true }).waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "a member who is taken off hears why, and leaves the list",
    async () => {
      const { visit, clients } = attended;
      const { page } = visit;
      const cy = await clients.connect(NodePusher, { userId: "cy" });
      await joined(cy, "presence-lobby");
      const heard = new Promise<{ readonly code: string; readonly error: string }>((resolve) =>
        cy.channel("presence-lobby").bind("pusher:subscription_error", resolve),
      );
      await page.getByRole("button", { name: "Take off cy" }).click();
      const dialog = page.getByRole("dialog", { name: "Take a member off the channel" });
      await dialog.getByText("No event of presence-lobby reaches them").waitFor();
      await dialog.getByLabel("Reason").fill("Be kind");
      expect(await visit.accessibilityProblems()).toEqual([]);
      await visit.picture("channel-take-off");
      await dialog.getByRole("button", { name: "Take back" }).click();
      const { code, error } = await heard;
      expect([code, error]).toEqual([
        "grant_revoked",
        "The authorization for presence-lobby was taken back: Be kind",
      ]);
      await page.getByText("1 subscription ended on 1 connection.").waitFor();
      await page.getByRole("heading", { level: 1 }).hover();
      await page.getByRole("button", { name: "Take off cy" }).waitFor({ state: "detached" });
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "everybody may be asked to come back with a new signature",
    async () => {
      const { visit, endpoint } = attended;
      const page = await visit.open(`${base}/private-room`);
      const before = endpoint.requests.length;
      await page.getByRole("button", { name: "Take grants back" }).click();
      await page.getByLabel("Nothing from before now").check();
      await page.getByText("counts no more").waitFor();
      await visit.picture("channel-watermark");
      await page.getByRole("button", { name: "Take back" }).click();
      await page.getByText("ended on 1 connection").waitFor();
      // The client is back on its own, and was signed for anew.
      await page.getByRole("link", { name: /^\d+\.\d+$/ }).waitFor();
      expect(endpoint.requests.length).toBeGreaterThan(before);
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "a cache channel says what it keeps",
    async () => {
      const { visit, clients } = attended;
      const page = await visit.open(`${base}/private-cache-price`);
      await page.getByText("Empty: whoever joins gets pusher:cache_miss").waitFor();
      await clients.sdk().trigger("private-cache-price", "price-changed", { eur: 7 });
      await page.getByText("price-changed").waitFor();
      await visit.picture("channel-cache");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "a channel that nobody is on is waited for",
    async () => {
      const { visit, clients } = attended;
      const page = await visit.open(`${base}/later`);
      await page.getByText("Nobody is on this channel").waitFor();
      await joined(await clients.connect(NodePusher), "later");
      await page.getByRole("heading", { name: "Who is connected" }).waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test("nothing was loaded from elsewhere and nothing complained", () => {
    expect(attended.visit.strayRequests).toEqual([]);
    expect(unexpected(attended.visit.complaints, 404)).toEqual([]);
  });
});
