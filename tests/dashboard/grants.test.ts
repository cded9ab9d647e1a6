import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import NodePusher from "pusher-js";
import { eventOf, stateOf } from "../clients/events.ts";
import { type Attended, attendedVisit, joined, unexpected } from "./attended.ts";
import { browserPath, VISIT_TIMEOUT_MS } from "./visit.ts";

describe.skipIf(browserPath === undefined)("grants in the dashboard", () => {
  let attended: Attended;
  let ann: NodePusher;

  beforeAll(async () => {
    attended = await attendedVisit();
    ann = await attended.clients.connect(NodePusher, { userId: "ann" });
    await joined(ann, "presence-lobby");
    await joined(ann, "private-room");
  }, VISIT_TIMEOUT_MS);

  afterAll(() => attended.end(), VISIT_TIMEOUT_MS);

  const field = (label: string) => attended.visit.page.getByLabel(label, { exact: true });
  const press = (name: string) => attended.visit.page.getByRole("button", { name }).click();

  test(
    "nothing can be taken back before it is said what",
    async () => {
      const { visit } = attended;
      const page = await visit.open(`/apps/${visit.server.appId}/grants`);
      await page.getByText("Nobody is banned, and no signature is too old").waitFor();
      expect(await page.getByRole("button", { name: "Take back" }).isDisabled()).toBe(true);
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("grants-empty");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "a channel is taken from a user, who hears why",
    async () => {
      const { page } = attended.visit;
      const heard = eventOf<{ readonly code: string }>(
        ann.channel("presence-lobby"),
        "pusher:subscription_error",
      );
      await field("Channel").fill("presence-lobby");
      await field("User id").fill("ann");
      await field("Reason").fill("Be kind");
      await page.getByText("No event of presence-lobby reaches them").waitFor();
      await press("Take back");
      expect((await heard).code).toBe("grant_revoked");
      await page.getByText("1 subscription ended on 1 connection.").waitFor();
      expect(ann.connection.state).toBe("connected");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "what the server refuses is said in its words",
    async () => {
      const { page } = attended.visit;
      await field("Channel").fill("orders");
      await press("Take back");
      await page.getByRole("alert").filter({ hasText: "orders" }).waitFor();
      await field("Channel").fill("");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "a watermark brings everybody back with new signatures, and needs the app's id",
    async () => {
      const { visit } = attended;
      const { page } = visit;
      await field("Nothing from before now").check();
      expect(await page.getByRole("button", { name: "Take back" }).isDisabled()).toBe(true);
      await field(`This reaches everybody. Type ${visit.server.appId} to go on`).fill(visit.server.appId);
      await visit.picture("grants-watermark");
      const back = stateOf(ann, "connecting").then(() => stateOf(ann, "connected"));
      await press("Take back");
      await back;
      await page.getByRole("row").filter({ hasText: "The whole app" }).waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "a banned user stays away until the ban is lifted",
    async () => {
      const { visit } = attended;
      const { page } = visit;
      await joinedAnew(ann);
      await field("Ban a user").check();
      await field("User id").fill("ann");
      await field("For how long").selectOption({ label: "7 days" });
      await field("Reason").fill("Be kind");
      const away = stateOf(ann, "disconnected");
      await press("Ban the user");
      await away;
      const ban = page.getByRole("row").filter({ hasText: "Be kind" });
      await ban.waitFor();
      expect(await ban.textContent()).toContain("User ann");
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("grants");

      await press("Lift the ban of ann");
      await visit.picture("grants-lift");
      await press("Lift it");
      await ban.waitFor({ state: "detached" });
      ann.connect();
      await stateOf(ann, "connected");
      await joinedAnew(ann);
    },
    VISIT_TIMEOUT_MS,
  );

  test("nothing was loaded from elsewhere and nothing complained", () => {
    expect(attended.visit.strayRequests).toEqual([]);
    // What the server refused is an error to the browser's console.
    expect(unexpected(attended.visit.complaints, 400)).toEqual([]);
  });

  /** pusher-js does not leave by itself what was taken from it. */
  async function joinedAnew(client: NodePusher): Promise<void> {
    client.unsubscribe("presence-lobby");
    await joined(client, "presence-lobby");
  }
});
