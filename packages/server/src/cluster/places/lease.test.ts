import { beforeEach, describe, expect, test } from "bun:test";
import { Lease } from "./lease.ts";
import type { Identity, Roll } from "./place-store.ts";
import { VirtualProcess, VirtualTime } from "./testing/virtual-time.ts";

/** Answers are given by the test, in the order in which they were asked for. */
class Bench {
  readonly time = new VirtualTime();
  readonly asked: { readonly identity: Identity; readonly answer: (roll: Roll | Error) => void }[] = [];
  readonly lost: string[] = [];
  readonly turned: Identity[] = [];
  readonly lease = new Lease({
    store: {
      renew: (identity) =>
        new Promise((resolve, reject) => {
          const answer = (roll: Roll | Error) => (roll instanceof Error ? reject(roll) : resolve(roll));
          this.asked.push({ identity, answer });
        }),
      leave: async () => {},
    },
    nodeId: "me",
    about: { name: "host:1", version: "1" },
    timers: new VirtualProcess(this.time).timers,
    onLost: (reason) => this.lost.push(reason),
    onTurned: (identities) => this.turned.push(...identities),
    onNodesGone: () => {},
    onRoll: () => {},
    onError: () => {},
  });

  /** Has the oldest question answered, after a time. */
  answer(standing: Roll["standing"] | Error, afterMs = 0, others: readonly Identity[] = []): void {
    this.time.run(afterMs);
    const roll = standing instanceof Error ? standing : { standing, alive: others, unreaped: [] };
    this.asked.shift()?.answer(roll);
    this.time.run(0);
  }
}

describe("Lease", () => {
  let bench: Bench;
  let lease: Lease;

  beforeEach(() => {
    bench = new Bench();
    lease = bench.lease;
    void lease.start();
  });

  test("is held for ten seconds from when the renewal was sent, not from when it was answered", () => {
    bench.answer("registered", 4_000);
    expect(lease.isHeld).toBe(true);
    bench.time.run(5_990);
    expect(lease.isHeld).toBe(true);
    bench.time.run(20);
    expect(lease.isHeld).toBe(false);
  });

  test("is in doubt until a renewal has succeeded that was sent after the doubt", () => {
    bench.answer("registered");
    bench.time.run(2_000);
    lease.doubt();
    bench.answer("renewed");
    expect(lease.isHeld).toBe(false);
    bench.time.run(2_000);
    bench.answer("renewed");
    expect(lease.isHeld).toBe(true);
  });

  test("says once that the store has lost its memory: it does not know who was registered", () => {
    bench.answer("registered");
    bench.time.run(2_000);
    bench.answer("renewed");
    expect(bench.lost).toEqual([]);
    bench.time.run(2_000);
    bench.answer("registered");
    expect(bench.lost).toEqual(["forgotten"]);
    expect(lease.identity).toBe("me.1");
  });

  test("goes on at once under the next epoch when it was fenced", () => {
    bench.answer("registered");
    bench.time.run(2_000);
    bench.answer("fenced");
    expect([bench.lost, lease.isHeld]).toEqual([["fenced"], false]);
    bench.time.run(0);
    expect(bench.asked.map(({ identity }) => identity)).toEqual(["me.2"]);
    bench.answer("registered");
    expect([bench.lost, lease.isHeld]).toEqual([["fenced"], true]);
  });

  test("takes nobody for dead in the seconds after an outage, which the others had too", () => {
    bench.answer("registered", 0, ["other.1"]);
    bench.time.run(2_000);
    bench.answer(new Error("the link is down"), 5_000);
    bench.time.run(2_000);
    bench.answer("renewed");
    expect(bench.turned).toEqual([]);
    for (let renewals = 0; renewals < 3; renewals++) {
      bench.time.run(2_000);
      bench.answer("renewed");
    }
    expect(bench.turned).toEqual(["other.1"]);
  });
});
