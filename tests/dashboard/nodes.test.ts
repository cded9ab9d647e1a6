import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import NodePusher from "pusher-js";
import type { Clients } from "../clients/clients.ts";
import { type Attended, attendedVisit } from "./attended.ts";
import { browserPath, VISIT_TIMEOUT_MS, type Visit } from "./visit.ts";

describe.skipIf(browserPath === undefined)("the nodes", () => {
  let attended: Attended;
  let visit: Visit;
  let clients: Clients;

  beforeAll(async () => {
    attended = await attendedVisit();
    ({ visit, clients } = attended);
  }, VISIT_TIMEOUT_MS);

  afterAll(() => attended.end(), VISIT_TIMEOUT_MS);

  test(
    "say whether they are well, what they run and who is on them",
    async () => {
      const page = await visit.open("/nodes");
      await page.getByText("All servers are well").waitFor();
      const row = page.getByRole("row").filter({ hasText: `:${visit.server.port}` });
      await row.getByText("healthy").waitFor();
      await row.getByText("all", { exact: true }).waitFor();
      await clients.connect(NodePusher);
      await page.getByText("They hold 1 connection and").waitFor({ timeout: 20_000 });
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("nodes");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "take a server out of service after a question, and put it back",
    async () => {
      const page = await visit.open("/nodes");
      const row = page.getByRole("row").filter({ hasText: `:${visit.server.port}` });
      await row.getByRole("button", { name: "Drain" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("No other server is in service").waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      await visit.picture("nodes-drain");
      await dialog.getByRole("button", { name: "Keep things as they are" }).click();
      await row.getByText("healthy").waitFor();

      await row.getByRole("button", { name: "Drain" }).click();
      await dialog.getByRole("button", { name: "Drain it" }).click();
      await row.getByText("drained").waitFor();
      await page.getByText("it takes no clients until it is resumed").waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("nodes-drained");

      await row.getByRole("button", { name: "Resume" }).click();
      await row.getByText("healthy").waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test("nothing was loaded from elsewhere and nothing complained", () => {
    expect(visit.strayRequests).toEqual([]);
    expect(visit.complaints).toEqual([]);
  });
});
