import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import NodePusher from "pusher-js";
import { type AuthEndpoint, startAuthEndpoint } from "../clients/auth-endpoint.ts";
import { Clients } from "../clients/clients.ts";
import { browserPath, VISIT_TIMEOUT_MS, Visit } from "./visit.ts";

describe.skipIf(browserPath === undefined)("the nodes", () => {
  let visit: Visit;
  let endpoint: AuthEndpoint;
  let clients: Clients;

  beforeAll(async () => {
    visit = await Visit.asOwner();
    const { appId: id, key, secret } = visit.server;
    endpoint = startAuthEndpoint({ id, key, secret });
    clients = new Clients(
      { id, key, secret },
      () => visit.server,
      () => endpoint,
    );
  }, VISIT_TIMEOUT_MS);

  afterAll(async () => {
    clients.end();
    await endpoint.stop();
    await visit.end();
  }, VISIT_TIMEOUT_MS);

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

  test("nothing was loaded from elsewhere and nothing complained", () => {
    expect(visit.strayRequests).toEqual([]);
    expect(visit.complaints).toEqual([]);
  });
});
