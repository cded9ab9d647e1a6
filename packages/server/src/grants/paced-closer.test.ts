import { describe, expect, test } from "bun:test";
import type { Connection } from "@usher/hub";
import { UsherError } from "@usher/protocol";
import { PacedCloser } from "./paced-closer.ts";

const ERROR = new UsherError("reauthorization_required", { reason: "test" });

/** A closer whose clock the test turns, and the times at which it closed something. */
class Bench {
  nowMs = 1_000;
  readonly closedAtMs: number[] = [];
  readonly closed: Connection[] = [];
  readonly closer: PacedCloser;
  #next: { readonly callback: () => void; readonly atMs: number } | undefined;
  #draw = 0;

  constructor() {
    this.closer = new PacedCloser({
      close: (connection) => {
        connection.isClosing = true;
        this.closed.push(connection);
        this.closedAtMs.push(this.nowMs);
      },
      monotonicNow: () => this.nowMs,
      random: () => (this.#draw++ % 10) / 10,
      later: (callback, ms) => {
        this.#next = { callback, atMs: this.nowMs + ms };
        return () => {
          this.#next = undefined;
        };
      },
    });
  }

  get isIdle(): boolean {
    return this.#next === undefined;
  }

  add(count: number): Connection[] {
    const connections = Array.from({ length: count }, () => ({ isClosing: false }) as Connection);
    for (const connection of connections) this.closer.add(connection, ERROR);
    return connections;
  }

  /** Lets time pass until nobody waits; returns how long that took, in milliseconds. */
  run(untilMs = Number.POSITIVE_INFINITY): number {
    const startMs = this.nowMs;
    while (this.#next && this.#next.atMs <= untilMs) {
      const { callback, atMs } = this.#next;
      this.#next = undefined;
      this.nowMs = Math.max(this.nowMs, atMs);
      callback();
    }
    return this.nowMs - startMs;
  }

  mostInOneSecond(): number {
    return Math.max(
      ...this.closedAtMs.map(
        (start) => this.closedAtMs.filter((at) => at >= start && at < start + 1_000).length,
      ),
    );
  }
}

describe("connections that wait to be closed", () => {
  test("are closed in turn, at most some two hundred in a second, each once", () => {
    const bench = new Bench();
    const connections = bench.add(1_000);
    expect(bench.closer.withinSeconds).toBe(5);
    expect(bench.closed).toEqual([]);
    expect(bench.run()).toBeWithin(4_500, 5_200);
    expect(bench.closed).toEqual(connections);
    expect(bench.mostInOneSecond()).toBeLessThanOrEqual(220);
    expect([bench.closer.waitingCount, bench.closer.withinSeconds]).toEqual([0, 0]);
  });

  test("do not wait much longer than ten seconds, however many they are", () => {
    for (const count of [2_000, 20_000]) {
      const bench = new Bench();
      bench.add(count);
      expect(bench.closer.withinSeconds).toBe(10);
      expect(bench.run()).toBeWithin(9_500, 10_500);
      expect(bench.closed).toHaveLength(count);
    }
  });

  test("are closed at once when there is one of them", () => {
    const bench = new Bench();
    bench.add(1);
    expect(bench.run()).toBe(0);
    expect(bench.closed).toHaveLength(1);
  });

  test("take nobody's turn when they have gone by themselves", () => {
    const bench = new Bench();
    const connections = bench.add(400);
    for (const connection of connections.slice(0, 380)) connection.isClosing = true;
    expect(bench.run()).toBeLessThan(200);
    expect(bench.closed).toEqual(connections.slice(380));
  });

  test("may be joined by others, and the next to come later find the usual pace again", () => {
    const bench = new Bench();
    bench.add(10_000);
    bench.run(bench.nowMs + 2_000);
    bench.add(1_000);
    bench.run();
    expect(bench.closed).toHaveLength(11_000);
    expect(bench.isIdle).toBe(true);
    bench.add(1_000);
    expect(bench.run()).toBeWithin(4_500, 5_200);
  });

  test("are not closed in one burst after the event loop was busy", () => {
    const bench = new Bench();
    bench.add(1_000);
    bench.run(bench.nowMs + 100);
    const before = bench.closed.length;
    bench.nowMs += 5_000;
    bench.run(bench.nowMs);
    expect(bench.closed.length - before).toBeLessThanOrEqual(41);
  });

  test("stay open once the closer is stopped, and nobody else is taken on", () => {
    const bench = new Bench();
    bench.add(10);
    bench.closer.stop();
    bench.add(1);
    expect(bench.isIdle).toBe(true);
    expect(bench.closer.waitingCount).toBe(0);
    expect(bench.closed).toEqual([]);
  });
});
