import { beforeEach, describe, expect, test } from "bun:test";
import type { Connection, Note } from "@usher/hub";
import type { ChannelName, SocketId } from "@usher/protocol";
import type { WebhookEndpoint } from "./endpoint.ts";
import { Interest } from "./endpoint-directory.ts";
import type { WebhookEvent } from "./event-types.ts";
import type { StateChange } from "./outbox-rows.ts";
import { SOME_APP, SOME_ENDPOINT } from "./testing/examples.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { type Presence, WebhookFeed } from "./webhook-feed.ts";

const ALL: WebhookEndpoint = { ...SOME_ENDPOINT, id: "wh_all", url: "http://example.com/" };

let clock: FakeClock;
let endpoints: WebhookEndpoint[];
let here: Set<string>;
/** `wh_all channel_occupied a`, in order. */
let told: string[];
let changes: string[];
let feed: WebhookFeed;

beforeEach(() => {
  clock = new FakeClock();
  endpoints = [ALL];
  here = new Set();
  told = [];
  changes = [];
  feed = new WebhookFeed({
    endpoints: { interestOf: (appId) => (appId === "1" ? new Interest(endpoints) : undefined) },
    outbox: {
      owe(to: readonly WebhookEndpoint[], event: WebhookEvent, change?: StateChange) {
        for (const { id } of to) told.push([id, ...Object.values(event)].join(" "));
        if (change)
          changes.push(`${change.isHere ? "+" : "-"}${change.channel} ${change.userId ?? ""}`.trim());
      },
    },
    clock,
    isHere: ({ channel, userId }) => here.has(userId === undefined ? channel : `${channel} ${userId}`),
    isShared: false,
  });
});

const A = "a" as ChannelName;
const ROOM = "presence-room" as ChannelName;

function note(...notes: Note[]): void {
  for (const each of notes) feed.onNote(SOME_APP, each);
}

async function pass(ms: number): Promise<void> {
  await clock.pass(ms);
  feed.sweep();
}

function presence(channel: ChannelName, userId?: string): Presence {
  return { appId: "1", channel, userId };
}

describe("whoever leaves", () => {
  test("is told of after three seconds, members before their channel", async () => {
    note({ kind: "occupied", channel: ROOM }, { kind: "memberAdded", channel: ROOM, userId: "7" });
    expect(told).toEqual(["wh_all channel_occupied presence-room", "wh_all member_added presence-room 7"]);
    note({ kind: "memberRemoved", channel: ROOM, userId: "7" }, { kind: "vacated", channel: ROOM });
    await pass(2_999);
    expect(told).toHaveLength(2);
    await pass(1);
    expect(told.slice(2)).toEqual([
      "wh_all member_removed presence-room 7",
      "wh_all channel_vacated presence-room",
    ]);
    expect(changes).toEqual(["+presence-room", "+presence-room 7", "-presence-room 7", "-presence-room"]);
  });

  test("and is back in time has neither left nor come", async () => {
    note({ kind: "occupied", channel: A });
    for (let reload = 0; reload < 5; reload++) {
      note({ kind: "vacated", channel: A });
      await pass(2_900);
      note({ kind: "occupied", channel: A });
    }
    await pass(60_000);
    expect(told).toEqual(["wh_all channel_occupied a"]);
  });

  test("and is back too late has left and come", async () => {
    note({ kind: "occupied", channel: A }, { kind: "vacated", channel: A });
    await pass(3_000);
    note({ kind: "occupied", channel: A });
    expect(told).toEqual([
      "wh_all channel_occupied a",
      "wh_all channel_vacated a",
      "wh_all channel_occupied a",
    ]);
  });
});

describe("what a former server has told", () => {
  test("is taken back after half a minute, unless it is there again", async () => {
    await feed.adopt([presence(ROOM), presence(ROOM, "7"), presence(ROOM, "8"), presence(A)]);
    note({ kind: "occupied", channel: ROOM }, { kind: "memberAdded", channel: ROOM, userId: "7" });
    await pass(29_999);
    expect(told).toEqual([]);
    await pass(1);
    expect(told).toEqual(["wh_all member_removed presence-room 8", "wh_all channel_vacated a"]);
    await pass(60_000);
    expect(told).toHaveLength(2);
  });

  test("and is here already needs no word", async () => {
    here.add("a");
    await feed.adopt([presence(A)]);
    await pass(60_000);
    expect(told).toEqual([]);
  });

  test("and leaves again within that time is told of once", async () => {
    await feed.adopt([presence(A)]);
    note({ kind: "occupied", channel: A }, { kind: "vacated", channel: A });
    await pass(60_000);
    expect(told).toEqual(["wh_all channel_vacated a"]);
  });
});

test("what could not be kept is told by the difference", async () => {
  here.add("a");
  await feed.reconcile([presence(ROOM), presence(ROOM, "7")], [presence(A)]);
  expect(told).toEqual([
    "wh_all member_removed presence-room 7",
    "wh_all channel_vacated presence-room",
    "wh_all channel_occupied a",
  ]);
});

describe("an endpoint", () => {
  test("gets the kinds and channels that it asks for", () => {
    endpoints = [
      { ...ALL, id: "wh_types", eventTypes: ["cache_miss"] },
      { ...ALL, id: "wh_names", channelPrefix: "cache-", channelSuffix: "-x" },
      { ...ALL, id: "wh_off", enabled: false },
    ];
    const [x, y] = ["cache-x-x", "cache-y"] as ChannelName[];
    if (!x || !y) throw new Error("no names");
    note({ kind: "cacheMiss", channel: x }, { kind: "cacheMiss", channel: y });
    note({ kind: "subscriptionCount", channel: x, count: 3 });
    expect(told).toEqual([
      "wh_types cache_miss cache-x-x",
      "wh_names cache_miss cache-x-x",
      "wh_types cache_miss cache-y",
      "wh_names subscription_count cache-x-x 3",
    ]);
  });

  test("that asks for the end alone gets it", async () => {
    endpoints = [{ ...ALL, eventTypes: ["channel_vacated"] }];
    note({ kind: "occupied", channel: A }, { kind: "vacated", channel: A });
    await pass(3_000);
    expect(told).toEqual(["wh_all channel_vacated a"]);
  });

  test("gets a client event with its sender", () => {
    const connection = { socketId: "1.2" as SocketId } as Connection;
    const event = { kind: "clientEvent", connection, event: "client-x", data: "{}" } as const;
    note({ ...event, channel: ROOM, userId: "7" }, { ...event, channel: A, userId: undefined });
    expect(told).toEqual([
      "wh_all client_event presence-room client-x {} 1.2 7",
      "wh_all client_event a client-x {} 1.2",
    ]);
  });
});

test("an app without endpoints is not followed", async () => {
  for (const kind of ["occupied", "vacated"] as const)
    feed.onNote({ ...SOME_APP, id: "2" }, { kind, channel: A });
  await pass(60_000);
  expect([told, changes]).toEqual([[], []]);
});
