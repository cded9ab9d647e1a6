import { describe, expect, test } from "bun:test";
import { TestHub } from "./testing/test-hub.ts";

const LIFETIME_SECONDS = 100;
/** As long as no client is silent for so long. */
const PATIENT = { activityTimeoutSeconds: 86_400 };
const SETTINGS = { ...PATIENT, subscriptionLifetimeSeconds: LIFETIME_SECONDS };

describe("the lifetime of grants", () => {
  test("is for ever, unless the app says otherwise", () => {
    const hub = new TestHub(PATIENT);
    hub.subscribe(hub.connect("ann"), "private-a");
    expect(hub.sweep(10_000_000)).toEqual([]);
  });

  test("ends a connection once, at the latest when its first grant is that old", () => {
    const hub = new TestHub(SETTINGS);
    const [ann, bob, cid] = [hub.connect("ann"), hub.connect("bob"), hub.connect("cid")];
    hub.subscribe(ann, "private-a");
    hub.signIn(bob, { id: "1" });
    hub.subscribe(cid, "public");
    expect(hub.sweep(79_000)).toEqual([]);
    hub.subscribe(ann, "private-b");
    expect(hub.sweep(21_000)).toEqual([
      "note grantsEnded ann lifetime private-a private-b",
      "closeSoon ann reauthorization_required",
      "note grantsEnded bob lifetime 1",
      "closeSoon bob reauthorization_required",
    ]);
    expect(hub.sweep(1_000)).toEqual([]);
    // Until its turn comes, it keeps what it has.
    expect(hub.trigger(["private-a"])).toHaveLength(1);
  });

  test("is not lengthened by leaving and showing the same signature again", () => {
    const hub = new TestHub(SETTINGS);
    const ann = hub.connect("ann");
    hub.subscribe(ann, "private-a");
    hub.sweep(79_000);
    hub.unsubscribe(ann, "private-a");
    expect(hub.sweep(21_000)).toEqual([]);
    hub.subscribe(ann, "private-a");
    expect(hub.sweep(0)).toContain("closeSoon ann reauthorization_required");
  });

  test("is spread over the last fifth, so that those who came together do not come back together", () => {
    const hub = new TestHub(SETTINGS, { random: Array.from({ length: 400 }, (_, index) => index / 400) });
    for (let client = 0; client < 200; client++) hub.subscribe(hub.connect(`client ${client}`), "private-a");
    expect(hub.sweep(79_999)).toEqual([]);
    let ended = 0;
    for (let second = 0; second <= 20; second++) {
      const now = hub.sweep(1_000).filter((line) => line.startsWith("closeSoon")).length;
      expect(now).toBeLessThan(25);
      ended += now;
    }
    expect(ended).toBe(200);
  });

  test("holds for connections that are there when it is set", () => {
    const hub = new TestHub(PATIENT);
    hub.subscribe(hub.connect("ann"), "private-a");
    hub.sweep(1_000_000);
    hub.change(SETTINGS);
    expect(hub.sweep(1_000)).toContain("closeSoon ann reauthorization_required");
  });
});
