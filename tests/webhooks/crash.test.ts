import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { newDataDir } from "../support/apps.ts";
import { metricsOf, sumOf } from "../support/metrics.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { eventually } from "../support/time-limit.ts";
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

const FOUR = ["presence-gone", "presence-gone 1", "presence-kept", "presence-kept 1", "presence-kept 2"];

test("after kill -9 receivers hear who did not come back, and of nobody twice", async () => {
  await join("presence-kept", "1");
  await join("presence-kept", "2");
  await join("presence-gone", "1");
  await receiver.until(() => pictureOf(receiver.events).length === 5);
  expect(pictureOf(receiver.events)).toEqual(FOUR);

  server.signal("SIGKILL");
  await server.exited;
  server = await start();
  await join("presence-kept", "1");
  await join("presence-new", "9");
  const wanted = ["presence-kept", "presence-kept 1", "presence-new", "presence-new 9"];
  await receiver.until(
    () => pictureOf(receiver.events).join() === wanted.join(),
    40_000,
    () => JSON.stringify(receiver.events),
  );
  // Each of those that are gone was told once, and nobody who came back was told at all.
  expect(
    receiver.events.map(({ name, channel, user_id: userId }) => [name, channel, userId]).slice(5),
  ).toEqual(
    expect.arrayContaining([
      ["channel_occupied", "presence-new", undefined],
      ["member_added", "presence-new", "9"],
      ["member_removed", "presence-kept", "2"],
      ["member_removed", "presence-gone", "1"],
      ["channel_vacated", "presence-gone", undefined],
    ]),
  );
  expect(receiver.events).toHaveLength(10);
});

test("a restart in order, and a second one in the grace, tell nothing of whoever is back in time", async () => {
  await join("presence-kept", "1");
  await receiver.until(() => receiver.events.length === 2);
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    server.signal(signal);
    await server.exited;
    server = await start();
  }
  await join("presence-kept", "1");
  const marker = await join("presence-marker", "1");
  await marker.close();
  // The marker's end comes after the grace of a restart would have ended for the other: 15 s and not 3 s.
  await receiver.eventsOf(
    ({ name, channel }) => name === "channel_vacated" && channel === "presence-marker",
    1,
  );
  await eventually(
    () => metricsOf(server),
    (metrics) => sumOf(metrics, "process_uptime_seconds") > 17,
    30_000,
  );
  await eventually(
    () => metricsOf(server),
    (metrics) => sumOf(metrics, "usher_webhook_owed_events") === 0,
  );
  expect(pictureOf(receiver.events)).toEqual(["presence-kept", "presence-kept 1"]);
  expect(receiver.events.filter(({ channel }) => channel === "presence-kept")).toHaveLength(2);
});

test("what was owed at a SIGTERM is on disk and goes out with the next start", async () => {
  receiver.answer = () => new Response("down", { status: 503 });
  const socket = await join("presence-a", "1");
  await receiver.until(() => receiver.received.length >= 1);
  await socket.close();
  await server.stop();
  const refused = receiver.received.length;
  receiver.answer = () => new Response("up");
  server = await start();
  await receiver.until(() => receiver.received.length >= refused + 4, 40_000);
  expect(receiver.received.slice(refused).flatMap(({ events }) => events.map(({ name }) => name))).toEqual([
    "channel_occupied",
    "member_added",
    "member_removed",
    "channel_vacated",
  ]);
  const [first, again] = [receiver.received[0], receiver.received[refused]];
  expect(again?.body).toBe(first?.body);
  expect(again?.eventIds).toEqual(first?.eventIds);
});
