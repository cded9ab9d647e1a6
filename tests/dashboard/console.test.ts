import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import NodePusher from "pusher-js";
import type { Clients } from "../clients/clients.ts";
import { eventOf, eventWithMetadata } from "../clients/events.ts";
import { Admin } from "../support/admin.ts";
import { WebhookReceiver } from "../support/webhook-receiver.ts";
import { type Attended, attendedVisit } from "./attended.ts";
import { browserPath, VISIT_TIMEOUT_MS, type Visit } from "./visit.ts";

describe.skipIf(browserPath === undefined)("the debug console", () => {
  let attended: Attended;
  let visit: Visit;
  let page: Page;
  let clients: Clients;
  let receiver: WebhookReceiver;
  let admin: Admin;

  beforeAll(async () => {
    receiver = new WebhookReceiver();
    attended = await attendedVisit({
      settings: { client_events: true, subscription_counting: true },
      env: { USHER_WEBHOOK_URL: receiver.url, USHER_WEBHOOK_ALLOW_PRIVATE: "1" },
    });
    ({ visit, clients } = attended);
    admin = new Admin(() => visit.server);
    page = visit.page;
  }, VISIT_TIMEOUT_MS);

  afterAll(async () => {
    await attended.end();
    await receiver.stop();
  }, VISIT_TIMEOUT_MS);

  const console = (search = "") => open(visit, search);
  const openCreator = async () => {
    await page.goto(`${visit.origin}/dashboard/apps/3/console?create=1`);
    await page.getByRole("dialog", { name: "Send an event" }).waitFor();
  };
  const rows = (type: string) => page.locator(`[role=option][data-type=${type}]`);
  const chip = (title: string) => page.getByRole("button", { name: title, exact: true });
  const detail = () => page.getByRole("complementary", { name: "The chosen entry" });
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());

  test(
    "says what to do as long as nothing happens",
    async () => {
      await console();
      await page.getByText("Waiting for something to happen").waitFor();
      expect(await page.getByText("usher trigger --app 3").count()).toBe(1);
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("console-empty");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "shows an entry of every kind for its cause",
    async () => {
      const client = await clients.connect(NodePusher, { userId: "7" });
      await rows("connected").first().waitFor();
      client.signin();
      await rows("signed_in").first().waitFor();
      const room = client.subscribe("presence-room");
      await eventOf(room, "pusher:subscription_succeeded");
      for (const type of ["subscribed", "occupied", "member_added", "webhook"])
        await rows(type).first().waitFor();
      await clients.sdk().trigger("presence-room", "said", { text: "hello" });
      await rows("api_event").first().waitFor();
      room.trigger("client-typing", { on: true });
      await rows("client_event").first().waitFor();
      client.subscribe("cache-news");
      await rows("cache_miss").first().waitFor();
      client.subscribe("private-missigned");
      await rows("refused").first().waitFor();

      await clients.sdk().trigger("presence-room", "said", { text: "to be looked at" });
      await rows("api_event").first().click();
      await detail().waitFor();
      await page.mouse.move(0, 0);
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("console");
      await page.getByRole("button", { name: "Close the entry" }).click();

      await admin.done("POST", "/apps/3/grants/revoke", { user_id: "7" });
      await rows("grants_ended").first().waitFor();
      client.unsubscribe("cache-news");
      for (const type of ["unsubscribed", "vacated"]) await rows(type).first().waitFor();
      client.disconnect();
      for (const type of ["disconnected", "member_removed"]) await rows(type).first().waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "a refusal leads to the doctor, with the refusal's id",
    async () => {
      await rows("refused").first().click();
      const link = detail().getByRole("link", { name: "Why was this refused?" });
      const { items } = await admin.done("GET", "/apps/3/refusals");
      const ways = items.map(({ id }: { id: string }) => `/dashboard/apps/3/doctor?refusal=${id}`);
      expect(ways).toContain(await link.getAttribute("href"));
      expect(await detail().textContent()).toContain("private-missigned");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "what is filtered out is not sent by the server, and a link shows the same",
    async () => {
      await console();
      const asked = page.waitForRequest((request) => request.url().includes("types=api_event"));
      await chip("API event").click();
      expect((await asked).url()).toContain("/admin/v1/apps/3/console?types=api_event");
      await live(page);
      await page.getByRole("searchbox", { name: "Filter" }).fill("channel:orders-* -event:tick");
      await page.getByRole("searchbox", { name: "Filter" }).press("Enter");
      await page.waitForURL("**/console?types=api_event&query=*");
      await live(page);
      const client = await clients.connect(NodePusher);
      await client.disconnect();
      await clients.sdk().trigger(["orders-1", "others"], "tick", {});
      await clients.sdk().trigger(["others", "orders-2"], "shipped", {});
      await rows("api_event").first().waitFor();
      expect(await page.locator("[role=option]").allTextContents()).toEqual([
        expect.stringContaining("orders-2shipped"),
      ]);

      await page.goto(page.url());
      await live(page);
      expect(await chip("API event").getAttribute("aria-pressed")).toBe("true");
      expect(await page.getByRole("searchbox", { name: "Filter" }).inputValue()).toBe(
        "channel:orders-* -event:tick",
      );
      await page.getByRole("button", { name: "Show everything" }).click();
      await page.waitForURL("**/console");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "the filter explains itself, and a terminal gets the same",
    async () => {
      await console("?types=api_event");
      await page.getByText("How to filter").click();
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("console-help");
      await page.getByRole("button", { name: "Copy it as a curl command" }).click();
      const { value } = await admin.done("POST", "/tokens", {
        name: "tail",
        role: "viewer",
        scopes: ["live:read"],
        expires_in_seconds: 600,
      });
      const shell = Bun.spawn(["sh", "-c", `exec ${await clipboard()}`], {
        env: { PATH: process.env.PATH ?? "", USHER_TOKEN: value },
      });
      const tail = shell.stdout.pipeThrough(new TextDecoderStream()).getReader();
      expect((await tail.read()).value).toContain("event: ready");
      await clients.sdk().trigger("room", "seen in a terminal", {});
      expect((await tail.read()).value).toContain('"event":"seen in a terminal"');
      shell.kill();
      await shell.exited;
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "pausing holds back what comes and counts it; resuming shows it; clearing empties",
    async () => {
      await console("?types=api_event");
      const say = (event: string) => clients.sdk().trigger("room", event, {});
      await say("before");
      await rows("api_event").first().waitFor();
      await page.getByRole("button", { name: "Pause" }).click();
      for (const event of ["one", "two", "three"]) await say(event);
      await page.getByRole("button", { name: "3 new" }).waitFor();
      expect(await rows("api_event").count()).toBe(1);
      await visit.picture("console-paused");
      await page.getByRole("button", { name: "3 new" }).click();
      await page.getByText("4 entries").waitFor();
      expect(await rows("api_event").first().textContent()).toContain("three");

      const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Export" }).click(),
      ]);
      const lines = (await readFile(await file.path(), "utf8")).trim().split("\n");
      expect(lines.map((line) => JSON.parse(line).event)).toEqual(["before", "one", "two", "three"]);

      await page.getByRole("button", { name: "Clear" }).click();
      await page.getByText("Waiting for something that matches").waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "looking further down holds the list, and coming back up lets it go on",
    async () => {
      await console("?types=api_event");
      const many = Array.from({ length: 60 }, (_, index) => ({
        channel: "room",
        name: `n${index}`,
        data: "{}",
      }));
      for (let start = 0; start < 60; start += 10)
        await clients.sdk().triggerBatch(many.slice(start, start + 10));
      await page.getByText("60 entries").waitFor();
      const list = page.getByRole("listbox");
      await list.evaluate((element) => element.scrollTo({ top: 900 }));
      await page.getByText("Paused").waitFor();
      await clients.sdk().trigger("room", "later", {});
      await page.getByRole("button", { name: "1 new" }).waitFor();
      await list.evaluate((element) => element.scrollTo({ top: 0 }));
      await page.getByText("61 entries").waitFor();
      expect(await page.getByText("Paused").count()).toBe(0);
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "the keyboard walks the list and closes the entry",
    async () => {
      await page.keyboard.press("j");
      expect(await page.getByRole("listbox").evaluate((list) => list === document.activeElement)).toBe(true);
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("j");
      expect(await page.locator("[role=option][aria-selected=true]").textContent()).toContain("n59");
      await page.keyboard.press("Escape");
      await detail().waitFor({ state: "detached" });
      await page.keyboard.press("/");
      expect(await page.evaluate(() => document.activeElement?.hasAttribute("data-filter"))).toBe(true);
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "data is shown once the app lets it, without what sounds confidential; an event is sent again with it",
    async () => {
      await console("?types=api_event");
      await page.getByText("The data of events is not shown").waitFor();
      await page.getByRole("button", { name: "Show data" }).click();
      await page.getByText("is shown to whoever may open this page").waitFor();
      await clients.sdk().trigger("room", "paid", { amount: 7, card: "4111" });
      await rows("api_event").first().click();
      await detail().locator("pre").waitFor();
      expect(JSON.parse((await detail().locator("pre").textContent()) ?? "")).toEqual({
        amount: 7,
        card: "[hidden]",
      });

      const client = await clients.connect(NodePusher);
      const channel = client.subscribe("room");
      await eventOf(channel, "pusher:subscription_succeeded");
      const heard = eventOf(channel, "paid");
      await detail().getByRole("button", { name: "Send it again" }).click();
      const dialog = page.getByRole("dialog", { name: "Send an event" });
      expect(await dialog.getByLabel("Channels").inputValue()).toBe("room");
      await dialog.getByRole("button", { name: "Send", exact: true }).click();
      expect(await heard).toEqual({ amount: 7, card: "[hidden]" });
      await dialog.getByText("Sent paid.").waitFor();
      // It came from somebody else, so it is not kept in this browser.
      expect(await page.evaluate(() => localStorage.getItem("usher:events:3"))).toBeNull();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "the commands that are copied do the same",
    async () => {
      const token = await admin.done("POST", "/tokens", {
        name: "console",
        role: "operator",
        scopes: ["events:write"],
        expires_in_seconds: 600,
      });
      await page.keyboard.press("Escape");
      await detail().getByRole("button", { name: "Copy it as a curl command" }).click();
      const command = await clipboard();
      expect(command).toContain("$USHER_TOKEN");
      const client = await clients.connect(NodePusher);
      const channel = client.subscribe("room");
      await eventOf(channel, "pusher:subscription_succeeded");
      const heard = eventOf(channel, "paid");
      const shell = Bun.spawn(["sh", "-c", command], {
        env: { PATH: process.env.PATH ?? "", USHER_TOKEN: token.value },
        stderr: "pipe",
      });
      expect([await shell.exited, await new Response(shell.stderr).text()]).toEqual([0, ""]);
      expect(await heard).toEqual({ amount: 7, card: "[hidden]" });
      await detail().getByRole("button", { name: "Copy it as a usher trigger command" }).click();
      expect(await clipboard()).toBe(
        `usher trigger --app 3 --channel room --event paid --data '{"amount":7,"card":"[hidden]"}'`,
      );
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "the event creator says what is wrong, counts, remembers, and sends with Control and Enter",
    async () => {
      await openCreator();
      const dialog = page.getByRole("dialog", { name: "Send an event" });
      await dialog.getByLabel("Channels").fill("room, private-encrypted-x");
      await dialog.getByText("Only your own server has the key").waitFor();
      await dialog.getByLabel("Data", { exact: true }).fill('{"open": ');
      await dialog.getByText("Not JSON: clients get it as a text · 9 of 10,240 bytes").waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("console-creator");

      const client = await clients.connect(NodePusher);
      const channel = client.subscribe("room");
      await eventOf(channel, "pusher:subscription_succeeded");
      const heard = eventOf(channel, "typed");
      await dialog.getByLabel("Channels").fill("room");
      await dialog.getByLabel("Event", { exact: true }).fill("typed");
      await dialog.getByLabel("Data", { exact: true }).fill('{"open": true}');
      await dialog.getByLabel("Ask how many are on each channel").check();
      await dialog.getByLabel("Data", { exact: true }).press("Control+Enter");
      expect(await heard).toEqual({ open: true });
      await dialog.getByText(/^room: \d+ connections?$/).waitFor();

      await dialog.getByText("Presets and history (1)").click();
      await dialog.getByLabel("Keep this one as").fill("opening");
      await dialog.getByRole("button", { name: "Keep as a preset" }).click();
      await openCreator();
      await dialog.getByText("Presets and history (2)").click();
      await dialog.getByLabel("Begin with").selectOption({ label: "opening" });
      expect(await dialog.getByLabel("Event", { exact: true }).inputValue()).toBe("typed");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "a client event reaches a real client as if a member had sent it",
    async () => {
      await openCreator();
      const client = await clients.connect(NodePusher, { userId: "ann" });
      const channel = client.subscribe("presence-chat");
      await eventOf(channel, "pusher:subscription_succeeded");
      const heard = eventWithMetadata(channel, "client-typing");
      const dialog = page.getByRole("dialog", { name: "Send an event" });
      await dialog.getByLabel("Send it as").selectOption("client");
      await dialog.getByLabel("Channel", { exact: true }).fill("presence-chat");
      await dialog.getByLabel("Event", { exact: true }).fill("typing");
      await dialog.getByText("Must begin with client-").waitFor();
      await dialog.getByLabel("Event", { exact: true }).fill("client-typing");
      expect(await dialog.getByRole("button", { name: "Send", exact: true }).isDisabled()).toBe(true);
      await dialog.getByLabel("From the user").fill("bob");
      await dialog.getByLabel("Data", { exact: true }).fill('{"on":true}');
      await dialog.getByRole("button", { name: "Send", exact: true }).click();
      await dialog.getByText("Sent client-typing to 1 connection.").waitFor();
      expect(await heard).toEqual({ data: { on: true }, metadata: { user_id: "bob" } });
      await page.keyboard.press("Escape");
      await rows("client_event").first().click();
      expect(await detail().textContent()).toContain("sent by an operator");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "whoever is turned away is told, and let in later by itself",
    async () => {
      const stream = /\/admin\/v1\/apps\/3\/console/;
      await page.route(stream, (route) => route.fulfill({ status: 503, body: "{}" }));
      await visit.open("/apps/3/console");
      await page.getByText("Connection lost, trying again").waitFor();
      await page.unroute(stream);
      await live(page);
      // The browser complains of the answer that it was given.
      expect(visit.complaints.splice(0).every((text) => text.includes("503"))).toBe(true);
    },
    VISIT_TIMEOUT_MS,
  );

  test("nothing was loaded from elsewhere and nothing complained", () => {
    expect(visit.strayRequests).toEqual([]);
    expect(visit.complaints).toEqual([]);
  });
});

/** Opens the console; resolves once it is live. */
async function open(visit: Visit, search: string): Promise<void> {
  await visit.open(`/apps/${visit.server.appId}/console${search}`);
  await live(visit.page);
}

function live(page: Page): Promise<void> {
  return page.getByText("Live", { exact: true }).waitFor();
}
