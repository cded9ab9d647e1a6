import { describe, expect, test } from "bun:test";
import { channelInfo, occupiedChannels } from "./channel-info.ts";
import type { Connection } from "./connection.ts";
import { TestHub } from "./testing/test-hub.ts";

/** A hub of a cluster with ann as member 10 of an open presence channel. */
function withAnn(): { hub: TestHub; ann: Connection } {
  const hub = new TestHub({ subscriptionCounting: true }, { isClustered: true });
  const ann = hub.connect("ann");
  hub.open("presence-a");
  hub.enter(ann, "presence-a", "10");
  return { hub, ann };
}

describe("members on other nodes", () => {
  test("come and go for those who are here", () => {
    const { hub } = withAnn();
    expect(hub.elsewhere("presence-a", { subscriptions: 1, added: ["20"] })).toEqual([
      'presence-a <- memberAdded {"channel":"presence-a","member":{"userId":"20"}} to 1',
    ]);
    expect(hub.elsewhere("presence-a", { subscriptions: 0, removed: ["20"] })).toEqual([
      'presence-a <- memberRemoved {"channel":"presence-a","userId":"20"} to 1',
    ]);
  });

  test("who are here too are no news, neither when they come there nor when they leave there", () => {
    const { hub } = withAnn();
    expect(hub.elsewhere("presence-a", { subscriptions: 1, added: ["10"] })).toEqual([]);
    expect(hub.elsewhere("presence-a", { subscriptions: 0, removed: ["10"] })).toEqual([]);
  });

  test("stay in the list when they leave here alone", () => {
    const { hub, ann } = withAnn();
    const bea = hub.connect("bea");
    hub.enter(bea, "presence-a", "20");
    hub.elsewhere("presence-a", { subscriptions: 1, added: ["10"] });
    expect(hub.unsubscribe(ann, "presence-a")).toEqual([
      "leave ann presence-a",
      "note unsubscribed ann presence-a",
      "changed presence-a",
    ]);
    expect(hub.state.channels.get("presence-a" as never)?.roster?.userIds()).toEqual(["20", "10"]);
    expect([...hub.here("presence-a").members.keys()]).toEqual(["20"]);
  });

  test("are not added once more by coming here, and newcomers see the information that is new", () => {
    const { hub } = withAnn();
    hub.open("presence-a", { members: { "20": { on: "there" } } });
    const lines = hub.enter(hub.connect("bea"), "presence-a", "20", { on: "here" });
    expect(lines.filter((line) => line.includes("memberAdded"))).toEqual([]);
    expect(lines[1]).toContain('{"userId":"20","userInfoJson":"{\\"on\\":\\"here\\"}"}');
  });

  test("have the information that came last, for newcomers and for nobody else", () => {
    const { hub } = withAnn();
    hub.enter(hub.connect("bea"), "presence-a", "20", { on: "here" });
    expect(hub.open("presence-a", { members: { "20": { on: "there" } } })).toEqual([]);
    expect(hub.here("presence-a").members.get("20")?.userInfoJson).toBe('{"on":"here"}');
    const lines = hub.enter(hub.connect("cy"), "presence-a", "30");
    expect(lines[1]).toContain('{"userId":"20","userInfoJson":"{\\"on\\":\\"there\\"}"}');
  });

  test("are compared with those known before when they are read once more", () => {
    const { hub } = withAnn();
    hub.open("presence-a", { members: { "20": undefined, "30": undefined } });
    expect(
      hub.open("presence-a", { members: { "10": undefined, "30": undefined, "40": undefined } }),
    ).toEqual([
      'presence-a <- memberRemoved {"channel":"presence-a","userId":"20"} to 1',
      'presence-a <- memberAdded {"channel":"presence-a","member":{"userId":"40"}} to 1',
    ]);
  });

  test("are remembered when a channel is closed that somebody is on, so that the difference is told on opening", () => {
    const { hub } = withAnn();
    hub.open("presence-a", { members: { "20": undefined } });
    hub.close("presence-a");
    expect(hub.here("presence-a")).toMatchObject({ isWanted: true, isOpen: false });
    expect(hub.elsewhere("presence-a", { subscriptions: 0, removed: ["20"] })).toEqual([]);
    expect(hub.open("presence-a")).toEqual([
      'presence-a <- memberRemoved {"channel":"presence-a","userId":"20"} to 1',
    ]);
  });
});

describe("counts of all nodes", () => {
  test("are sent when they change elsewhere, and noted where they were changed", () => {
    const { hub, ann } = withAnn();
    hub.open("a", { subscriptions: 2 });
    expect(hub.subscribe(ann, "a")).toContain("note subscriptionCount a 3");
    expect(hub.elsewhere("a", { subscriptions: 1 })).toEqual([
      'a <- subscriptionCount {"channel":"a","count":2} to 1',
    ]);
    expect(hub.elsewhere("a", { subscriptions: 1 })).toEqual([]);
    expect(hub.unsubscribe(ann, "a")).toContain("note subscriptionCount a 1");
  });

  test("wait their turn on large channels, and are noted if they were changed here meanwhile", () => {
    const { hub, ann } = withAnn();
    hub.open("a", { subscriptions: 200 });
    hub.subscribe(ann, "a");
    expect(hub.elsewhere("a", { subscriptions: 201 })).toEqual([]);
    expect(hub.sweep(5_000)).toEqual(['a <- subscriptionCount {"channel":"a","count":202} to 1']);
    hub.subscribe(hub.connect("bea"), "a");
    expect(hub.elsewhere("a", { subscriptions: 202 })).toEqual([]);
    expect(hub.sweep(5_000)).toEqual([
      'a <- subscriptionCount {"channel":"a","count":204} to 2',
      "note subscriptionCount a 204",
    ]);
  });

  test("are what the HTTP API hears of an open channel, whoever is on it", () => {
    const { hub } = withAnn();
    hub.open("presence-a", { subscriptions: 2, members: { "20": undefined } });
    hub.open("b", { subscriptions: 3 });
    hub.open("c");
    expect(channelInfo(hub.state, "presence-a" as never)).toEqual({
      isOccupied: true,
      userCount: 2,
      subscriptionCount: 3,
    });
    expect([...occupiedChannels(hub.state, "").keys()].map(String)).toEqual(["presence-a", "b"]);
  });
});

describe("users on other nodes", () => {
  const ON = { watchlistEvents: true };

  test("are part of what a watcher is told first, which waits until all of it is known", () => {
    const hub = new TestHub(ON, { isClustered: true });
    const ann = hub.connect("ann");
    expect(hub.signIn(ann, { id: "10", watchlist: ["20", "30"] })).toEqual([
      "join ann #server-to-user-10",
      'ann <- signinSuccess {"userData":"{\\"id\\":\\"10\\",\\"watchlist\\":[\\"20\\",\\"30\\"]}"}',
      "changed user 10",
      "note signedIn ann 10 secret-1",
      "changed user 20",
      "changed user 30",
    ]);
    expect(hub.open("user 20", { subscriptions: 1 })).toEqual([]);
    expect(hub.elsewhere("user 20", { subscriptions: 0 })).toEqual([]);
    expect(hub.open("user 30", { subscriptions: 1 })).toEqual([
      'ann <- watchlistEvents {"online":["30"],"offline":["20"]}',
    ]);
    expect(hub.elsewhere("user 20", { subscriptions: 1 })).toEqual([
      'ann <- watchlistEvents {"online":["20"],"offline":[]}',
    ]);
  });

  test("stay online while one node has them, a grace included", () => {
    const hub = new TestHub(ON, { isClustered: true });
    const [ann, bea] = [hub.connect("ann"), hub.connect("bea")];
    hub.signIn(ann, { id: "10", watchlist: ["20"] });
    hub.open("user 20", { subscriptions: 1 });
    expect(hub.signIn(bea, { id: "20" }).filter((line) => line.startsWith("ann"))).toEqual([]);
    expect(hub.here("user 20")).toMatchObject({ isWanted: true, isOpen: true, subscriptions: 1 });
    hub.disconnect(bea);
    expect(hub.here("user 20").subscriptions).toBe(1);
    expect(hub.elsewhere("user 20", { subscriptions: 1 })).toEqual([]);
    expect(hub.sweep(3_000)).toEqual(["changed user 20"]);
    expect(hub.here("user 20").subscriptions).toBe(0);
    expect(hub.elsewhere("user 20", { subscriptions: 0 })).toEqual([
      'ann <- watchlistEvents {"online":[],"offline":["20"]}',
    ]);
  });

  test("have a grace although nobody here watches them: somebody may elsewhere", () => {
    const hub = new TestHub(ON, { isClustered: true });
    const ann = hub.connect("ann");
    hub.signIn(ann, { id: "10" });
    const bea = hub.connect("bea");
    hub.signIn(bea, { id: "20", watchlist: ["10"] });
    hub.disconnect(ann);
    hub.disconnect(bea);
    expect(hub.here("user 10")).toMatchObject({ isWanted: true, subscriptions: 1 });
    expect(hub.sweep(3_000)).toContain("changed user 10");
    expect(hub.here("user 10").isWanted).toBe(false);
  });

  test("hear that they are on their own channel once events for them arrive here", () => {
    const hub = new TestHub({}, { isClustered: true });
    const [ann, bea] = [hub.connect("ann"), hub.connect("bea")];
    hub.signIn(ann, { id: "10" });
    hub.signIn(bea, { id: "10" });
    expect(hub.subscribe(ann, "#server-to-user-10")).toEqual([]);
    expect(hub.subscribe(bea, "#server-to-user-10")).toEqual([]);
    hub.disconnect(bea);
    expect(hub.open("user 10")).toEqual([
      "join ann #server-to-user-10",
      'ann <- subscriptionSucceeded {"channel":"#server-to-user-10"}',
    ]);
    expect(hub.subscribe(ann, "#server-to-user-10")).toHaveLength(2);
  });
});

test("an app that is deleted has nothing here any more, at once", () => {
  const { hub, ann } = withAnn();
  hub.signIn(ann, { id: "10" });
  const lines = hub.lines(hub.hub.appChanged(hub.app, undefined));
  expect(lines).toEqual(["changed presence-a", "changed user 10", "close ann app_not_found"]);
  expect(hub.here("presence-a")).toEqual({
    isWanted: false,
    isOpen: false,
    subscriptions: 0,
    members: new Map(),
  });
});
