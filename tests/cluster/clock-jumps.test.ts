import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { MovingClock } from "../support/moving-clock.ts";
import { hasPostgres } from "../support/postgres.ts";
import { hasRedis, startRedis, type TestRedis } from "../support/redis.ts";
import { report } from "../support/report.ts";
import { ChaosCluster } from "./chaos-cluster.ts";
import { SEEDS } from "./seeds.ts";

setDefaultTimeout(120_000);

/** Far longer than any lease, and not so far that signatures of the HTTP API are too old. */
const JUMP_MS = 300_500;
/** Every node has renewed its lease by then, by whatever clock. */
const LONG_ENOUGH_MS = 2_500;

const probe = MovingClock.make();
probe?.remove();

describe.skipIf(!hasPostgres || !hasRedis || !probe).each(SEEDS)("two nodes under load (seed %d)", (seed) => {
  let clocks: { readonly redis: MovingClock; readonly first: MovingClock; readonly second: MovingClock };
  let redis: TestRedis;
  let chaos: ChaosCluster;

  beforeEach(async () => {
    clocks = { redis: newClock(), first: newClock(), second: newClock() };
    redis = await startRedis([], clocks.redis.env);
    chaos = await ChaosCluster.start(0, { seed, redis });
    for (const clock of [clocks.first, clocks.second]) await chaos.add({ env: clock.env });
    await chaos.populate(20);
    chaos.publisher.start([...chaos.crowd.channels]);
  });

  afterEach(async () => {
    await chaos.stop();
    await redis.remove();
    for (const clock of Object.values(clocks)) clock.remove();
  });

  test("take no notice of the time of day, theirs or that of Redis, when it jumps", async () => {
    for (const ms of [JUMP_MS, -JUMP_MS, 0]) {
      clocks.first.move(ms);
      clocks.redis.move(-ms);
      // For what must not happen there is nothing to wait for.
      await Bun.sleep(LONG_ENOUGH_MS);
      await chaos.crowd.agrees(100);
    }
    expect(chaos.crowd.clients.filter(({ connections }) => connections !== 1)).toEqual([]);
    expect(chaos.crowd.clients.filter(({ removals }) => removals > 0)).toEqual([]);
    chaos.stir(20);
    await chaos.crowd.agrees(5_000);
    await chaos.isRight();
    expect(await chaos.metric("usher_cluster_not_carried_total")).toBe(0);
    report(`clocks of a node and of Redis moved by five minutes, to and fro: ${chaos.figures}`);
  });
});

function newClock(): MovingClock {
  const clock = MovingClock.make();
  if (!clock) throw new Error("there is no C compiler any more");
  return clock;
}
