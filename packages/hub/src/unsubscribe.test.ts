import { describe, expect, test } from "bun:test";
import { TestHub } from "./testing/test-hub.ts";

describe("unsubscribing", () => {
  test("has no answer: the connection leaves, and the last one vacates the channel", () => {
    const hub = new TestHub();
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    hub.subscribe(ann, "my-channel");
    hub.subscribe(bob, "my-channel");
    expect(hub.unsubscribe(ann, "my-channel")).toEqual([
      "leave ann my-channel",
      "note unsubscribed ann my-channel",
    ]);
    expect(hub.unsubscribe(bob, "my-channel")).toEqual([
      "leave bob my-channel",
      "note unsubscribed bob my-channel",
      "note vacated my-channel",
    ]);
    expect(hub.state.channels.size).toBe(0);
  });

  test("tells the others that a member has gone, once the last tab has left, and not the one that leaves", () => {
    const hub = new TestHub();
    const [ann, tab, bob] = [hub.connect("ann"), hub.connect("tab"), hub.connect("bob")];
    hub.enter(ann, "presence-a", "1");
    hub.enter(tab, "presence-a", "1");
    hub.enter(bob, "presence-a", "2");
    expect(hub.unsubscribe(ann, "presence-a")).toEqual([
      "leave ann presence-a",
      "note unsubscribed ann presence-a",
    ]);
    expect(hub.unsubscribe(tab, "presence-a")).toEqual([
      "leave tab presence-a",
      "note unsubscribed tab presence-a",
      'presence-a <- memberRemoved {"channel":"presence-a","userId":"1"} to 1',
      "note memberRemoved presence-a 1",
    ]);
    expect(hub.unsubscribe(bob, "presence-a")).toEqual([
      "leave bob presence-a",
      "note unsubscribed bob presence-a",
      "note memberRemoved presence-a 2",
      "note vacated presence-a",
    ]);
  });

  test("sends the new count to those who stay", () => {
    const hub = new TestHub({ subscriptionCounting: true });
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    hub.subscribe(ann, "a");
    hub.subscribe(bob, "a");
    expect(hub.unsubscribe(ann, "a")).toEqual([
      "leave ann a",
      "note unsubscribed ann a",
      'a <- subscriptionCount {"channel":"a","count":1} to 1',
      "note subscriptionCount a 1",
    ]);
  });

  test("from a channel that one is not on is an error, whatever its name", () => {
    const hub = new TestHub();
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    hub.subscribe(bob, "my-channel");
    for (const name of ["my-channel", "other", "", "not a name:", "__proto__", "#server-to-user-1"]) {
      expect(hub.unsubscribe(ann, name)).toEqual([
        `ann <- error {"code":null,"message":"No current subscription to channel ${name}, or subscription in progress"}`,
        `note refused ann unsubscribe ${name} not_subscribed`,
      ]);
    }
    expect(hub.state.channels.get("my-channel" as never)?.connections.size).toBe(1);
  });

  test("from the channel of one's own user leaves it", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.signIn(ann, { id: "1" });
    expect(hub.unsubscribe(ann, "#server-to-user-1")).toEqual(["leave ann #server-to-user-1"]);
    expect(hub.unsubscribe(ann, "#server-to-user-2")).toContain(
      "note refused ann unsubscribe #server-to-user-2 not_subscribed",
    );
  });
});

describe("disconnecting", () => {
  test("leaves every channel in the order of joining, without touching the socket", () => {
    const hub = new TestHub({ subscriptionCounting: true });
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    for (const connection of [ann, bob]) {
      hub.subscribe(connection, "a");
      hub.enter(connection, "presence-b", connection === ann ? "1" : "2");
    }
    expect(hub.disconnect(ann)).toEqual([
      "note unsubscribed ann a",
      'a <- subscriptionCount {"channel":"a","count":1} to 1',
      "note subscriptionCount a 1",
      "note unsubscribed ann presence-b",
      'presence-b <- memberRemoved {"channel":"presence-b","userId":"1"} to 1',
      "note memberRemoved presence-b 1",
    ]);
  });

  test("happens once, and takes the connection out of every index", () => {
    const hub = new TestHub({ authorizedConnections: true, watchlistEvents: true });
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    hub.signIn(ann, { id: "1", watchlist: ["2", "1"] });
    hub.enter(ann, "presence-a", "1");
    hub.subscribe(ann, "cache-b");
    hub.disconnect(bob);
    expect(hub.disconnect(ann)).not.toEqual([]);
    expect(hub.disconnect(ann)).toEqual([]);
    const { connections, channels, unauthorized, countsDue, users } = hub.state;
    expect([connections.size, channels.size, unauthorized.size, countsDue.size]).toEqual([0, 0, 0, 0]);
    expect(users.size).toBe(0);
    expect(hub.hub.connectionCount).toBe(0);
  });

  test("ends the conversation: what comes in later is not heard", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    hub.disconnect(ann);
    expect(hub.subscribe(ann, "a")).toEqual([]);
    expect(hub.state.channels.size).toBe(0);
  });
});
