import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { hasPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { hasRedis } from "../support/redis.ts";
import { report } from "../support/report.ts";
import { ChaosCluster } from "./chaos-cluster.ts";
import { SEEDS } from "./seeds.ts";

setDefaultTimeout(120_000);

/** What could not be written down meanwhile is told by then. */
const TOLD_MS = 40_000;

describe.skipIf(!hasPostgres || !hasRedis).each(SEEDS)("two nodes under load (seed %d)", (seed) => {
  let postgres: TestPostgres;
  let chaos: ChaosCluster;

  beforeEach(async () => {
    postgres = await startPostgres();
    chaos = await ChaosCluster.start(2, { seed, postgres });
    await chaos.populate(20);
    chaos.publisher.start([...chaos.crowd.channels]);
  });

  afterEach(async () => {
    if (!postgres.isRunning()) await postgres.start();
    await chaos.stop();
    await postgres.remove();
  });

  test("go on while PostgreSQL is away, and tell webhooks all that is so when it is back", async () => {
    await postgres.kill();
    await chaos.stirFor(4_000);
    await chaos.crowd.agrees(5_000);
    const { interrupted } = chaos.publisher;
    await postgres.start();
    await chaos.stirFor(1_000);
    await chaos.isRight(TOLD_MS);
    expect(interrupted).toBe(0);
    expect(await chaos.metric("usher_cluster_not_carried_total")).toBe(0);
    report(`PostgreSQL killed, back after 4 s: ${chaos.figures}`);
  });
});
