import { describe, expect, test } from "bun:test";
import { UsherError } from "@usher/protocol";
import { EXAMPLE_APP } from "@usher/protocol/testing";
import { channelInfo, occupiedChannels } from "./channel-info.ts";
import { TestHub, testApp } from "./testing/test-hub.ts";

describe("when an app changes", () => {
  test("its connections go on with the new settings", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-a");
    expect(hub.change({ clientEvents: true })).toEqual([]);
    expect(hub.clientEvent(ann, "private-a").at(-1)).toBe("note clientEvent ann private-a client-x");
  });

  test("and is disabled, everybody is sent away, once", () => {
    const hub = new TestHub();
    hub.connect("ann");
    hub.connect("bob");
    expect(hub.change({}, { enabled: false })).toEqual(["close ann app_disabled", "close bob app_disabled"]);
    expect(hub.change({ strict: true })).toEqual([]);
    expect(hub.refusal()).toBe("app_disabled");
  });

  test("and loses a key, those who came with it are sent away", () => {
    const hub = new TestHub();
    const [own] = hub.app.keys;
    const other = { key: "other-key", secrets: [{ id: "secret-2", value: "other" }] };
    hub.change({}, { keys: own ? [own, other] : [] });
    hub.connect("ann");
    hub.connect("bob", { key: "other-key" });
    expect(hub.change({}, { keys: own ? [own] : [] })).toEqual(["close bob app_not_found"]);
    expect(hub.refusal({ key: "other-key" })).toBe("app_not_found");
  });

  test("and is deleted, everybody is sent away and nothing of it is kept", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.enter(ann, "presence-cache-a", "1");
    hub.trigger(["presence-cache-a"]);
    expect(hub.lines(hub.hub.appChanged(hub.app, undefined))).toEqual(["close ann app_not_found"]);
    expect(hub.disconnect(ann)).toContain("note memberRemoved presence-cache-a 1");
    expect(hub.hub.connectionCount).toBe(0);
    expect([...hub.hub.states]).toEqual([]);
    expect(hub.state.cache.size).toBe(0);
  });

  test("a request that began before does not bring the old app back", () => {
    const hub = new TestHub();
    const before = hub.app;
    const ann = hub.connect("ann");
    const key = { key: EXAMPLE_APP.key, secrets: [{ id: "fresh", value: EXAMPLE_APP.secondSecret }] };
    hub.change({}, { keys: [key] });
    const event = { event: "e", data: "{}", channels: [], exceptSocketId: undefined };
    hub.hub.trigger(before, event, hub.nowMs);
    expect(hub.subscribe(ann, "private-a").at(-1)).toBe(
      "note refused ann subscribe private-a signature_mismatch",
    );
  });

  test("nobody is sent away from an app that nobody uses", () => {
    const hub = new TestHub();
    expect(hub.change({}, { enabled: false })).toEqual([]);
    expect(hub.lines(hub.hub.appChanged(testApp({}, { id: "4" }), undefined))).toEqual([]);
  });
});

describe("a connection that is being closed", () => {
  test("is closed once, for the first reason", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.signIn(ann, { id: "1" });
    expect(hub.lines(hub.hub.close(ann, "draining"))).toEqual(["close ann draining"]);
    expect(hub.lines(hub.hub.close(ann, "slow_consumer", { bufferedBytes: 1 }))).toEqual([]);
    expect(hub.lines(hub.hub.terminateUser(hub.app, "1"))).toEqual([]);
    expect(hub.change({}, { enabled: false })).toEqual([]);
    expect(hub.sweep(1_000_000).filter((line) => line.startsWith("close"))).toEqual([]);
  });

  test("is not heard any more", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.hub.close(ann, "draining");
    expect(hub.receive(ann, { kind: "ping" })).toEqual([]);
    const error = new UsherError("message_invalid", { reason: "not JSON" });
    expect(hub.lines(hub.hub.receiveInvalid(ann, error))).toEqual([]);
  });
});

test("a frame that is no message is answered and noted, and the connection stays", () => {
  const hub = new TestHub();
  const ann = hub.connect("ann");
  const error = new UsherError("message_invalid", { reason: "not a JSON object" });
  expect(hub.lines(hub.hub.receiveInvalid(ann, error))).toEqual([
    'ann <- error {"code":null,"message":"Invalid message: not a JSON object"}',
    "note refused ann message message_invalid",
  ]);
  expect(hub.receive(ann, { kind: "ping" })).toEqual(["ann <- pong"]);
  expect(hub.receive(ann, { kind: "pong" })).toEqual([]);
});

describe("what the HTTP API may ask", () => {
  test("counts users and subscriptions of a channel, and nobody on one that is vacant", () => {
    const hub = new TestHub();
    const [ann, tab, bob] = [hub.connect("ann"), hub.connect("tab"), hub.connect("bob")];
    hub.enter(ann, "presence-a", "1");
    hub.enter(tab, "presence-a", "1");
    hub.enter(bob, "presence-a", "2");
    const info = { isOccupied: true, userCount: 2, subscriptionCount: 3 };
    expect(channelInfo(hub.state, "presence-a" as never)).toEqual(info);
    const vacant = { isOccupied: false, userCount: 0, subscriptionCount: 0 };
    expect(channelInfo(hub.state, "presence-b" as never)).toEqual(vacant);
    expect(channelInfo(undefined, "presence-a" as never)).toEqual(vacant);
  });

  test("lists the occupied channels with a prefix, users' channels never", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.signIn(ann, { id: "1" });
    hub.subscribe(ann, "#server-to-user-1");
    for (const name of ["a", "private-a", "private-b", "__proto__"]) hub.subscribe(ann, name);
    expect([...occupiedChannels(hub.state, "private-").keys()]).toEqual([
      "private-a",
      "private-b",
    ] as never[]);
    expect([...occupiedChannels(hub.state, "").keys()]).toHaveLength(4);
    hub.disconnect(ann);
    expect(occupiedChannels(hub.state, "").size).toBe(0);
    expect(occupiedChannels(undefined, "").size).toBe(0);
  });
});
