import { describe, expect, test } from "bun:test";
import { type App, DEFAULT_APP_SETTINGS, type Elsewhere, type HistoryPage, Hub } from "@usher/hub";
import type { ChannelName } from "@usher/protocol";
import { hmacSha256Hex } from "../edges/bun/bun-hmac.ts";
import { readHistory } from "../history/read-history.ts";
import type { HistoryBounds } from "./events/shared-events.ts";
import type { PlaceRef } from "./places/place-store.ts";
import { sharedReads } from "./shared-reads.ts";

const APP: App = {
  id: "3",
  name: "Shop",
  enabled: true,
  keys: [{ key: "k", secrets: [{ id: "s", value: "secret" }] }],
  settings: { ...DEFAULT_APP_SETTINGS, historyPrefixes: ["orders"] },
  restrictions: [],
};
const ORDERS = "orders" as ChannelName;
const PAGE: HistoryPage = {
  position: { epoch: "e", serial: 7 },
  firstSerial: 6,
  events: [
    {
      serial: 6,
      message: { kind: "event", event: "paid", channel: ORDERS, data: "{}" },
      exceptSocketId: undefined,
      atMs: 0,
    },
  ],
};
const ON_OTHERS: Elsewhere = {
  subscriptions: 3,
  members: new Map([
    ["1", { userId: "1", userInfoJson: '{"name":"Ada"}' }],
    ["2", { userId: "2", userInfoJson: undefined }],
  ]),
};

/** @param history what Redis answers; it is away where that is left out. */
function openReads(history?: HistoryPage, bounds: HistoryBounds | undefined = { events: 10, seconds: 60 }) {
  const asked: PlaceRef[] = [];
  const reads = sharedReads({
    places: {
      isOpen: ({ place }) => place.kind === "channel" && place.channel === "orders-here",
      async look(refs) {
        asked.push(...refs);
        return refs.map(() => ON_OTHERS);
      },
    },
    store: { channelsOf: async () => [ORDERS] },
    events: {
      readCached: async () => undefined,
      async readHistory() {
        if (!history) throw new Error("down");
        return history;
      },
    },
    boundsOf: () => bounds,
  });
  const hub = new Hub({
    findAppByKey: () => APP,
    hmacHex: hmacSha256Hex,
    random: Math.random,
    maxConnections: null,
  });
  const page = { after: 5, limit: 1 };
  return {
    reads,
    asked,
    read: (channel: string) => readHistory(APP, channel, page, { hub, nowMs: 0, reads }),
  };
}

describe("what is read of channels that are not open here", () => {
  test("is who is on them on other nodes", async () => {
    const { reads, asked } = openReads();
    expect(await reads.look("3", [ORDERS])).toEqual([
      {
        isOccupied: true,
        subscriptionCount: 3,
        userCount: 2,
        members: new Map([
          ["1", '{"name":"Ada"}'],
          ["2", null],
        ]),
      },
    ]);
    expect(asked).toEqual([{ appId: "3", place: { kind: "channel", channel: ORDERS } }]);
  });

  test("is a page of their history", async () => {
    const { read } = openReads(PAGE);
    expect(await read("orders")).toEqual({
      ok: true,
      value: {
        epoch: "e",
        first_serial: 6,
        last_serial: 7,
        events: [{ serial: 6, name: "paid", data: "{}", time: "1970-01-01T00:00:00.000Z" }],
        next_after: 6,
      },
    });
  });

  test("is what this node has of the history while Redis is away, and at once where the channel is open", async () => {
    const { read } = openReads();
    expect(await read("orders")).toMatchObject({ ok: true, value: { last_serial: 0 } });
    expect(read("orders-here")).toMatchObject({ ok: true, value: { last_serial: 0 } });
    expect(read("other")).toMatchObject({ ok: false, error: { code: "history_not_kept" } });
  });
});
