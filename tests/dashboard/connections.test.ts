import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import NodePusher from "pusher-js";
import { stateOf } from "../clients/events.ts";
import { type Attended, attendedVisit, joined, unexpected } from "./attended.ts";
import { browserPath, VISIT_TIMEOUT_MS } from "./visit.ts";

describe.skipIf(browserPath === undefined)("connections in the dashboard", () => {
  let attended: Attended;
  let ann: NodePusher;
  let bob: NodePusher;
  let base: string;

  beforeAll(async () => {
    attended = await attendedVisit({ settings: { client_events: true } });
    base = `/apps/${attended.visit.server.appId}/connections`;
    const { clients } = attended;
    ann = await clients.connect(NodePusher, { userId: "ann" });
    bob = await clients.connect(NodePusher, { userId: "bob" });
    ann.signin();
    await Promise.all([joined(ann, "private-room"), joined(ann, "presence-lobby"), joined(ann, "open")]);
    await joined(bob, "private-room");
  }, VISIT_TIMEOUT_MS);

  afterAll(() => attended.end(), VISIT_TIMEOUT_MS);

  const link = (client: NodePusher) =>
    attended.visit.page.getByRole("link", { name: client.connection.socket_id, exact: true });

  test(
    "each is found by its socket id, its user, its channel and its address",
    async () => {
      const { visit } = attended;
      const page = await visit.open(base);
      await link(ann).waitFor();
      await link(bob).waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("connections");
      const search = page.getByRole("searchbox");
      for (const text of ["ann", ann.connection.socket_id, "presence-lobby"]) {
        await search.fill(text);
        await link(bob).waitFor({ state: "detached" });
        expect(await link(ann).count()).toBe(1);
        await search.fill("127.");
        await link(bob).waitFor();
      }
      await search.fill("nobody");
      await page.getByText("No connection fits nobody").waitFor();
      await visit.picture("connections-none");
      await search.fill("");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "its page shows where it comes from, and which secret let it in where",
    async () => {
      const { visit } = attended;
      const { page } = visit;
      await link(ann).click();
      const handshake = page.getByRole("region", { name: "Handshake" });
      await handshake.getByText(/^pusher-js 8\.\S+, protocol 7$/).waitFor();
      expect(await handshake.textContent()).toContain("127.0.0.1");
      const grants = page.getByRole("region", { name: "What it was granted" });
      const fingerprint = new Bun.CryptoHasher("sha256")
        .update(visit.server.secret)
        .digest("hex")
        .slice(0, 12);
      const row = (text: string) => grants.getByRole("row").filter({ hasText: text });
      for (const granted of ["Signed in", "private-room", "presence-lobby"]) {
        const text = await row(granted).textContent();
        expect([granted, text?.includes(`${fingerprint}current`)]).toEqual([granted, true]);
      }
      expect(await row("open").textContent()).toContain("Needs no signature");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "the timeline tells what happens on it, and nothing of the others",
    async () => {
      const { visit } = attended;
      const { page } = visit;
      await page.getByText("Listening.").waitFor();
      await joined(bob, "bobs-own");
      await joined(ann, "private-later");
      ann.channel("private-room").trigger("client-typing", { on: true });
      const timeline = page.getByRole("list", { name: "Timeline" });
      await timeline.getByText("client-typing").waitFor();
      await timeline.getByText("private-later").waitFor();
      expect(await timeline.textContent()).not.toContain("bobs-own");
      expect(await visit.accessibilityProblems()).toEqual([]);
      expect(await visit.fitsNarrow()).toBe(true);
      await visit.picture("connection");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "it is taken off one channel, and stays on the others",
    async () => {
      const { page } = attended.visit;
      const heard = new Promise<{ readonly code: string }>((resolve) =>
        ann.channel("private-room").bind("pusher:subscription_error", resolve),
      );
      await page.getByRole("button", { name: "Take off private-room" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Take back" }).click();
      expect((await heard).code).toBe("grant_revoked");
      await page.getByRole("link", { name: "presence-lobby" }).waitFor();
      await page.getByRole("link", { name: "private-room" }).waitFor({ state: "detached" });
      expect(ann.connection.state).toBe("connected");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "one that is disconnected comes back by itself, with a new socket id",
    async () => {
      const { visit } = attended;
      const { page } = visit;
      const before = ann.connection.socket_id;
      const back = new Promise((resolve) => ann.connection.bind("connected", resolve));
      await page.getByRole("button", { name: "Disconnect", exact: true }).click();
      const dialog = page.getByRole("dialog", { name: "Disconnect" });
      expect(await visit.accessibilityProblems()).toEqual([]);
      await visit.picture("connection-disconnect");
      await dialog.getByRole("button", { name: "Disconnect it" }).click();
      await page.getByText("This connection has ended.").waitFor();
      await page.getByText("it was told to come back at once").waitFor();
      await back;
      expect(ann.connection.socket_id).not.toBe(before);
      expect(await page.getByRole("button", { name: "Disconnect", exact: true }).count()).toBe(0);
      await visit.picture("connection-ended");
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "one that is told to stay away does",
    async () => {
      const { visit } = attended;
      const page = await visit.open(`${base}/${bob.connection.socket_id}`);
      const gone = stateOf(bob, "disconnected");
      await page.getByRole("button", { name: "Disconnect", exact: true }).click();
      await page.getByLabel("It stays away").check();
      await page.getByRole("button", { name: "Disconnect it" }).click();
      await gone;
      await page.getByText("This connection has ended.").waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "its user is banned from its page",
    async () => {
      const { visit } = attended;
      const page = await visit.open(`${base}/${ann.connection.socket_id}`);
      const gone = stateOf(ann, "disconnected");
      await page.getByRole("button", { name: "Ban its user" }).click();
      const dialog = page.getByRole("dialog", { name: "Ban its user" });
      await dialog.getByText("4009").waitFor();
      await dialog.getByLabel("For how long").selectOption({ label: "1 hour" });
      await visit.picture("connection-ban");
      await dialog.getByRole("button", { name: "Ban the user" }).click();
      await gone;
      await page.getByText("This connection has ended.").waitFor();
    },
    VISIT_TIMEOUT_MS,
  );

  test(
    "one that is not there says what to look for",
    async () => {
      const { visit } = attended;
      const page = await visit.open(`${base}/1.1`);
      await page.getByText("This connection is not open").waitFor();
      expect(await visit.accessibilityProblems()).toEqual([]);
    },
    VISIT_TIMEOUT_MS,
  );

  test("nothing was loaded from elsewhere and nothing complained", () => {
    expect(attended.visit.strayRequests).toEqual([]);
    expect(unexpected(attended.visit.complaints, 404)).toEqual([]);
  });
});
