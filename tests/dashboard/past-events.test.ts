import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import NodePusher from "pusher-js";
import { type Attended, attendedVisit, joined } from "./attended.ts";
import { browserPath, VISIT_TIMEOUT_MS } from "./visit.ts";

describe.skipIf(browserPath === undefined)("what a channel keeps, in the dashboard", () => {
  let attended: Attended;
  let base: string;

  beforeAll(async () => {
    const settings = { history_prefixes: ["orders-"], history_events: 30, console_payloads: true };
    attended = await attendedVisit({ settings });
    base = `/apps/${attended.visit.server.appId}/channels`;
    const client = await attended.clients.connect(NodePusher);
    await Promise.all([joined(client, "orders-7"), joined(client, "news")]);
  }, VISIT_TIMEOUT_MS);

  afterAll(() => attended.end(), VISIT_TIMEOUT_MS);

  test(
    "is shown with the latest first, and goes on",
    async () => {
      const { visit, clients } = attended;
      const page = await visit.open(`${base}/orders-7`);
      await page.getByText("No event has been sent since it keeps them").waitFor();
      for (let order = 1; order <= 25; order++) await clients.sdk().trigger("orders-7", "placed", { order });
      const rows = page.getByRole("region", { name: "Events that the channel keeps" }).locator("tbody tr");
      await rows.first().filter({ hasText: '{"order":25}' }).waitFor();
      expect(await rows.count()).toBe(20);
      expect(await rows.last().textContent()).toContain('{"order":6}');
      await page.getByText(/^Events 1 to 25 of epoch/).waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("past-events");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "is said to be nothing where the setting does not cover the channel",
    async () => {
      const page = await attended.visit.open(`${base}/news`);
      await page.getByText("does not cover this channel").waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test("nothing was loaded from elsewhere and nothing complained", () => {
    expect(attended.visit.strayRequests).toEqual([]);
    expect(attended.visit.complaints).toEqual([]);
  });
});
