import { describe, expect, test } from "bun:test";
import type { AppSettings } from "./app.ts";
import { TestHub } from "./testing/test-hub.ts";

const CLUSTERED = { isClustered: true };
const HISTORY = { historyPrefixes: ["*"] };

function clustered(settings: Partial<AppSettings> = {}): TestHub {
  return new TestHub(settings, CLUSTERED);
}

describe("a join of a channel that is not open", () => {
  test("waits, and is completed with the members of all nodes once it is", () => {
    const hub = clustered();
    const ann = hub.connect("ann");
    expect(hub.enter(ann, "presence-a", "10")).toEqual(["changed presence-a"]);
    expect(hub.here("presence-a")).toEqual({
      isWanted: true,
      isOpen: false,
      subscriptions: 0,
      members: new Map(),
    });
    expect(hub.open("presence-a", { members: { "20": { name: "Bea" } } })).toEqual([
      "join ann presence-a",
      'ann <- subscriptionSucceeded {"channel":"presence-a","members":[{"userId":"10"},{"userId":"20","userInfoJson":"{\\"name\\":\\"Bea\\"}"}]}',
      'presence-a <- memberAdded {"channel":"presence-a","member":{"userId":"10"}} to 0 but ann',
      "note subscribed ann presence-a secret-1",
      "changed presence-a",
      "changed presence-a",
    ]);
    expect(hub.here("presence-a")).toMatchObject({ isWanted: true, isOpen: true, subscriptions: 1 });
    expect([...hub.here("presence-a").members.keys()]).toEqual(["10"]);
  });

  test("keeps its turn: who came first hears of who came second", () => {
    const hub = clustered();
    const [ann, bea] = [hub.connect("ann"), hub.connect("bea")];
    hub.enter(ann, "presence-a", "10");
    expect(hub.enter(bea, "presence-a", "20")).toEqual(["changed presence-a"]);
    const lines = hub.open("presence-a");
    expect(lines.filter((line) => line.includes("to 1"))).toEqual([
      'presence-a <- memberAdded {"channel":"presence-a","member":{"userId":"20"}} to 1 but bea',
    ]);
  });

  test("is one join however often it is asked for, and counts as a channel of its connection", () => {
    const hub = clustered({ channelsPerConnection: 1 });
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-a");
    expect(hub.subscribe(ann, "private-a")).toEqual([]);
    expect(hub.subscribe(ann, "private-b")[1]).toContain("subscribed to 1 channels already");
    const lines = hub.open("private-a");
    expect(lines.filter((line) => line.startsWith("join"))).toEqual(["join ann private-a"]);
  });

  test("is given up by leaving again, without a word", () => {
    const hub = clustered();
    const ann = hub.connect("ann");
    hub.subscribe(ann, "a");
    expect(hub.unsubscribe(ann, "a")).toEqual(["changed a"]);
    expect(hub.here("a").isWanted).toBe(false);
    expect(hub.open("a")).toEqual([]);
    expect(hub.unsubscribe(ann, "a")[0]).toContain("error");
  });

  test("goes with its connection", () => {
    const hub = clustered();
    const ann = hub.connect("ann");
    hub.subscribe(ann, "a");
    expect(hub.disconnect(ann)).toEqual(["changed a"]);
    expect(hub.open("a")).toEqual([]);
  });

  test("is refused when the channel turns out to be full, here and elsewhere together", () => {
    const hub = clustered({ presenceLimits: { members: 2, memberBytes: 1_024, userIdLength: 128 } });
    const [ann, bea, cy] = [hub.connect("ann"), hub.connect("bea"), hub.connect("cy")];
    hub.enter(ann, "presence-a", "10");
    hub.enter(bea, "presence-a", "20");
    hub.enter(cy, "presence-a", "30");
    const lines = hub.open("presence-a", { members: { "30": undefined } });
    expect(lines.filter((line) => line.startsWith("join"))).toEqual([
      "join ann presence-a",
      "join cy presence-a",
    ]);
    expect(lines.find((line) => line.startsWith("bea <- subscriptionError"))).toContain(
      "presence_channel_full",
    );
  });

  test("proves something: the connection need not hurry any more", () => {
    const hub = clustered({ authorizedConnections: true });
    hub.subscribe(hub.connect("ann"), "private-a");
    expect(hub.state.quotaUse).toBe(1);
  });

  test("is refused when its user has been banned meanwhile", () => {
    const hub = clustered();
    const ann = hub.connect("ann");
    hub.enter(ann, "presence-a", "10");
    const banned = hub.restrict({ kind: "ban", id: "b", userId: "10", untilMs: null, reason: null });
    expect(banned).toEqual([
      "changed presence-a",
      "note grantsEnded ann banned presence-a",
      "close ann user_banned",
    ]);
    expect(hub.open("presence-a")).toEqual([]);
  });

  test("is taken back with what was granted, and its signature counts no more", () => {
    const hub = clustered();
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-a");
    const revoked = hub.revoke({ channel: "private-a" });
    expect(revoked.slice(0, 2)).toEqual(["changed private-a", "note grantsEnded ann revoked private-a"]);
    expect(revoked[2]).toContain("ann <- subscriptionError");
    expect(hub.open("private-a")).toEqual([]);
    expect(hub.subscribe(ann, "private-a").join()).toContain("reauthorization_required");
  });

  test("goes when the secret is revoked that signed it", () => {
    const hub = clustered();
    const ann = hub.connect("ann");
    hub.enter(ann, "presence-a", "10");
    expect(hub.cutOff("secret-1")).toContain("closeSoon ann reauthorization_required");
    expect(hub.open("presence-a")).toEqual([]);
  });

  test("is forgotten without its connection being told when that is about to be closed", () => {
    const hub = clustered();
    const ann = hub.connect("ann");
    hub.subscribe(ann, "a");
    hub.lines(hub.hub.close(ann, "draining"));
    expect(hub.open("a")).toEqual(["changed a"]);
    expect(hub.here("a").isWanted).toBe(false);
  });
});

describe("a join of an open channel", () => {
  test("is completed at once, and what it means for the other nodes is theirs to say", () => {
    const hub = clustered();
    const ann = hub.connect("ann");
    hub.open("presence-a");
    expect(hub.enter(ann, "presence-a", "10")).toEqual([
      "join ann presence-a",
      'ann <- subscriptionSucceeded {"channel":"presence-a","members":[{"userId":"10"}]}',
      'presence-a <- memberAdded {"channel":"presence-a","member":{"userId":"10"}} to 0 but ann',
      "note subscribed ann presence-a secret-1",
      "changed presence-a",
    ]);
  });

  test("waits again once the channel was closed", () => {
    const hub = clustered();
    const ann = hub.connect("ann");
    hub.open("a");
    hub.close("a");
    expect(hub.subscribe(ann, "a")).toEqual(["changed a"]);
  });
});

describe("what is kept for newcomers", () => {
  const cached = (data: string) => ({
    message: { kind: "event", event: "e", channel: "cache-a", data } as const,
    expiresAtMs: Number.MAX_SAFE_INTEGER,
  });

  test("comes with the opening of a cache channel, or is known not to be there", () => {
    const hub = clustered();
    const [ann, bea] = [hub.connect("ann"), hub.connect("bea")];
    hub.subscribe(ann, "cache-a");
    expect(hub.open("cache-a", { cached: null })).toContain('ann <- cacheMiss {"channel":"cache-a"}');
    expect(hub.open("cache-a", { cached: cached("1") })).toEqual([]);
    expect(hub.subscribe(bea, "cache-a")).toContain(
      'bea <- event {"event":"e","channel":"cache-a","data":"1"}',
    );
  });

  test("may have been overtaken by an event that arrived while it was read", () => {
    const hub = clustered();
    const ann = hub.connect("ann");
    hub.subscribe(ann, "cache-a");
    expect(hub.carried("cache-a", "2", { order: "shared" })).toEqual([]);
    expect(hub.open("cache-a", { cached: cached("1") })).toContain(
      'ann <- event {"event":"e","channel":"cache-a","data":"2"}',
    );
  });

  test("catches a client up that waited, from the copy of the history that came", () => {
    const hub = clustered(HISTORY);
    const ann = hub.connect("ann");
    hub.subscribe(ann, "a", { resume: { from: { epoch: "shared", serial: 6 }, socketId: undefined } });
    hub.carried("a", "8", { order: "shared" }, 8);
    hub.carried("a", "9", { order: "shared" }, 9);
    const lines = hub.open("a", { history: { epoch: "shared", serial: 8, events: [past(7), past(8)] } });
    expect(lines.filter((line) => line.startsWith("ann <- "))).toEqual([
      'ann <- subscriptionSucceeded {"channel":"a"}',
      'ann <- position {"channel":"a","epoch":"shared","serial":6}',
      'ann <- event {"event":"e","channel":"a","data":"7"}',
      'ann <- event {"event":"e","channel":"a","data":"8"}',
      'ann <- event {"event":"e","channel":"a","data":"9"}',
    ]);
  });

  test("is not missed by one who gave up and came back before the channel was open", () => {
    const hub = clustered(HISTORY);
    const ann = hub.connect("ann");
    hub.subscribe(ann, "a");
    hub.unsubscribe(ann, "a");
    hub.carried("a", "9", { order: "shared" }, 9);
    hub.subscribe(ann, "a", { resume: { from: { epoch: "shared", serial: 8 }, socketId: undefined } });
    expect(hub.open("a", { history: { epoch: "shared", serial: 8, events: [past(8)] } })).toContain(
      'ann <- event {"event":"e","channel":"a","data":"9"}',
    );
  });

  test("is forgotten a minute after nobody wanted a channel that was never opened", () => {
    const hub = clustered(HISTORY);
    const ann = hub.connect("ann");
    hub.subscribe(ann, "a");
    hub.unsubscribe(ann, "a");
    hub.sweep(60_000);
    expect(hub.state.places?.size).toBe(0);
  });

  test("is forgotten when the channel is closed", () => {
    const hub = clustered(HISTORY);
    hub.connect("ann");
    hub.open("cache-a", { cached: cached("1"), history: { epoch: "shared", serial: 1, events: [past(1)] } });
    hub.close("cache-a");
    expect([hub.state.cache.size, hub.state.history?.size.channels, hub.state.places?.size]).toEqual([
      0, 0, 0,
    ]);
  });

  function past(serial: number) {
    const message = { kind: "event", event: "e", channel: "a", data: `${serial}` } as const;
    return { serial, message, exceptSocketId: undefined, atMs: 1_700_000_000_000 };
  }
});
