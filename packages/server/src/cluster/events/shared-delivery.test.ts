import { describe, expect, test } from "bun:test";
import type { CarriedEvent, Position } from "@usher/hub";
import { SharedDelivery } from "./shared-delivery.ts";
import type { EventsCopy, MissingEvents } from "./shared-events.ts";
import { channelRef, eventOn } from "./testing/events-node.ts";

const REF = channelRef("room");
const at = (serial: number, epoch = "e"): Position => ({ epoch, serial });
const event = (data: string) => eventOn(REF, data);

/** A node whose Redis the test plays: it says when, and how, each question is answered. */
function openNode() {
  const publishes: { readonly data: string; resolve(position: Position): void; reject(): void }[] = [];
  const fetches: { readonly after: Position; resolve(missing: MissingEvents): void; reject(): void }[] = [];
  const delivered: string[] = [];
  const copy: EventsCopy = { position: at(0), cached: null, history: { ...at(0), events: [] } };
  let epochs = 0;
  let nowMs = 0;
  let notCarried = 0;
  const delivery = new SharedDelivery({
    events: {
      publish: (_, { message }) =>
        new Promise((resolve, reject) => {
          publishes.push({ data: message.data, resolve, reject: () => reject(new Error("down")) });
        }),
      openCopy: async () => copy,
      readCached: async () => undefined,
      missing: (_, after) =>
        new Promise((resolve, reject) => {
          fetches.push({ after, resolve, reject: () => reject(new Error("down")) });
        }),
    },
    topicOf: () => "topic",
    boundsOf: () => ({ events: 10, seconds: 60 }),
    cacheLifetimeMs: () => 1_000,
    deliver: (_, { message }, { epoch, serial }) => delivered.push(`${message.data} ${epoch}${serial}`),
    onNotCarried: () => {
      notCarried++;
    },
    freshEpoch: () => String(++epochs),
    monotonicNow: () => nowMs,
  });
  return {
    delivery,
    publishes,
    fetches,
    delivered,
    receive: (data: string, position: Position) => delivery.received(REF, event(data), position),
    async open() {
      await delivery.open(REF, true);
      delivery.opened(REF);
    },
    passTime: (ms: number) => {
      nowMs += ms;
    },
    notCarried: () => notCarried,
  };
}

/** Sends an event that fails once `meanwhile` has happened. */
async function publishInVain(node: ReturnType<typeof openNode>, sent: CarriedEvent, meanwhile = () => {}) {
  const done = node.delivery.publish(REF, sent);
  meanwhile();
  node.publishes.shift()?.reject();
  await done;
}

describe("a publish whose outcome is not known", () => {
  test("is delivered here when it does not arrive, and once when it arrives later", async () => {
    const node = openNode();
    await node.open();
    await publishInVain(node, event("1"));
    expect(node.delivered).toEqual(["1 here-11"]);
    node.receive("1", at(1));
    node.receive("2", at(2));
    expect(node.delivered).toEqual(["1 here-11", "2 e2"]);
    expect(node.notCarried()).toBe(1);
  });

  test("is not delivered again when it had arrived", async () => {
    const node = openNode();
    await node.open();
    await publishInVain(node, event("1"), () => node.receive("1", at(1)));
    expect(node.delivered).toEqual(["1 e1"]);
    // The next one that is the same is another event.
    node.receive("1", at(2));
    expect(node.delivered).toEqual(["1 e1", "1 e2"]);
  });

  test("is forgotten after a minute", async () => {
    const node = openNode();
    await node.open();
    await publishInVain(node, event("1"));
    node.passTime(60_001);
    node.receive("1", at(1));
    expect(node.delivered).toEqual(["1 here-11", "1 e1"]);
  });

  test("leaves nothing behind when it is confirmed", async () => {
    const node = openNode();
    await node.open();
    const done = node.delivery.publish(REF, event("1"));
    node.publishes[0]?.resolve(at(1));
    await done;
    node.receive("1", at(1));
    node.receive("1", at(2));
    expect(node.delivered).toEqual(["1 e1", "1 e2"]);
  });

  test("has another epoch of this node's own after events of the others", async () => {
    const node = openNode();
    await node.open();
    await publishInVain(node, event("1"));
    await publishInVain(node, event("2"));
    node.receive("theirs", at(1));
    await publishInVain(node, event("3"));
    expect(node.delivered).toEqual(["1 here-11", "2 here-12", "theirs e1", "3 here-21"]);
  });

  test("reaches those here as well when the channel is not open", async () => {
    const node = openNode();
    await publishInVain(node, event("1"));
    expect(node.delivered).toEqual(["1 here-11"]);
  });
});

describe("a channel that is opened and closed", () => {
  test("holds what comes until the hub knows the copy", async () => {
    const node = openNode();
    const opening = node.delivery.open(REF, true);
    node.receive("1", at(1));
    await opening;
    expect(node.delivered).toEqual([]);
    node.delivery.opened(REF);
    expect(node.delivered).toEqual(["1 e1"]);
  });

  test("takes no notice of what comes before and after", async () => {
    const node = openNode();
    node.receive("before", at(1));
    await node.open();
    node.receive("1", at(1));
    node.delivery.closed(REF);
    node.receive("after", at(2));
    expect(node.delivered).toEqual(["1 e1"]);
  });

  test("takes no notice of an answer that comes after it was closed", async () => {
    const node = openNode();
    await node.open();
    node.receive("3", at(3));
    node.delivery.closed(REF);
    await node.open();
    node.fetches[0]?.resolve({ position: at(3), events: [{ position: at(1), event: event("1") }] });
    await Promise.resolve();
    node.receive("1", at(1));
    expect(node.delivered).toEqual(["1 e1"]);
  });

  test("goes past a hole when nothing can be fetched", async () => {
    const node = openNode();
    await node.open();
    node.receive("3", at(3));
    expect(node.delivered).toEqual([]);
    node.fetches[0]?.reject();
    await Bun.sleep(0);
    expect(node.delivered).toEqual(["3 e3"]);
  });
});
