import { describe, expect, test } from "bun:test";
import type { Connection } from "./connection.ts";
import { TestHub } from "./testing/test-hub.ts";

const COUNTING = { subscriptionCounting: true } as const;

function counts(lines: readonly string[]): string[] {
  return lines.filter((line) => line.includes("subscriptionCount"));
}

/** The count as the channel gets it, and the note of it. */
function count(channel: string, subscriptions: number): string[] {
  return [
    `${channel} <- subscriptionCount {"channel":"${channel}","count":${subscriptions}} to ${subscriptions}`,
    `note subscriptionCount ${channel} ${subscriptions}`,
  ];
}

/** So many subscribers of channel `a`, one second apart from whatever comes next. */
function crowd(hub: TestHub, size: number): Connection[] {
  const connections = Array.from({ length: size }, (_, index) => hub.connect(`c${index}`));
  for (const connection of connections) hub.subscribe(connection, "a");
  return connections;
}

describe("the count of subscriptions", () => {
  test("goes to everybody on the channel, the new one included, after its success", () => {
    const hub = new TestHub(COUNTING);
    hub.subscribe(hub.connect("ann"), "a");
    expect(hub.subscribe(hub.connect("bob"), "a")).toEqual([
      "join bob a",
      'bob <- subscriptionSucceeded {"channel":"a"}',
      ...count("a", 2),
      "note subscribed bob a",
    ]);
  });

  test("is not sent where it is off, nor on presence channels", () => {
    const off = new TestHub();
    expect(counts(off.subscribe(off.connect("ann"), "a"))).toEqual([]);
    const hub = new TestHub(COUNTING);
    expect(counts(hub.enter(hub.connect("ann"), "presence-a", "1"))).toEqual([]);
    expect(counts(hub.subscribe(hub.connect("bob"), "private-a"))).toEqual(count("private-a", 1));
  });

  test("is sent for every change up to 100 connections, and above at most every five seconds", () => {
    const hub = new TestHub(COUNTING);
    const [first] = crowd(hub, 100);
    expect(counts(hub.subscribe(hub.connect("c100"), "a"))).toEqual([]);
    expect(counts(hub.subscribe(hub.connect("c101"), "a"))).toEqual([]);
    expect(hub.sweep(4_999)).toEqual([]);
    expect(hub.sweep(1)).toEqual(count("a", 102));
    expect(hub.sweep(60_000)).toEqual([]);
    expect(counts(hub.subscribe(hub.connect("c102"), "a"))).toEqual(count("a", 103));
    hub.nowMs += 1;
    expect(counts(hub.unsubscribe(first as Connection, "a"))).toEqual([]);
    expect(hub.sweep(4_999)).toEqual(count("a", 102));
  });

  test("is sent at once again when the channel is back to 100", () => {
    const hub = new TestHub(COUNTING);
    const connections = crowd(hub, 101);
    expect(counts(hub.disconnect(connections[0] as Connection))).toEqual(count("a", 100));
    expect(hub.sweep(60_000)).toEqual([]);
  });

  test("is owed to nobody when everybody has left", () => {
    const hub = new TestHub(COUNTING);
    const connections = crowd(hub, 102);
    expect(hub.state.countsDue.size).toBe(1);
    for (const connection of connections) hub.disconnect(connection);
    expect(hub.state.countsDue.size).toBe(0);
    expect(hub.sweep(60_000)).toEqual([]);
  });
});
