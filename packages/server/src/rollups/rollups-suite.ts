import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SYSTEM } from "../actor.ts";
import type { TestDatabase } from "../store/app-store-suite.ts";
import type { Store } from "../store/open-store.ts";
import type { Bucket } from "./bucket.ts";
import { MarkStore } from "./mark-store.ts";
import { readErrors } from "./read-errors.ts";
import { readAppStats, readStats } from "./read-stats.ts";
import { ALL_APPS, RollupStore } from "./rollup-store.ts";

const START = Date.parse("2026-03-01T00:00:00.000Z");
const SLOT_MS = 10_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What the figures for charts promise, with any database under them. */
export function describeRollups(name: string, createDatabase: () => Promise<TestDatabase>): void {
  describe(`${name}: rollups`, () => {
    let database: TestDatabase;
    let store: Store;
    let rollups: RollupStore;

    beforeEach(async () => {
      database = await createDatabase();
      store = await database.open();
      rollups = new RollupStore(store.database);
      const keys = (id: string) => [{ key: `key-${id}`, secret: `secret-${id}` }];
      for (const id of ["a", "b"]) {
        await store.apps.create({ id, name: id, keys: keys(id), settings: {} }, SYSTEM);
      }
    });

    afterEach(async () => {
      await store.close();
      await database.remove();
    });

    /** One server's slot in which app `a` had so many connections. */
    function see(node: string, atMs: number, connections: number, counts: Bucket["counts"] = {}) {
      const seen = bucket(connections, counts);
      return rollups.write(
        node,
        atMs,
        new Map([[ALL_APPS, seen], ...(connections ? [["a", seen] as const] : [])]),
      );
    }

    test("several servers are added up, and the mean counts the time in which an app had nobody", async () => {
      for (let slot = 0; slot < 6; slot++) {
        await see("one", START + slot * SLOT_MS, slot < 3 ? 10 : 0, slot < 3 ? { messages_out: 5 } : {});
        await see("two", START + slot * SLOT_MS, 2, { messages_out: 1 });
      }
      const fine = await readStats(rollups, "a", "15m", START + 70_000);
      expect(fine.series.connections?.slice(-7)).toEqual([null, 12, 12, 12, 2, 2, 2]);
      expect(fine.series.messages_out?.slice(-7)).toEqual([null, 6, 6, 6, 1, 1, 1]);
      await rollups.rollUp(START + 90_000);
      const coarse = await readStats(rollups, "a", "24h", START + 90_000);
      expect(coarse.stepSeconds).toBe(60);
      expect(coarse.series.connections?.at(-1)).toBe(7);
      expect(coarse.series.connections_peak?.at(-1)).toBe(12);
      expect(coarse.series.messages_out?.at(-1)).toBe(21);
      expect(coarse.series.connections?.at(-2)).toBeNull();
    });

    test("a server that starts again counts as the same one in its step", async () => {
      for (let slot = 0; slot < 6; slot++)
        await see(slot < 3 ? "before" : "after", START + slot * SLOT_MS, 100);
      await rollups.rollUp(START + 90_000);
      const { series } = await readStats(rollups, "a", "24h", START + 90_000);
      expect(series.connections?.at(-1)).toBe(100);
    });

    test("time in which nobody looked is a gap, and time in which nothing happened is not", async () => {
      await see("one", START, 4);
      await see("one", START + SLOT_MS, 0);
      await see("one", START + 3 * SLOT_MS, 4);
      const { series, totals } = await readStats(rollups, "a", "15m", START + 43_000);
      expect(series.connections?.slice(-5)).toEqual([null, 4, 0, null, 4]);
      expect(series.channels?.slice(-5)).toEqual([null, 4, 0, null, 4]);
      expect(totals).toEqual({ connections_peak: 4 });
    });

    test("rolling up goes on after a long gap", async () => {
      await see("one", START, 1, { messages_in: 1 });
      await rollups.rollUp(START + 100_000);
      const later = START + 5 * DAY_MS;
      await see("one", later, 1, { messages_in: 1 });
      await rollups.rollUp(later + 100_000);
      await rollups.rollUp(later + 800_000);
      await see("one", later + 600_000, 1, { messages_in: 1 });
      const { totals, series } = await readStats(rollups, "a", "7d", later + 1_300_000);
      expect(totals.messages_in).toBe(3);
      expect(series.messages_in?.filter((count) => count !== null)).toEqual([1, 1, 1]);
    });

    test("two servers that roll up at once do it once", async () => {
      for (let slot = 0; slot < 12; slot++) await see("one", START + slot * SLOT_MS, 3, { messages_in: 2 });
      const other = await database.open();
      const others = new RollupStore(other.database);
      await Promise.all([rollups.rollUp(START + 200_000), others.rollUp(START + 200_000)]);
      await other.close();
      const { totals } = await readStats(rollups, "a", "24h", START + 200_000);
      expect(totals.messages_in).toBe(24);
    });

    test("each level is forgotten after its time, and so is an app that is gone", async () => {
      await see("one", START, 3, { messages_in: 2 });
      await see("one", START + 600_000, 3, { messages_in: 2 });
      await rollups.rollUp(START + 700_000);
      await rollups.rollUp(START + 1_300_000);
      await rollups.prune(START + 8 * HOUR_MS);
      expect(await stepsLeft()).toEqual([60, 600]);
      await rollups.prune(START + 3 * DAY_MS);
      expect(await stepsLeft()).toEqual([600]);
      expect((await readStats(rollups, "a", "7d", START + 3 * DAY_MS)).totals.messages_in).toBe(4);
      await rollups.forget("a");
      expect((await readStats(rollups, "a", "7d", START + 3 * DAY_MS)).totals.messages_in).toBeUndefined();
      expect((await readStats(rollups, ALL_APPS, "7d", START + 3 * DAY_MS)).totals.messages_in).toBe(4);
      await rollups.prune(START + 8 * DAY_MS);
      expect(await stepsLeft()).toEqual([]);
    });

    test("what the other servers have now is what they last told, for half a minute", async () => {
      await see("one", START, 3);
      await see("two", START, 4);
      await see("two", START + SLOT_MS, 6);
      await see("three", START, 5);
      await see("three", START + SLOT_MS, 0);
      const now = async (nowMs: number) => (await rollups.elsewhere("one", nowMs)).get("a")?.connections;
      expect(await now(START + 15_000)).toBe(6);
      expect((await rollups.elsewhere(null, START + 15_000)).get("a")?.connections).toBe(9);
      expect(await now(START + 60_000)).toBeUndefined();
    });

    test("errors are grouped by code and cause, with when they were seen first and last", async () => {
      await see("one", START, 1, { "refused:subscribe|signature_mismatch|secret_of_other_app": 2 });
      await see("one", START + 60_000, 1, {
        "refused:subscribe|signature_mismatch|secret_of_other_app": 1,
        "refused:api events|http_auth_key_unknown|": 7,
        "closes:pong_timeout": 1,
        "handshakes:origin_refused": 1,
        messages_in: 9,
      });
      const errors = await readErrors(rollups, "a", "1h", START + 65_000);
      expect(errors).toEqual([
        group("api events", "http_auth_key_unknown", null, 7, 60_000, 65_000),
        group("subscribe", "signature_mismatch", "secret_of_other_app", 3, 0, 65_000),
        group("handshake", "origin_refused", null, 1, 60_000, 65_000),
        group("connection", "pong_timeout", null, 1, 60_000, 65_000),
      ]);
    });

    test("marks are those of the servers and of the app, the oldest first", async () => {
      const marks = new MarkStore(store.database);
      const sinceMs = Date.now() - 1_000;
      await store.apps.rotateSecret("a", "key-a", { secret: "another" }, SYSTEM);
      const node = { nodeId: "one", name: "host:1", version: "1" };
      await marks.add({ ...node, atMs: sinceMs + 500, kind: "started" });
      await marks.add({ ...node, atMs: sinceMs - 500, kind: "stopped" });
      const texts = async (appId: string | null) =>
        (await marks.list(appId, sinceMs)).map(({ kind, text }) => `${kind}: ${text}`);
      expect(await texts("b")).toContain("node: host:1 started (version 1)");
      expect(await texts("b")).not.toContain("rotation: new secret generated");
      expect((await texts("a")).at(-1)).toBe("rotation: new secret generated");
      expect(await texts(null)).toContain("rotation: new secret generated (app a)");
      expect(await texts(null)).not.toContain("node: host:1 stopped (version 1)");
      await marks.prune(sinceMs + 8 * DAY_MS);
      expect(await texts("b")).not.toContain("node: host:1 started (version 1)");
    });

    test("whatever happens, no range tells anything but the truth", async () => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(momentArbitrary, { minLength: 1, maxLength: 40 }), async (moments) => {
          // Far enough apart that no run sees what another left behind.
          const startMs = START + run++ * 30 * DAY_MS;
          const truth: Seen[] = [];
          let nowMs = startMs;
          for (const { waitSlots, nodes, rollUp, prune } of moments) {
            nowMs += waitSlots * SLOT_MS;
            for (const [node, connections, sent] of nodes) {
              if (truth.some((seen) => seen.atMs === nowMs && seen.node === node)) continue;
              const counts = sent > 0 ? { messages_out: sent } : {};
              await see(node, nowMs, connections, connections > 0 ? counts : {});
              truth.push({ atMs: nowMs, node, connections, sent: connections > 0 ? sent : 0 });
            }
            // A server asks for it after it has written, which is not before the slot is over.
            if (rollUp) await rollups.rollUp(nowMs + SLOT_MS);
            if (prune) await rollups.prune(nowMs + SLOT_MS);
          }
          const endMs = nowMs + SLOT_MS + 3_000;
          for (const range of ["15m", "1h", "24h", "7d"] as const) {
            const stats = await readStats(rollups, "a", range, endMs);
            const within = truth.filter(({ atMs }) => atMs >= stats.fromMs);
            expect(stats.totals.messages_out ?? 0).toBe(total(within, ({ sent }) => sent));
            expect(stats.totals.connections_peak).toBe(peak(within));
            const shown = stats.series.messages_out ?? [];
            const whole = within.filter(({ atMs }) => atMs < stats.toMs);
            expect(shown.reduce<number>((sum, count) => sum + (count ?? 0), 0)).toBe(
              total(whole, ({ sent }) => sent),
            );
            const stepMs = stats.stepSeconds * 1000;
            const looked = new Set(whole.map(({ atMs }) => Math.floor(atMs / stepMs)));
            expect(shown.filter((count) => count !== null)).toHaveLength(looked.size);
          }
          const [small] = await readAppStats(rollups, ["a"], "7d", endMs);
          expect(small?.peak).toBe(peak(truth.filter(({ atMs }) => atMs >= endMs - 7 * DAY_MS)));
        }),
        { numRuns: 12 },
      );
    }, 120_000);

    async function stepsLeft(): Promise<readonly number[]> {
      const rows = await store.database.query((db) =>
        db.selectFrom("rollups").select("step_seconds").distinct().orderBy("step_seconds").execute(),
      );
      return rows.map((row) => row.step_seconds);
    }
  });
}

interface Seen {
  readonly atMs: number;
  readonly node: string;
  readonly connections: number;
  readonly sent: number;
}

const momentArbitrary = fc.record({
  waitSlots: fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 3_000 })),
  nodes: fc.array(
    fc.tuple(fc.constantFrom("one", "two"), fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 50 })),
    { maxLength: 2 },
  ),
  rollUp: fc.boolean(),
  prune: fc.boolean(),
});

function bucket(connections: number, counts: Bucket["counts"]): Bucket {
  return { slots: 1, connections, peak: connections, channels: connections, counts };
}

function group(
  operation: string,
  code: string,
  cause: string | null,
  count: number,
  firstSeenMs: number,
  lastSeenMs: number,
) {
  return {
    operation,
    code,
    cause,
    count,
    firstSeenMs: START + firstSeenMs,
    lastSeenMs: START + lastSeenMs,
  };
}

function total(seen: readonly Seen[], read: (seen: Seen) => number): number {
  return seen.reduce((sum, each) => sum + read(each), 0);
}

/** The most at once: servers that saw the same slot add up. */
function peak(seen: readonly Seen[]): number {
  const bySlot = Map.groupBy(seen, ({ atMs }) => atMs);
  return Math.max(
    0,
    ...[...bySlot.values()].map((together) => total(together, ({ connections }) => connections)),
  );
}
