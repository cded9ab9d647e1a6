import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { newDataDir } from "../support/apps.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { WebhookReceiver } from "../support/webhook-receiver.ts";

setDefaultTimeout(90_000);

let dataDir: string;
let receiver: WebhookReceiver;
let server: TestServer;

beforeEach(async () => {
  dataDir = await newDataDir();
  receiver = new WebhookReceiver();
  server = await start();
});

afterEach(async () => {
  server.signal("SIGKILL");
  await server.exited;
  await receiver.stop();
  rmSync(dataDir, { recursive: true });
});

function start(): Promise<TestServer> {
  return startServer({
    dataDir,
    env: { USHER_WEBHOOK_URL: receiver.url, USHER_WEBHOOK_ALLOW_PRIVATE: "1", USHER_DRAIN_SECONDS: "0" },
  });
}

async function join(channel: string, userId: string): Promise<TestSocket> {
  const socket = new TestSocket(
    `ws://${server.host}:${server.port}/app/${TEST_APP.key}?protocol=7`,
    TEST_APP,
  );
  await socket.established();
  await socket.join(channel, { user_id: userId });
  return socket;
}

/** What a receiver that believes webhooks takes for being there. Throws at what cannot be. */
function pictureOf(events: WebhookReceiver["events"]): string[] {
  const there = new Set<string>();
  for (const { name, channel, user_id: userId } of events) {
    const what = userId === undefined ? channel : `${channel} ${String(userId)}`;
    const isComing = name === "channel_occupied" || name === "member_added";
    if (there.has(what) === isComing) throw new Error(`${name} of ${what} came twice`);
    if (isComing) there.add(what);
    else there.delete(what);
  }
  return [...there].sort();
}

const FIVE = ["presence-gone", "presence-gone 1", "presence-kept", "presence-kept 1", "presence-kept 2"];

test("after restarts and kill -9 receivers hear who did not come back, and of nobody twice", async () => {
  await join("presence-kept", "1");
  await join("presence-kept", "2");
  await join("presence-gone", "1");
  await receiver.until(() => pictureOf(receiver.events).length === 5);
  expect(pictureOf(receiver.events)).toEqual(FIVE);

  // Nobody is back before the second end.
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    server.signal(signal);
    await server.exited;
    server = await start();
  }
  await join("presence-kept", "1");
  await join("presence-new", "9");
  const wanted = ["presence-kept", "presence-kept 1", "presence-new", "presence-new 9"];
  await receiver.until(
    () => pictureOf(receiver.events).join() === wanted.join(),
    60_000,
    () => JSON.stringify(receiver.events),
  );
  // Each of those that are gone was told once, and nobody who came back was told at all.
  const told = receiver.events.map(({ name, channel, user_id: userId }) => [name, channel, userId]);
  expect(told.slice(5)).toEqual(
    [
      ["channel_occupied", "presence-new", undefined],
      ["member_added", "presence-new", "9"],
      ["member_removed", "presence-kept", "2"],
      ["member_removed", "presence-gone", "1"],
      ["channel_vacated", "presence-gone", undefined],
    ].toSorted(byPlaceIn(told)),
  );
});

test("what was owed at a SIGTERM is on disk, and goes out as it was with the next start", async () => {
  receiver.answer = () => new Response("down", { status: 503 });
  await join("presence-a", "1");
  await receiver.until(() => receiver.received.length >= 1);
  await server.stop();
  const refused = receiver.received.length;
  receiver.answer = () => new Response("up");
  server = await start();
  await receiver.until(() => receiver.received.length >= refused + 2, 40_000);
  const names = receiver.received.slice(refused).flatMap(({ events }) => events.map(({ name }) => name));
  expect(names).toEqual(["channel_occupied", "member_added"]);
  const [first, again] = [receiver.received[0], receiver.received[refused]];
  expect(again?.body).toBe(first?.body);
  expect(again?.eventIds).toEqual(first?.eventIds);
});

/** Channels have no order between them: whatever came is compared in the order in which it came. */
function byPlaceIn(told: readonly (readonly unknown[])[]) {
  const placeOf = (each: readonly unknown[]) => told.findIndex((other) => other.join() === each.join());
  return (a: readonly unknown[], b: readonly unknown[]) => placeOf(a) - placeOf(b);
}
