import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Usher } from "@usher/sdk";
import type { Page } from "playwright-core";
import Pusher from "pusher";
import NodePusher from "pusher-js";
import type { Clients } from "../clients/clients.ts";
import { eventOf } from "../clients/events.ts";
import { WebhookReceiver } from "../support/webhook-receiver.ts";
import { type Attended, attendedVisit } from "./attended.ts";
import { browserPath, VISIT_TIMEOUT_MS, type Visit } from "./visit.ts";

/** The pauses between tries grow with what was looked at meanwhile. */
const NEXT_TRY_MS = 40_000;

describe.skipIf(browserPath === undefined)("webhooks in the dashboard, with a receiver", () => {
  let attended: Attended;
  let visit: Visit;
  let page: Page;
  let clients: Clients;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    receiver = new WebhookReceiver();
    attended = await attendedVisit({ env: { USHER_WEBHOOK_ALLOW_PRIVATE: "1" } });
    ({ visit, clients } = attended);
    page = visit.page;
  }, VISIT_TIMEOUT_MS);

  afterAll(async () => {
    await attended.end();
    await receiver.stop();
  }, VISIT_TIMEOUT_MS);

  const dialog = (name: string) => page.getByRole("dialog", { name });
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const fail = () => {
    receiver.answer = () => new Response("not now", { status: 503 });
  };
  const take = () => {
    receiver.answer = () => new Response("taken");
  };
  const occupy = async (channel: string) => {
    const client = await clients.connect(NodePusher);
    await eventOf(client.subscribe(channel), "pusher:subscription_succeeded");
  };
  const of = (channel: string) => receiver.received.filter(({ events }) => events[0]?.channel === channel);
  const row = (channel: string) => page.getByRole("row").filter({ hasText: channel });

  test(
    "an endpoint is added where there is none, and says what it gets",
    async () => {
      await visit.open("/apps/3/webhooks");
      await page.getByText("This app has no endpoint yet").waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      await visit.picture("webhooks-empty");
      await button("Add an endpoint").first().click();
      const form = dialog("Add an endpoint");
      await form.getByLabel("Address").fill(receiver.url);
      await form.getByLabel("All, those of later versions included").uncheck();
      await form.getByLabel("channel_occupied").check();
      await form.getByLabel("Channels that begin with").fill("room-");
      await form.getByLabel("Headers of your own").fill("X-Environment");
      await form.getByText("Each line needs a name, a colon and a value").waitFor();
      await form.getByLabel("Headers of your own").fill("X-Environment: staging");
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("webhooks-add");
      await form.getByRole("button", { name: "Add it" }).click();
      await page.getByText("channel_occupied of channels that begin with room-.").waitFor();
      await page.getByText("nothing sent yet").waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "a delivery that fails shows in the console, which leads to what came back",
    async () => {
      await visit.open("/apps/3/console?types=webhook");
      await page.getByText("Live", { exact: true }).waitFor();
      fail();
      await occupy("room-failing");
      const entry = page.locator("[role=option][data-type=webhook]").first();
      await entry.click();
      const detail = page.getByRole("complementary", { name: "The chosen entry" });
      expect(await detail.textContent()).toContain("failed, will be tried again, attempt ");
      await detail.getByRole("link", { name: "The delivery" }).click();
      const delivery = dialog("Delivery");
      await delivery.getByText("not now").first().waitFor();
      expect(await delivery.textContent()).toContain("not a 2xx");
      expect(await delivery.textContent()).toContain('"name":"channel_occupied"');
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("webhooks-delivery");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "it is sent again until it is taken, and the page says so",
    async () => {
      take();
      await dialog("Delivery").getByText("delivered", { exact: true }).waitFor({ timeout: NEXT_TRY_MS });
      await page.keyboard.press("Escape");
      await page.getByText("working").waitFor();
      expect(await row("room-failing").textContent()).toContain("delivered");
      expect(of("room-failing").at(-1)?.headers.get("x-environment")).toBe("staging");
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("webhook");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "a delivery is replayed under its event id",
    async () => {
      const before = of("room-failing").at(-1);
      const count = of("room-failing").length;
      await row("room-failing").getByRole("button").click();
      await dialog("Delivery").getByRole("button", { name: "Send it again" }).click();
      await page.getByText("Owed anew").waitFor();
      await receiver.until(() => of("room-failing").length > count);
      expect(of("room-failing").at(-1)?.eventIds).toEqual(before?.eventIds ?? []);
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "what was given up is replayed as a whole",
    async () => {
      await button("Disable").click();
      await page.getByText("disabled", { exact: true }).waitFor();
      giveUp("room-failing");
      await button("Enable").click();
      await page.getByText("working").waitFor();
      const count = of("room-failing").length;
      await button("Replay several").click();
      const replay = dialog("Replay several deliveries");
      await replay.getByText("2 events that were given up.").waitFor();
      await visit.picture("webhooks-replay");
      await replay.getByRole("button", { name: "Replay them" }).click();
      await replay.getByText("2 events owed anew.").waitFor();
      await receiver.until(() => of("room-failing").length === count + 2);
      await replay.getByRole("button", { name: "Close" }).click();
      await page.getByLabel("State", { exact: true }).selectOption("replayed");
      await page.getByRole("cell", { name: "replayed" }).nth(1).waitFor();
      await page.getByRole("searchbox", { name: "Only this channel" }).fill("room-other");
      await page.getByText("No delivery is like that").waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  /** What ten failures in five minutes lead to. */
  function giveUp(channel: string): void {
    const name = readdirSync(visit.server.dataDir).find((file) => /\.(db|sqlite)$/.test(file)) ?? "";
    const database = new Database(join(visit.server.dataDir, name));
    try {
      database.run("update webhook_events set state = 'dead' where channel = ?", [channel]);
    } finally {
      database.close();
    }
  }

  test(
    "a test says what came back",
    async () => {
      await button("Send a test").click();
      const tested = dialog("Send a test");
      await tested.getByRole("button", { name: "Send it" }).click();
      await tested.getByText("It was taken").waitFor();
      fail();
      await tested.getByRole("button", { name: "Send it" }).click();
      await tested.getByText("It was not taken").waitFor();
      expect(await tested.textContent()).toContain("503: not a 2xx");
      expect(await visit.accessibilityProblems()).toEqual([]);
      await visit.picture("webhooks-test");
      take();
      await page.keyboard.press("Escape");
    },
    VISIT_TIMEOUT_MS,
  );

  test("what was received is verified as the page shows, with either library", async () => {
    const { key, secret, host, port, appId } = visit.server;
    const { headers, body } = receiver.received[0] ?? { headers: new Headers(), body: "" };
    const url = `http://${key}:${secret}@${host}:${port}/apps/${appId}`;
    const { events } = await Usher.forURL(url).webhook.verify(
      new Request(receiver.url, { method: "POST", headers, body }),
    );
    const webhook = Pusher.forURL(url).webhook({ headers: Object.fromEntries(headers), rawBody: body });
    expect([webhook.isValid(), webhook.getEvents()]).toEqual([true, events as never]);
  });

  test(
    "an endpoint is changed and deleted",
    async () => {
      await visit.open("/apps/3/webhooks");
      await button("Edit").click();
      const form = dialog("Edit the endpoint");
      await form.getByLabel("All, those of later versions included").check();
      expect(await form.getByText("Replace its headers (X-Environment)").count()).toBe(1);
      await form.getByRole("button", { name: "Save" }).click();
      await page.getByText("All events of channels that begin with room-.").waitFor();
      await visit.picture("webhooks");
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await occupy("room-changed");
      await receiver.until(() => of("room-changed").length > 0);
      expect(of("room-changed")[0]?.headers.get("x-environment")).toBe("staging");
      await button("Delete").click();
      await dialog("Delete the endpoint").getByRole("button", { name: "Delete it" }).click();
      await page.getByText("This app has no endpoint yet").waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test("nothing was loaded from elsewhere and nothing complained", () => {
    expect(visit.strayRequests).toEqual([]);
    expect(visit.complaints).toEqual([]);
  });
});
