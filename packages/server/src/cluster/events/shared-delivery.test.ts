import { describe, expect, test } from "bun:test";
import type { CarriedEvent, Position } from "@usher/hub";
import type { MarkedEvent } from "../carried-event.ts";
import { SharedDelivery } from "./shared-delivery.ts";
import type { EventsCopy, MissingEvents } from "./shared-events.ts";
import { channelRef, eventOn } from "./testing/events-node.ts";

const REF = channelRef("room");
const at = (serial: number, epoch = "e"): Position => ({ epoch, serial });
const event = (data: string) => eventOn(REF, data);

/** A node whose Redis the test plays: it says when, and how, each question is answered. */
function openNode() {
  const publishes: { readonly event: MarkedEvent; resolve(position: Position): void; reject(): void }[] = [];
  const fetches: { readonly after: Position; resolve(missing: MissingEvents): void; reject(): void }[] = [];
  const delivered: string[] = [];
  let epochs = 0;
  let nowMs = 0;
  let notCarried = 0;
  const delivery = new SharedDelivery({
    events: {
      publish: (_, event) =>
        new Promise((resolve, reject) => {
          publishes.push({ event, resolve, reject: () => reject(new Error("down")) });
        }),
      openCopy: async () => node.copy,
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
  const node = {
    /** What is read of the channel. */
    copy: { position: at(0), cached: null, history: { ...at(0), events: [] } } as EventsCopy,
    delivery,
    publishes,
    fetches,
    delivered,
    /** One that another node has sent. */
    receive: (data: string, position: Position) => delivery.received(REF, event(data), position),
    async open() {
      const { history } = await delivery.open(REF, true);
      delivery.opened(REF, history);
    },
    passTime: (ms: number) => {
      nowMs += ms;
    },
    notCarried: () => notCarried,
  };
  return node;
}

/** Sends an event that fails; returns what has it come back all the same, which it may have done before. */
async function publishInVain(node: ReturnType<typeof openNode>, sent: CarriedEvent, before?: Position) {
  const done = node.delivery.publish(REF, sent);
  const publish = node.publishes.shift();
  const comesBack = (position: Position) => {
    if (publish) node.delivery.received(REF, publish.event, position);
  };
  if (before) comesBack(before);
  publish?.reject();
  await done;
  return comesBack;
}

describe("a publish whose outcome is not known", () => {
  test("is delivered here when it does not arrive, and once when it arrives later", async () => {
    const node = openNode();
    await node.open();
    const comesBack = await publishInVain(node, event("1"));
    expect(node.delivered).toEqual(["1 here-11"]);
    comesBack(at(1));
    node.receive("2", at(2));
    expect(node.delivered).toEqual(["1 here-11", "2 e2"]);
    expect(node.notCarried()).toBe(1);
  });

  test("is not delivered again when it had arrived", async () => {
    const node = openNode();
    await node.open();
    await publishInVain(node, event("1"), at(1));
    expect(node.delivered).toEqual(["1 e1"]);
  });

  test("does not pass for another event that is like it", async () => {
    const node = openNode();
    await node.open();
    await publishInVain(node, event("tick"));
    await publishInVain(node, event("tick"));
    node.receive("tick", at(1));
    void node.delivery.publish(REF, event("tick"));
    const [published] = node.publishes;
    if (published) node.delivery.received(REF, published.event, at(2));
    expect(node.delivered).toEqual(["tick here-11", "tick here-12", "tick e1", "tick e2"]);
  });

  test("is forgotten after a minute", async () => {
    const node = openNode();
    await node.open();
    const comesBack = await publishInVain(node, event("1"));
    node.passTime(60_001);
    await publishInVain(node, event("2"));
    comesBack(at(1));
    expect(node.delivered).toEqual(["1 here-11", "2 here-12", "1 e1"]);
  });

  test("leaves nothing behind when it is confirmed", async () => {
    const node = openNode();
    await node.open();
    const done = node.delivery.publish(REF, event("1"));
    const [published] = node.publishes;
    published?.resolve(at(1));
    await done;
    if (published) node.delivery.received(REF, published.event, at(1));
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
    node.delivery.opened(REF, undefined);
    expect(node.delivered).toEqual(["1 e1"]);
  });

  test("gives the copy again when another epoch has begun, until the hub has it", async () => {
    const node = openNode();
    await node.open();
    const readAgain = (epoch: string) => {
      const opening = node.delivery.open(REF, false);
      node.copy = { position: at(0, epoch), cached: null, history: { ...at(0, epoch), events: [] } };
      node.fetches.shift()?.resolve({ position: at(0, epoch), events: [] });
      return opening;
    };
    expect(await readAgain("e")).toEqual({ cached: null });
    const history = { ...at(0, "f"), events: [] };
    // What was read first may not have come to the hub.
    expect(await readAgain("f")).toEqual({ cached: null, history });
    expect(await readAgain("f")).toEqual({ cached: null, history });
    node.delivery.opened(REF, history);
    expect(await readAgain("f")).toEqual({ cached: null });
    // It hears of this one with an event.
    node.receive("1", at(1, "g"));
    node.fetches.shift();
    expect(await readAgain("g")).toEqual({ cached: null });
    expect(node.delivered).toEqual(["1 g1"]);
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
