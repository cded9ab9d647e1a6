import { describe, expect, test } from "bun:test";
import { EXAMPLE_APP } from "@usher/protocol/testing";
import { TestHub } from "./testing/test-hub.ts";

const LEAKED = "leaked";
const GOOD = "good";

function rotatingHub(settings: ConstructorParameters<typeof TestHub>[0] = {}): TestHub {
  const hub = new TestHub(settings);
  const secrets = [
    { id: GOOD, value: EXAMPLE_APP.secondSecret },
    { id: LEAKED, value: EXAMPLE_APP.secret },
  ];
  hub.change({}, { keys: [{ key: EXAMPLE_APP.key, secrets }] });
  return hub;
}

/** Has the app's server sign with the good secret from here on. */
function withGoodSecret(hub: TestHub): TestHub {
  hub.signingSecret = EXAMPLE_APP.secondSecret;
  return hub;
}

describe("a secret that leaked", () => {
  test("loses what it signed at once, and its connections when their turn comes", () => {
    const hub = rotatingHub();
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-a");
    hub.signIn(ann, { id: "1" });
    expect(hub.cutOff(LEAKED)).toEqual([
      "leave ann #server-to-user-1",
      "leave ann private-a",
      "note unsubscribed ann private-a",
      "note vacated private-a",
      "note grantsEnded ann secret_revoked private-a 1",
      "closeSoon ann reauthorization_required",
    ]);
    expect(hub.trigger(["private-a", "#server-to-user-1"])).toEqual([]);
    expect(hub.clientEvent(ann, "private-a").at(-1)).toStartWith("note refused ann clientEvent");
  });

  test("leaves those alone whom another secret admitted, and those who need none", () => {
    const hub = rotatingHub();
    const [ann, bob, cid] = [hub.connect("ann"), hub.connect("bob"), hub.connect("cid")];
    for (const name of ["public", "private-a"]) hub.subscribe(cid, name);
    hub.subscribe(ann, "public");
    withGoodSecret(hub).subscribe(bob, "private-a");
    expect(hub.cutOff(LEAKED)).toEqual([
      "leave cid private-a",
      "note unsubscribed cid private-a",
      "note grantsEnded cid secret_revoked private-a",
      "closeSoon cid reauthorization_required",
    ]);
    expect(hub.trigger(["private-a", "public"])).toEqual([
      'private-a <- event {"event":"e","channel":"private-a","data":"{}"} to 1',
      'public <- event {"event":"e","channel":"public","data":"{}"} to 2',
    ]);
  });

  test("takes its members along: those who stay are told, those who go are not", () => {
    const hub = rotatingHub();
    const [ann, bob, cid] = [hub.connect("ann"), hub.connect("bob"), hub.connect("cid")];
    hub.enter(ann, "presence-a", "1");
    hub.enter(bob, "presence-a", "2");
    withGoodSecret(hub).enter(cid, "presence-a", "3");
    const lines = hub.cutOff(LEAKED).filter((line) => !line.startsWith("note"));
    expect(lines).toEqual([
      "leave ann presence-a",
      "leave bob presence-a",
      'presence-a <- memberRemoved {"channel":"presence-a","userId":"1"} to 1',
      'presence-a <- memberRemoved {"channel":"presence-a","userId":"2"} to 1',
      "closeSoon ann reauthorization_required",
      "closeSoon bob reauthorization_required",
    ]);
  });

  test("removes no member who is there by a good secret too", () => {
    const hub = rotatingHub();
    const [tab, other, bob] = [hub.connect("tab"), hub.connect("other"), hub.connect("bob")];
    hub.enter(tab, "presence-a", "1");
    withGoodSecret(hub);
    hub.enter(other, "presence-a", "1");
    hub.enter(bob, "presence-a", "2");
    expect(hub.cutOff(LEAKED).some((line) => line.includes("memberRemoved"))).toBe(false);
  });

  test("takes the membership of a signed-in user along with the sign-in that it rests on", () => {
    const hub = rotatingHub();
    const ann = hub.connect("ann");
    hub.signIn(ann, { id: "1" });
    withGoodSecret(hub).subscribe(ann, "presence-a");
    hub.enter(ann, "presence-b", "1");
    expect(hub.cutOff(LEAKED)).toContain("note grantsEnded ann secret_revoked presence-a 1");
    expect([...ann.subscriptions.keys()]).toEqual(["presence-b"] as never[]);
  });

  test("takes its users offline for those who watch them, after the usual grace", () => {
    const hub = rotatingHub({ watchlistEvents: true });
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    hub.signIn(ann, { id: "1", watchlist: ["2"] });
    withGoodSecret(hub).signIn(bob, { id: "2", watchlist: ["1"] });
    hub.cutOff(LEAKED);
    expect(hub.state.users.watchersOf("2").size).toBe(0);
    expect(hub.sweep(2_999)).toEqual([]);
    expect(hub.sweep(1)).toEqual(['bob <- watchlistEvents {"online":[],"offline":["1"]}']);
  });

  test("counts once for a channel how many are left", () => {
    const hub = rotatingHub({ subscriptionCounting: true });
    for (let client = 0; client < 10; client++) hub.subscribe(hub.connect(`leaked ${client}`), "private-a");
    withGoodSecret(hub).subscribe(hub.connect("good"), "private-a");
    const counts = hub.cutOff(LEAKED).filter((line) => line.includes("<- subscriptionCount"));
    expect(counts).toEqual(['private-a <- subscriptionCount {"channel":"private-a","count":1} to 1']);
  });

  test("is reported in numbers, and has nothing left to lose the second time", () => {
    const hub = rotatingHub();
    const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
    for (const name of ["private-a", "private-b"]) hub.subscribe(ann, name);
    hub.signIn(bob, { id: "1" });
    const cutOff = () => hub.hub.cutOff(hub.app, new Set([LEAKED]), hub.nowMs);
    expect(cutOff()).toMatchObject({ connections: 2, subscriptions: 2, signIns: 1 });
    expect(cutOff()).toEqual({ effects: [], connections: 0, subscriptions: 0, signIns: 0 });
    expect(new TestHub().cutOff(LEAKED)).toEqual([]);
  });

  test("can be followed by a good one while the connection waits for its turn, which comes all the same", () => {
    const hub = rotatingHub();
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-a");
    hub.cutOff(LEAKED);
    expect(withGoodSecret(hub).subscribe(ann, "private-a")).toContain("join ann private-a");
    const error = { code: "reauthorization_required", details: { reason: "test" } } as const;
    expect(hub.lines(hub.hub.close(ann, error.code, error.details))).toEqual([
      "close ann reauthorization_required",
    ]);
  });

  test("that a user signed in with before, and has signed in without since, is not missed", () => {
    const hub = rotatingHub();
    const ann = hub.connect("ann");
    hub.signIn(ann, { id: "1" });
    withGoodSecret(hub).signIn(ann, { id: "1" });
    expect(hub.cutOff(LEAKED)).toEqual([]);
    expect(hub.cutOff(GOOD)).toContain("note grantsEnded ann secret_revoked 1");
  });
});
