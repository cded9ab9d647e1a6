import { describe, expect, test } from "bun:test";
import type { AppSettings } from "./app.ts";
import type { Connection } from "./connection.ts";
import { TestHub } from "./testing/test-hub.ts";

const HISTORY = { historyPrefixes: ["kept-", "private-kept-"], clientEvents: true };

/** A hub of a cluster with ann and bea on an open channel. */
function withTwo(channel: string, settings: Partial<AppSettings> = {}): [TestHub, Connection, Connection] {
  const hub = new TestHub(settings, { isClustered: true });
  const [ann, bea] = [hub.connect("ann"), hub.connect("bea")];
  hub.open(channel, { cached: null, history: { epoch: "shared", serial: 0, events: [] } });
  hub.subscribe(ann, channel, { resume: { from: undefined, socketId: undefined } });
  hub.subscribe(bea, channel);
  return [hub, ann, bea];
}

describe("an event of this node", () => {
  test("is delivered here at once and carried to the others, whoever is here", () => {
    const [hub, ann] = withTwo("a");
    expect(hub.trigger(["a", "b"], "1", ann)).toEqual([
      'a <- event {"event":"e","channel":"a","data":"1"} to 1 but ann',
      'carry any event {"event":"e","channel":"a","data":"1"}',
      'carry any event {"event":"e","channel":"b","data":"1"}',
    ]);
  });

  test("waits for its turn among those of all nodes where it is kept for later", () => {
    const [hub] = withTwo("cache-a", HISTORY);
    expect(hub.trigger(["cache-a", "kept-a"], "1")).toEqual([
      'carry shared cached event {"event":"e","channel":"cache-a","data":"1"}',
      'carry shared event {"event":"e","channel":"kept-a","data":"1"}',
    ]);
    expect([hub.state.cache.size, hub.state.history?.size.channels]).toEqual([0, 0]);
  });

  test("is one user's wherever they are", () => {
    const hub = new TestHub({}, { isClustered: true });
    const ann = hub.connect("ann");
    hub.signIn(ann, { id: "10" });
    expect(hub.trigger(["#server-to-user-10"])).toEqual([
      '#server-to-user-10 <- event {"event":"e","channel":"#server-to-user-10","data":"{}"} to 1',
      'carry any event {"event":"e","channel":"#server-to-user-10","data":"{}"}',
    ]);
    expect(hub.carried("#server-to-user-10", "1")).toHaveLength(1);
  });

  test("of a client goes the same way, and is not what newcomers to a cache channel are given", () => {
    const [hub, ann] = withTwo("private-cache-a", HISTORY);
    expect(hub.clientEvent(ann, "private-cache-a", "1").map((line) => line.split("{")[0])).toEqual([
      "private-cache-a <- event ",
      "carry any event ",
      "note clientEvent ann private-cache-a client-x",
    ]);
    const [kept, cy] = withTwo("private-kept-a", HISTORY);
    expect(kept.clientEvent(cy, "private-kept-a", "1").map((line) => line.split("{")[0])).toEqual([
      "carry shared event ",
      "note clientEvent ann private-kept-a client-x",
    ]);
  });
});

describe("an event that arrives", () => {
  test("reaches those who are here but the one it is kept from", () => {
    const [hub, ann] = withTwo("a");
    expect(hub.carried("a", "1", { exceptSocketId: ann.socketId })).toEqual([
      'a <- event {"event":"e","channel":"a","data":"1"} to 1 but ann',
    ]);
    expect(hub.carried("b", "1")).toEqual([]);
  });

  test("becomes what newcomers to a cache channel are given", () => {
    const [hub] = withTwo("cache-a");
    hub.carried("cache-a", "1", { order: "shared" });
    expect(hub.subscribe(hub.connect("cy"), "cache-a")).toContain(
      'cy <- event {"event":"e","channel":"cache-a","data":"1"}',
    );
  });

  test("is not delivered twice when it was in the history that was read meanwhile", () => {
    const [hub] = withTwo("kept-a", HISTORY);
    const shared = { order: "shared" } as const;
    expect(hub.carried("kept-a", "1", shared, 1)).toHaveLength(1);
    expect(hub.carried("kept-a", "1", shared, 1)).toEqual([]);
  });

  test("is told to the client that counts and is passed over", () => {
    const [hub, ann] = withTwo("kept-a", HISTORY);
    expect(hub.carried("kept-a", "1", { order: "shared", exceptSocketId: ann.socketId }, 1)[1]).toBe(
      'ann <- position {"channel":"kept-a","epoch":"shared","serial":1}',
    );
  });

  test.each([
    ["after others that did not arrive", "shared", 3],
    ["that nobody could give a position", undefined, undefined],
  ] as const)("%s comes after a gap for those who count", (_, epoch, serial) => {
    const [hub] = withTwo("kept-a", HISTORY);
    const lines = hub.carried("kept-a", "3", { order: "shared" }, serial);
    expect(lines[0]).toContain('ann <- gap {"channel":"kept-a","reason":"epoch_changed"');
    if (epoch) expect(lines[0]).toContain('"epoch":"shared","serial":2}');
    expect(lines.slice(1)).toEqual([
      "note gap ann kept-a epoch_changed",
      'kept-a <- event {"event":"e","channel":"kept-a","data":"3"} to 2',
    ]);
  });
});

describe("a history that is read once more", () => {
  const past = (serial: number) => ({
    serial,
    message: { kind: "event", event: "e", channel: "kept-a", data: `${serial}` } as const,
    exceptSocketId: undefined,
    atMs: 1_700_000_000_000,
  });

  test("brings what did not arrive, in order", () => {
    const [hub] = withTwo("kept-a", HISTORY);
    hub.carried("kept-a", "1", { order: "shared" }, 1);
    const history = { epoch: "shared", serial: 3, events: [past(1), past(2), past(3)] };
    expect(hub.open("kept-a", { history })).toEqual([
      'kept-a <- event {"event":"e","channel":"kept-a","data":"2"} to 2',
      'kept-a <- event {"event":"e","channel":"kept-a","data":"3"} to 2',
    ]);
  });

  test.each([
    ["lacks some of it", { epoch: "shared", serial: 3, events: [past(3)] }],
    ["is another one", { epoch: "new", serial: 3, events: [past(1), past(2), past(3)] }],
  ])("is a gap for those who count when it %s", (_, history) => {
    const [hub] = withTwo("kept-a", HISTORY);
    hub.carried("kept-a", "1", { order: "shared" }, 1);
    expect(hub.open("kept-a", { history })).toEqual([
      `ann <- gap {"channel":"kept-a","reason":"epoch_changed","epoch":"${history.epoch}","serial":3}`,
      "note gap ann kept-a epoch_changed",
    ]);
  });

  test("may be older than what has arrived", () => {
    const [hub] = withTwo("kept-a", HISTORY);
    for (const serial of [1, 2, 3]) hub.carried("kept-a", `${serial}`, { order: "shared" }, serial);
    expect(hub.open("kept-a", { history: { epoch: "shared", serial: 1, events: [past(1)] } })).toEqual([]);
    expect(hub.state.history?.position("kept-a" as never)).toEqual({ epoch: "shared", serial: 3 });
  });
});
