import { describe, expect, test } from "bun:test";
import { type App, type Connection, DEFAULT_APP_SETTINGS, Hub } from "@usher/hub";
import type { ChannelName } from "@usher/protocol";
import { hmacSha256Hex } from "../edges/bun/bun-hmac.ts";
import { answerFromView, type ChannelView } from "./channel-view.ts";
import type { ClusterChannel, ClusterReads } from "./cluster-reads.ts";

const APP: App = {
  id: "3",
  name: "Shop",
  enabled: true,
  keys: [{ key: "k", secrets: [{ id: "s", value: "secret" }] }],
  settings: DEFAULT_APP_SETTINGS,
  restrictions: [],
};
const name = (text: string) => text as ChannelName;
const cachedEvent = (data: string) => ({
  message: { kind: "event", event: "e", channel: "c", data } as const,
  expiresAtMs: 9,
});

function openHub(): Hub {
  return new Hub({
    findAppByKey: () => APP,
    hmacHex: hmacSha256Hex,
    random: Math.random,
    maxConnections: null,
  });
}

function subscribe(hub: Hub, channel: string): void {
  const handshake = { key: "k", protocol: 7, client: "js", version: "8" };
  const opening = { handshake, pageOrigin: undefined, address: "127.0.0.1", isTls: false };
  const admitted = hub.connect(opening, 0);
  if (!admitted.ok) throw admitted.error;
  const connection: Connection = admitted.value.connection;
  hub.receive(connection, { kind: "subscribe", channel, auth: undefined, channelData: undefined }, 0);
}

/** What other nodes have, and which channels this one knows all about. */
function reads(channels: Record<string, ClusterChannel>, open: readonly string[] = []) {
  const asked: string[] = [];
  const port: ClusterReads = {
    isOpen: (_, channel) => open.includes(channel),
    async look(_, names) {
      asked.push(`look ${names.join(" ")}`);
      return names.map((channel) => channels[channel] ?? VACANT);
    },
    async channelsOf() {
      asked.push("channels");
      return Object.keys(channels).map(name);
    },
    async cached(_, channel) {
      asked.push(`cached ${channel}`);
      return cachedEvent("theirs");
    },
    history: async () => undefined,
  };
  return { port, asked };
}

const VACANT: ClusterChannel = {
  isOccupied: false,
  userCount: 0,
  subscriptionCount: 0,
  members: new Map(),
};
const ROOM: ClusterChannel = {
  isOccupied: true,
  userCount: 2,
  subscriptionCount: 3,
  members: new Map([
    ["1", '{"name":"Ada"}'],
    ["2", null],
  ]),
};

/** Every method rejects. */
const OUT_OF_REACH: ClusterReads = {
  isOpen: () => false,
  look: () => Promise.reject(new Error("down")),
  channelsOf: () => Promise.reject(new Error("down")),
  cached: () => Promise.reject(new Error("down")),
  history: () => Promise.reject(new Error("down")),
};

describe("what is told of channels", () => {
  test("is what this node has, at once, where there is no other", () => {
    const hub = openHub();
    subscribe(hub, "here");
    const context = { hub, nowMs: 0, reads: undefined };
    const wanted = { channels: [name("here")], isCacheWanted: true };
    expect(answerFromView("3", wanted, context, (view) => view.info(name("here")))).toEqual({
      isOccupied: true,
      userCount: 0,
      subscriptionCount: 1,
    });
    const prefix = { prefix: "", areCountsWanted: true };
    expect(answerFromView("3", prefix, context, (view) => [...view.occupied("").keys()])).toEqual([
      name("here"),
    ]);
  });

  test("needs no reading for a channel that is open here", () => {
    const hub = openHub();
    subscribe(hub, "here");
    const { port, asked } = reads({}, ["here"]);
    const wanted = { channels: [name("here")], isCacheWanted: true };
    const answer = answerFromView("3", wanted, { hub, nowMs: 0, reads: port }, (view) =>
      view.info(name("here")),
    );
    expect(answer).toMatchObject({ subscriptionCount: 1 });
    expect(asked).toEqual([]);
  });

  test("is read in one go for channels that are not open here", async () => {
    const { port, asked } = reads({ "presence-cache-room": ROOM });
    const channel = name("presence-cache-room");
    const wanted = { channels: [channel, name("b")], isCacheWanted: true };
    const tell = (view: ChannelView) => [
      view.info(channel).subscriptionCount,
      view.info(name("b")).isOccupied,
      view.userIds(channel).map((userId) => view.member(channel, userId)),
      view.cached(channel)?.message.data,
    ];
    expect(await answerFromView("3", wanted, { hub: openHub(), nowMs: 0, reads: port }, tell)).toEqual([
      3,
      false,
      [
        { userId: "1", userInfoJson: '{"name":"Ada"}', connections: 0 },
        { userId: "2", userInfoJson: null, connections: 0 },
      ],
      "theirs",
    ]);
    expect(asked).toEqual(["look presence-cache-room b", "cached presence-cache-room"]);
  });

  test("is a list of all channels, and counts are read for those that are not open here", async () => {
    const hub = openHub();
    subscribe(hub, "a-here");
    const { port, asked } = reads({ "a-here": ROOM, "a-there": ROOM, "a-left": VACANT, "b-there": ROOM }, [
      "a-here",
    ]);
    const context = { hub, nowMs: 0, reads: port };
    const list = (view: ChannelView) =>
      [...view.occupied("a-")].map(([channel, { subscriptionCount }]) => `${channel} ${subscriptionCount}`);
    expect(await answerFromView("3", { prefix: "a-", areCountsWanted: true }, context, list)).toEqual([
      "a-here 1",
      "a-there 3",
    ]);
    expect(asked).toEqual(["channels", "look a-there a-left"]);
    const names = (view: ChannelView) => [...view.occupied("b-").keys()];
    expect(await answerFromView("3", { prefix: "b-", areCountsWanted: false }, context, names)).toEqual([
      name("b-there"),
    ]);
    expect(asked.slice(2)).toEqual(["channels"]);
  });

  test("is what this node has while the rest is out of reach", async () => {
    const hub = openHub();
    subscribe(hub, "cache-here");
    hub.stateFor(APP).cache.put({ ...cachedEvent("ours").message, channel: "cache-here" }, 9);
    const context = { hub, nowMs: 0, reads: OUT_OF_REACH };
    const channel = name("cache-here");
    const tell = (view: ChannelView) => [
      view.info(channel).subscriptionCount,
      view.userIds(channel),
      view.cached(channel)?.message.data,
    ];
    expect(await answerFromView("3", { channels: [channel], isCacheWanted: true }, context, tell)).toEqual([
      1,
      [],
      "ours",
    ]);
    const list = (view: ChannelView) => [...view.occupied("").keys()];
    expect(await answerFromView("3", { prefix: "", areCountsWanted: true }, context, list)).toEqual([
      channel,
    ]);
  });
});
