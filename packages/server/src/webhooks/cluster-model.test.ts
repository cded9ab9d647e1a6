import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { hasPostgres, sharedPostgres } from "../../../../tests/support/postgres.ts";
import { openStore, type Store } from "../store/open-store.ts";
import { ClusterWorld, type Faults, PRESENCES, type ToldEvent } from "./testing/cluster-world.ts";

setDefaultTimeout(240_000);

type Step =
  | { readonly kind: "join" | "leave"; readonly node: number; readonly presence: number }
  | { readonly kind: "die" | "start"; readonly node: number }
  | { readonly kind: "slow"; readonly node: number; readonly ms: number }
  | { readonly kind: "cut" | "mend" }
  | { readonly kind: "pass"; readonly ms: number };

const node = fc.nat({ max: 2 });
const presence = fc.nat({ max: PRESENCES.length - 1 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom("join" as const, "leave"), node, presence }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.nat({ max: 5_000 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("die" as const, "start"), node }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("slow" as const), node, ms: fc.constantFrom(0, 300, 4_500) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("cut" as const, "mend") }) },
);

const ROUGH: Faults = { noteDelayMs: 300, lagMs: 1_000, skewMs: 1_500, doubles: 0.2, lostAnswers: 0.05 };
const CALM: Faults = { noteDelayMs: 20, lagMs: 0, skewMs: 0, doubles: 0, lostAnswers: 0 };
/** Longer than all that a node takes to notice, to wait and to look again. */
const QUIET_MS = 75_000;

async function take(world: ClusterWorld, each: Step): Promise<void> {
  switch (each.kind) {
    case "join":
    case "leave": {
      const presence = PRESENCES[each.presence];
      if (presence) world.nodes[each.node]?.[each.kind](presence);
      break;
    }
    case "die":
    case "start":
      world.nodes[each.node]?.[each.kind]();
      break;
    case "slow": {
      const slow = world.nodes[each.node];
      if (slow) slow.slowMs = each.ms;
      break;
    }
    case "cut":
    case "mend":
      world[each.kind]();
      break;
    case "pass":
      await world.clock.pass(each.ms);
      break;
  }
}

/** What a receiver takes for being there. Throws at what cannot be. */
function pictureOf(told: readonly ToldEvent[]): Set<string> {
  const there = new Set<string>();
  for (const { what, isHere } of told) {
    if (there.has(what) === isHere) throw new Error(`${what} ${isHere ? "came" : "left"} twice`);
    if (isHere) there.add(what);
    else there.delete(what);
  }
  return there;
}

function describeTelling(name: string, runs: number, open: () => Promise<Store>): void {
  describe(`${name}: receivers of a cluster`, () => {
    let store: Store;

    beforeAll(async () => {
      store = await open();
    });

    afterAll(() => store.close());

    async function inWorld(
      seed: number,
      faults: Faults,
      run: (world: ClusterWorld) => Promise<void>,
    ): Promise<void> {
      for (const table of ["webhook_events", "webhook_states", "webhook_senders"] as const) {
        await store.database.query((db) => db.deleteFrom(table).execute());
      }
      const world = new ClusterWorld(store.database, seed, 3, faults);
      try {
        await run(world);
      } finally {
        await world.end();
      }
    }

    test("hear of each coming and leaving in turn and end at what is so, whatever nodes do and notes do not", async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer(), fc.array(step, { minLength: 1, maxLength: 40 }), (seed, steps) =>
          inWorld(seed, ROUGH, async (world) => {
            for (const each of steps) await take(world, each);
            for (const each of world.nodes) each.slowMs = 0;
            world.mend();
            world.nodes[0]?.start();
            await world.clock.pass(QUIET_MS);
            const told = await world.told();
            expect([...pictureOf(told)].sort()).toEqual(world.truth().sort());
            // Clocks differ, and so do the times of events.
            const slackMs = ROUGH.lagMs + 2 * ROUGH.skewMs + 200;
            const wrong = told.filter(
              ({ what, isHere, atMs }) => !isHere && !world.wasAway(what, atMs - slackMs, atMs + slackMs),
            );
            expect(wrong).toEqual([]);
          }),
        ),
        { numRuns: runs },
      );
    });

    test("hear nothing of who is back within three seconds, on whatever nodes", async () => {
      const move = fc.record({
        to: node,
        awayMs: fc.integer({ min: 0, max: 2_700 }),
        stayMs: fc.integer({ min: 100, max: 4_000 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.integer(), fc.array(move, { minLength: 1, maxLength: 12 }), (seed, moves) =>
          inWorld(seed, CALM, async (world) => {
            const [channel] = PRESENCES;
            if (!channel) throw new Error("no channel");
            let at = world.nodes[0];
            at?.join(channel);
            for (const { to, awayMs, stayMs } of moves) {
              await world.clock.pass(stayMs);
              at?.leave(channel);
              await world.clock.pass(awayMs);
              at = world.nodes[to];
              at?.join(channel);
            }
            await world.clock.pass(10_000);
            expect((await world.told()).map(({ what, isHere }) => [what, isHere])).toEqual([
              ["presence-a", true],
            ]);
            at?.leave(channel);
            await world.clock.pass(10_000);
            expect((await world.told()).slice(1).map(({ isHere }) => isHere)).toEqual([false]);
          }),
        ),
        { numRuns: runs },
      );
    });

    test("hear of what left a node that died before it could tell", async () => {
      await inWorld(1, CALM, async (world) => {
        const [channel] = PRESENCES;
        const [first] = world.nodes;
        if (!channel) throw new Error("no channel");
        first?.join(channel);
        await world.clock.pass(5_000);
        first?.leave(channel);
        await world.clock.pass(1_000);
        first?.die();
        await world.clock.pass(60_000);
        expect((await world.told()).map(({ isHere }) => isHere)).toEqual([true, false]);
      });
    });

    test("hear of what came on a node that died before it could tell, once, if it is elsewhere", async () => {
      await inWorld(1, CALM, async (world) => {
        const [channel] = PRESENCES;
        const [first, second, third] = world.nodes;
        if (!channel || !first) throw new Error("no node");
        await world.clock.pass(3_000);
        first.slowMs = 60_000;
        for (const each of [first, second, third]) each?.join(channel);
        await world.clock.pass(1_000);
        first.die();
        await world.clock.pass(60_000);
        expect((await world.told()).map(({ isHere }) => isHere)).toEqual([true]);
      });
    });
  });
}

const OPTIONS = { create: true, lockWaitMs: 5_000, masterKey: null } as const;
const RUNS = Number(process.env.USHER_TEST_RUNS ?? 30);
const dataDir = mkdtempSync(join(tmpdir(), "usher-telling-"));
afterAll(() => rmSync(dataDir, { recursive: true }));

describeTelling("SQLite", RUNS, () =>
  openStore({ ...OPTIONS, dataDir: join(dataDir, "sqlite"), databaseUrl: null }),
);

describe.skipIf(!hasPostgres)("PostgreSQL", () => {
  describeTelling("PostgreSQL", Math.ceil(RUNS / 5), async () => {
    const { url } = await (await sharedPostgres()).createDatabase();
    return openStore({ ...OPTIONS, dataDir: join(dataDir, "postgres"), databaseUrl: url });
  });
});
