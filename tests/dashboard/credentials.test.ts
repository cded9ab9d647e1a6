import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import NodePusher from "pusher-js";
import { type AuthEndpoint, startAuthEndpoint } from "../clients/auth-endpoint.ts";
import { Clients } from "../clients/clients.ts";
import { browserPath, VISIT_TIMEOUT_MS, Visit } from "./visit.ts";

describe.skipIf(browserPath === undefined)("a rotation in the dashboard, with a client attached", () => {
  let visit: Visit;
  let endpoint: AuthEndpoint;
  let clients: Clients;
  let newSecret = "";
  const heard: string[] = [];

  beforeAll(async () => {
    visit = await Visit.asOwner();
    const { appId: id, key, secret } = visit.server;
    endpoint = startAuthEndpoint({ id, key, secret });
    clients = new Clients(
      { id, key, secret },
      () => visit.server,
      () => endpoint,
    );
    const client = await clients.connect(NodePusher);
    const channel = client.subscribe("private-room");
    channel.bind("said", ({ text }: { readonly text: string }) => void heard.push(text));
    await new Promise((resolve) => channel.bind("pusher:subscription_succeeded", resolve));
  }, VISIT_TIMEOUT_MS);

  afterAll(async () => {
    clients.end();
    await endpoint.stop();
    await visit.end();
  }, VISIT_TIMEOUT_MS);

  /** Publishes with a secret; rejects when it is refused. */
  async function say(text: string, secret: string): Promise<void> {
    await clients.sdk({ secret }).trigger("private-room", "said", { text });
  }

  test(
    "shows who signs with the current secret",
    async () => {
      await say("before", visit.server.secret);
      const page = await visit.open(`/apps/${visit.server.appId}/credentials`);
      const card = page.locator("li[data-state=current]");
      await card.getByText("HTTP API", { exact: true }).waitFor();
      await card.getByText("channel", { exact: true }).waitFor();
      expect(await card.textContent()).toContain("pusher-js");
      expect(await page.getByText(visit.server.secret).count()).toBe(0);
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("credentials");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "the secret is revealed only after the password, and hidden again",
    async () => {
      const { page } = visit;
      await page.getByRole("button", { name: "Reveal" }).click();
      await page.getByText(visit.server.secret).waitFor();
      await page.getByRole("button", { name: "Hide" }).click();
      expect(await page.getByText(visit.server.secret).count()).toBe(0);
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "generate: the new secret is shown once, and both are accepted",
    async () => {
      const { page } = visit;
      await page.getByRole("button", { name: "Generate a new secret" }).click();
      const dialog = page.getByRole("dialog", { name: "The new secret" });
      newSecret = (await dialog.locator("code").textContent()) ?? "";
      expect(newSecret.length).toBeGreaterThan(30);
      expect(await visit.accessibilityProblems()).toEqual([]);
      await visit.picture("credentials-new-secret");
      await dialog.getByRole("button", { name: "I have kept it" }).click();
      await page.getByText("Not yet safe to activate").waitFor();
      await say("old while both", visit.server.secret);
      await say("new while both", newSecret);
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "deploy: the pending secret is seen in use, and may be activated",
    async () => {
      const { page } = visit;
      await page.getByText("Safe to activate", { exact: true }).waitFor();
      await visit.picture("credentials-deployed");
      await page.getByRole("button", { name: "Activate the pending secret" }).click();
      const dialog = page.getByRole("dialog", { name: "Activate the pending secret" });
      await dialog.getByText("Safe to activate", { exact: true }).waitFor();
      await visit.picture("credentials-activate");
      await dialog.getByRole("button", { name: "Activate", exact: true }).click();
      await page.locator("li[data-state=retiring]").waitFor();
      await say("old while retiring", visit.server.secret);
      await say("new while current", newSecret);
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "undo puts the old one back, and activating again goes on",
    async () => {
      const { page } = visit;
      await page.getByRole("button", { name: "Undo the activation" }).click();
      await page.locator("li[data-state=pending]").waitFor();
      await page.getByRole("button", { name: "Activate the pending secret" }).click();
      await page
        .getByRole("dialog")
        .getByRole("button", { name: /^Activate/ })
        .click();
      await page.locator("li[data-state=retiring]").waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "revoke: the old one is refused, and the client that it let in comes back with the new one",
    async () => {
      const { page } = visit;
      const { appId: id, key } = visit.server;
      const before = endpoint;
      endpoint = startAuthEndpoint({ id, key, secret: newSecret });
      const back = clients.connect(NodePusher);
      await back;
      await page.getByRole("button", { name: "Revoke now" }).click();
      const dialog = page.getByRole("dialog", { name: "Revoke a secret now" });
      const chosen = await dialog
        .getByRole("combobox", { name: "Secret" })
        .locator("option:checked")
        .textContent();
      expect(chosen).toContain("retiring");
      await dialog.getByLabel(/^Type /).fill(chosen?.split(" ").at(-1) ?? "");
      await visit.picture("credentials-revoke");
      await dialog.getByRole("button", { name: "Revoke it" }).click();
      await page.getByText(/^Revoked\. 1 connections/).waitFor();
      await expect(say("too late", visit.server.secret)).rejects.toThrow();
      await say("after", newSecret);
      await before.stop();
      expect(heard.slice(0, 5)).toEqual([
        "before",
        "old while both",
        "new while both",
        "old while retiring",
        "new while current",
      ]);
    },
    VISIT_TIMEOUT_MS,
  );

  test("nothing was loaded from elsewhere and nothing complained", () => {
    expect(visit.strayRequests).toEqual([]);
    expect(visit.complaints).toEqual([]);
  });
});
