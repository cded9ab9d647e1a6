import { beforeEach, describe, expect, test } from "bun:test";
import type { Here } from "@usher/hub";
import type { ChannelName } from "@usher/protocol";
import {
  type ClaimChange,
  type ClaimOutcome,
  LeaseOverError,
  type PlaceRef,
  type PlaceSnapshot,
} from "./place-store.ts";
import { Places } from "./places.ts";
import { MemoryPlaceServer } from "./testing/memory-place-server.ts";
import { MemoryNetwork, type MemoryPlaceStore } from "./testing/memory-place-store.ts";
import { VirtualProcess, VirtualTime } from "./testing/virtual-time.ts";

const ROOM: PlaceRef = { appId: "3", place: { kind: "channel", channel: "presence-room" as ChannelName } };
const DELAY_MS = 10;

function channelOf(index: number): PlaceRef {
  return { appId: "3", place: { kind: "channel", channel: `room-${index}` as ChannelName } };
}

/** Places with a hub that does what the test says, and notes what it is told. */
class Bench {
  readonly time: VirtualTime;
  readonly process: VirtualProcess;
  readonly store: MemoryPlaceStore;
  readonly places: Places;
  readonly told: string[] = [];
  readonly outcomes: ClaimOutcome[] = [];
  readonly gone: string[] = [];
  readonly sent: ClaimChange[] = [];
  timesFenced = 0;
  delayMs = DELAY_MS;
  isCounted = false;
  losesMessages = false;
  #here: Here = { isWanted: false, isOpen: false, subscriptions: 0, members: new Map() };

  constructor(nodeId: string, time: VirtualTime, network: MemoryNetwork) {
    this.time = time;
    this.process = new VirtualProcess(time);
    this.store = network.connect({
      time,
      process: this.process,
      delayMs: () => this.delayMs,
      losesMessage: () => this.losesMessages,
      onClaims: (ref, message) => this.places.onClaims(ref, message),
    });
    const claim = this.store.claim.bind(this.store);
    this.store.claim = (ref, identity, change) => {
      this.sent.push(change);
      return claim(ref, identity, change);
    };
    this.places = new Places({
      store: this.store,
      hub: {
        here: () => this.#here,
        isCounted: () => this.isCounted,
        placesOpened: (_, opened) => {
          for (const { elsewhere } of opened) this.told.push(`opened ${[...elsewhere.members.keys()]}`);
          this.#here = { ...this.#here, isOpen: true };
        },
        elsewhereChanged: (_, { added, removed }) => {
          this.told.push(`added ${added.map(({ userId }) => userId)} removed ${removed}`);
        },
        placeClosed: () => {
          this.told.push("closed");
          this.#here = { ...this.#here, isOpen: false };
        },
      },
      nodeId,
      about: { name: nodeId, version: "1.0.0" },
      timers: this.process.timers,
      random: () => 0.5,
      onOutcome: (_, outcome) => this.outcomes.push(outcome),
      onFenced: () => {
        this.timesFenced++;
      },
      onNodesGone: (nodeIds) => this.gone.push(...nodeIds),
      onError: () => {},
    });
    void this.places.start();
    time.run(100);
  }

  cut(): void {
    this.store.cut();
    this.places.linkDown();
  }

  restore(): void {
    this.store.restore();
    this.places.linkUp();
  }

  /** What is at the room here from now on. */
  has(subscriptions: number, ...userIds: string[]): void {
    const members = new Map(userIds.map((userId) => [userId, { userId, userInfoJson: undefined }]));
    this.#here = { ...this.#here, isWanted: subscriptions > 0, subscriptions, members };
    this.places.changed(ROOM);
  }
}

describe("Places", () => {
  let time: VirtualTime;
  let clockOffsetMs: number;
  let one: Bench;
  let two: Bench;

  beforeEach(() => {
    time = new VirtualTime();
    clockOffsetMs = 0;
    const network = new MemoryNetwork(new MemoryPlaceServer(() => time.nowMs + clockOffsetMs));
    one = new Bench("one", time, network);
    two = new Bench("two", time, network);
  });

  test("shows each node what the other has, once the place is open and from then on", () => {
    one.has(1, "ann");
    time.run(100);
    two.has(1, "bob");
    time.run(100);
    expect(two.told).toEqual(["opened ann"]);
    expect(one.told).toEqual(["opened ", "added bob removed "]);
    one.has(1);
    time.run(100);
    expect(two.told.at(-1)).toBe("added  removed ann");
    expect(one.outcomes).toMatchObject([
      { becameOccupied: true, membersAdded: ["ann"] },
      { becameOccupied: false, membersRemoved: ["ann"] },
    ]);
  });

  test("has nothing to read again when the first comes to a place, nor when the first comes back to it", () => {
    one.has(1, "10");
    time.run(8 * DELAY_MS);
    expect(one.places.state).toMatchObject({ places: 1, stale: 0, unclaimed: 0 });
    one.has(0);
    time.run(8 * DELAY_MS);
    two.has(1, "20");
    time.run(8 * DELAY_MS);
    expect(one.places.state).toMatchObject({ places: 1, stale: 0, unclaimed: 0 });
    expect(one.told.at(-1)).toBe("added 20 removed ");
  });

  test("has one claim under way, and says in the next what has come of everything since", () => {
    one.has(1, "1");
    time.run(1);
    for (const userId of ["2", "3", "4"]) one.has(1, userId);
    time.run(5);
    expect(one.sent).toHaveLength(1);
    time.run(100);
    expect(one.sent).toMatchObject([{ set: [["1", null]] }, { set: [["4", null]], gone: ["1"] }]);
  });

  test("claims a count that nobody is told of once a second, and one that somebody is told of at once", () => {
    one.has(1);
    time.run(1_000);
    for (const count of [2, 3, 4, 5]) {
      one.has(count);
      time.run(50);
    }
    expect(one.sent).toHaveLength(1);
    time.run(1_000);
    expect(one.sent.map(({ subscriptions }) => subscriptions)).toEqual([1, 5]);
    one.isCounted = true;
    one.has(6);
    time.run(1);
    expect(one.sent).toHaveLength(3);
  });

  test("opens a place with what it knows when the store does not answer for two seconds, and reads it later", () => {
    one.has(1, "ann");
    time.run(100);
    two.delayMs = 3_000;
    two.has(1, "bob");
    time.run(1_990);
    expect(two.told).toEqual([]);
    time.run(20);
    expect(two.told).toEqual(["opened "]);
    time.run(6_000);
    expect(two.told[1]).toBe("opened ann");
  });

  test("opens a place at once while the link is down, and sets it right when it is up again", () => {
    one.has(1, "ann");
    two.cut();
    two.has(1, "bob");
    time.run(1);
    expect(two.told).toEqual(["opened "]);
    expect(two.places.state).toMatchObject({ places: 1, stale: 1, unclaimed: 1, isLeaseHeld: false });
    two.restore();
    time.run(5_000);
    expect(two.told).toEqual(["opened ", "opened ann"]);
    expect(one.told.at(-1)).toBe("added bob removed ");
    expect(two.places.state).toMatchObject({ places: 1, stale: 0, unclaimed: 0, isLeaseHeld: true });
  });

  test("keeps a place for some seconds after the last who wanted it", () => {
    one.has(1);
    time.run(100);
    one.has(0);
    time.run(4_900);
    one.has(1);
    time.run(100);
    one.has(0);
    time.run(4_900);
    expect(one.places.isOpen(ROOM)).toBe(true);
    expect(one.told).not.toContain("closed");
    time.run(200);
    expect(one.told.at(-1)).toBe("closed");
    expect(one.places.isOpen(ROOM)).toBe(false);
  });

  test("looks at a place that is not open here, and reads nothing for one that is", async () => {
    one.has(2, "ann");
    time.run(100);
    const look = two.places.look([ROOM]);
    time.run(100);
    const [elsewhere] = await look;
    expect([elsewhere?.subscriptions, [...(elsewhere?.members.keys() ?? [])]]).toEqual([2, ["ann"]]);
    expect(await one.places.look([ROOM])).toEqual([{ subscriptions: 0, members: new Map() }]);
  });

  test("drops the members of a node that was killed within the bound, and hands on once what became of it", () => {
    one.has(1, "ann");
    two.has(1, "bob");
    time.run(100);
    two.process.kill();
    two.store.cut();
    time.run(15_000);
    expect(one.told.at(-1)).toBe("added  removed bob");
    expect(one.outcomes.at(-1)).toMatchObject({ becameVacant: false, membersRemoved: ["bob"] });
    expect(one.gone).toEqual(["two"]);
  });

  test("claims a great many places some hundreds at a time, also after an outage", () => {
    one.has(1);
    for (let index = 0; index < 2_000; index++) one.places.changed(channelOf(index));
    time.run(1);
    expect(one.sent).toHaveLength(500);
    time.run(5_000);
    expect(one.places.state).toMatchObject({ places: 2_001, unclaimed: 0 });

    one.store.cut();
    one.places.linkDown();
    time.run(1_000);
    one.sent.length = 0;
    one.store.restore();
    one.places.linkUp();
    time.run(10_000);
    expect(one.sent.length).toBeGreaterThan(2_000);
    expect(one.places.state).toMatchObject({ stale: 0, unclaimed: 0 });
  });

  test("goes on under a new epoch after it slept through its lease", () => {
    one.has(1, "ann");
    two.has(1, "bob");
    time.run(100);
    two.process.pause();
    time.run(15_000);
    expect(one.told.at(-1)).toBe("added  removed bob");
    two.process.wake();
    time.run(5_000);
    expect(two.places.identity).toBe("two.2");
    expect([one.timesFenced, two.timesFenced]).toEqual([0, 1]);
    expect(one.told.at(-1)).toBe("added bob removed ");
    expect(one.places.state.otherNodes).toBe(1);
  });

  test("hears what it did in its former life before the end of that life", () => {
    one.store.reap = () => Promise.reject(new Error("somebody else is to do it"));
    two.has(1, "bob");
    time.run(100);
    // The store takes this in, and its answer is lost.
    two.has(1, "bob", "eve");
    time.run(15);
    two.cut();
    two.has(0);
    time.run(15_000);
    const { claim } = two.store;
    two.store.claim = () => Promise.reject(new Error("not yet"));
    two.restore();
    time.run(10_000);
    expect(two.places.identity).toBe("two.2");
    expect(two.outcomes).toHaveLength(1);
    two.store.claim = claim;
    time.run(10_000);
    expect(two.outcomes.map(({ membersAdded, membersRemoved }) => [membersAdded, membersRemoved])).toEqual([
      [["bob"], []],
      [["eve"], []],
      [[], ["bob", "eve"]],
    ]);
  });

  test("claims anew what never arrived before it was judged dead, also when the store's clock was put back", () => {
    one.has(1, "ann");
    two.has(1, "bob");
    time.run(100);
    two.store.cut();
    two.has(2, "bob", "eve");
    time.run(1);
    two.places.linkDown();
    clockOffsetMs -= 3_600_000;
    time.run(15_000);
    expect(one.told.at(-1)).toBe("added  removed bob");
    two.restore();
    time.run(5_000);
    expect(two.places.state).toMatchObject({ unclaimed: 0, isLeaseHeld: true });
    expect(one.told.at(-1)).toBe("added bob,eve removed ");
  });

  test("renews as soon as the link is up again, and claims what has waited as soon as it has renewed", () => {
    one.has(1, "ann");
    two.cut();
    two.has(1, "bob");
    time.run(3_000);
    two.restore();
    time.run(60);
    expect(two.places.state).toMatchObject({ isLeaseHeld: true, unclaimed: 0 });
    expect(one.told.at(-1)).toBe("added bob removed ");
  });

  test("claims nothing once it may have been judged dead, until it has renewed", () => {
    one.has(1, "ann");
    const { renew } = two.store;
    two.store.renew = () => Promise.reject(new Error("the store is busy"));
    time.run(10_500);
    two.has(1, "bob");
    time.run(3_000);
    expect(two.sent).toEqual([]);
    two.store.renew = renew;
    time.run(5_000);
    expect(one.told.at(-1)).toBe("added bob removed ");
  });

  test("renews at once when it is told that its lease is over", () => {
    two.has(1, "bob");
    time.run(1_000);
    const { claim } = two.store;
    two.store.claim = () => Promise.reject(new LeaseOverError());
    let renewals = 0;
    const { renew } = two.store;
    two.store.renew = (identity) => {
      renewals++;
      return renew.call(two.store, identity);
    };
    two.has(1, "eve");
    time.run(50);
    expect(renewals).toBe(1);
    two.store.claim = claim;
    time.run(1_000);
    expect(two.places.state.unclaimed).toBe(0);
  });

  test("listens to a place anew only after it has stopped listening", () => {
    const calls: string[] = [];
    const { open } = one.store;
    one.store.open = (ref) => {
      calls.push("open");
      return open.call(one.store, ref);
    };
    let closed = (): void => {};
    one.store.close = () => {
      calls.push("close");
      return new Promise((resolve) => {
        closed = resolve;
      });
    };
    one.has(1);
    time.run(100);
    one.has(0);
    time.run(6_000);
    one.has(1);
    time.run(100);
    expect(calls.at(-1)).toBe("close");
    closed();
    time.run(100);
    expect(calls.at(-1)).toBe("open");
  });

  test("finds within seconds that the others have left a place when the message that said so was lost", () => {
    one.has(1);
    two.has(1, "bob");
    time.run(100);
    one.has(0);
    time.run(100);
    one.losesMessages = true;
    two.has(0);
    time.run(2_000);
    expect(one.told.slice(-2)).toEqual(["opened bob", "opened "]);
  });

  test("takes nothing from a reading that another one has overtaken", () => {
    const readings: ((snapshot: PlaceSnapshot) => void)[] = [];
    one.store.open = () => new Promise((resolve) => readings.push(resolve));
    one.has(1);
    time.run(100);
    one.places.linkUp();
    time.run(400);
    const bob = { subscriptions: 1, members: new Map([["bob", null]]) };
    readings[1]?.({ version: 5, claims: new Map([["two.1", bob]]) });
    time.run(10);
    readings[0]?.({ version: 0, claims: new Map() });
    time.run(10);
    expect(readings).toHaveLength(2);
    expect(one.told).toEqual(["opened bob"]);
  });

  test("leaves nothing behind when it stops", async () => {
    one.has(1);
    two.has(1, "bob");
    time.run(100);
    const stopped = two.places.stop();
    time.run(5_000);
    await stopped;
    expect(one.told.at(-1)).toBe("added  removed bob");
    expect(two.outcomes.at(-1)).toMatchObject({ membersRemoved: ["bob"] });
    expect(one.places.state.otherNodes).toBe(0);
  });
});
