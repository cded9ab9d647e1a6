import { describe, expect, test } from "bun:test";
import type { Connection } from "./connection.ts";
import { TestHub } from "./testing/test-hub.ts";

function touch(hub: TestHub, connection: Connection): void {
  hub.hub.touch(connection, hub.nowMs);
}

describe("a silent connection", () => {
  test("is pinged after activity_timeout and a margin, and closed with 4201 when 30 seconds bring no answer", () => {
    const hub = new TestHub({ activityTimeoutSeconds: 120 });
    hub.connect("ann");
    expect(hub.sweep(149_999)).toEqual([]);
    expect(hub.sweep(1)).toEqual(["ping ann"]);
    expect(hub.sweep(29_999)).toEqual([]);
    expect(hub.sweep(1)).toEqual(["close ann pong_timeout"]);
    expect(hub.sweep(60_000)).toEqual([]);
  });

  test("gets as much patience as its timeout is long, where that is short", () => {
    const hub = new TestHub({ activityTimeoutSeconds: 10 });
    hub.connect("ann");
    expect(hub.sweep(19_999)).toEqual([]);
    expect(hub.sweep(1)).toEqual(["ping ann"]);
    expect(hub.sweep(9_999)).toEqual([]);
    expect(hub.sweep(1)).toEqual(["close ann pong_timeout"]);
  });

  test("is left alone for as long as it gives any sign of life", () => {
    const hub = new TestHub({ activityTimeoutSeconds: 120 });
    const ann = hub.connect("ann");
    for (let minute = 0; minute < 10; minute++) {
      expect(hub.sweep(120_000)).toEqual([]);
      touch(hub, ann);
    }
  });

  test("that answers the ping, even in the same millisecond, is pinged anew before it is ever closed", () => {
    const hub = new TestHub({ activityTimeoutSeconds: 120 });
    const ann = hub.connect("ann");
    for (let round = 0; round < 3; round++) {
      expect(hub.sweep(150_000)).toEqual(["ping ann"]);
      touch(hub, ann);
    }
    expect(hub.sweep(150_000)).toEqual(["ping ann"]);
    expect(hub.sweep(30_000)).toEqual(["close ann pong_timeout"]);
  });

  test("is judged by the setting as it is now", () => {
    const hub = new TestHub({ activityTimeoutSeconds: 120 });
    hub.connect("ann");
    hub.change({ activityTimeoutSeconds: 40 });
    expect(hub.sweep(69_999)).toEqual([]);
    expect(hub.sweep(1)).toEqual(["ping ann"]);
  });
});

describe("authorized connections", () => {
  const REQUIRED = { authorizedConnections: true, authorizationTimeoutSeconds: 30 } as const;

  test("closes whoever has proved nothing when the time is up, and nobody else", () => {
    const hub = new TestHub(REQUIRED);
    const names = ["public", "private", "presence", "signed in", "later"] as const;
    const [open, secret, present, user] = names.slice(0, 4).map((name) => hub.connect(name)) as [
      Connection,
      Connection,
      Connection,
      Connection,
    ];
    hub.subscribe(open, "my-channel");
    hub.subscribe(secret, "private-a");
    hub.enter(present, "presence-a", "1");
    hub.signIn(user, { id: "1" });
    hub.nowMs += 10_000;
    hub.connect("later");
    expect(hub.sweep(19_999)).toEqual([]);
    expect(hub.sweep(1)).toEqual(["close public connection_not_authorized"]);
    expect(hub.sweep(0)).toEqual([]);
    expect(hub.sweep(10_000)).toEqual(["close later connection_not_authorized"]);
  });

  test("a connection that leaves its private channel again has still proved itself", () => {
    const hub = new TestHub(REQUIRED);
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-a");
    hub.unsubscribe(ann, "private-a");
    expect(hub.sweep(60_000)).toEqual([]);
  });

  test("leaves alone who came before the setting was on, and who waits when it goes off", () => {
    const hub = new TestHub();
    hub.connect("before");
    hub.change(REQUIRED);
    hub.connect("after");
    expect(hub.sweep(30_000)).toEqual(["close after connection_not_authorized"]);
    const waiting = hub.connect("waiting");
    hub.change({ authorizedConnections: false });
    expect(hub.sweep(60_000)).toEqual([]);
    expect(hub.state.unauthorized.size).toBe(0);
    hub.disconnect(waiting);
  });
});
