import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { hasPostgres } from "../support/postgres.ts";
import { hasRedis } from "../support/redis.ts";
import { report, seconds } from "../support/report.ts";
import { ChaosCluster } from "./chaos-cluster.ts";
import { SEEDS } from "./seeds.ts";

setDefaultTimeout(120_000);

/** A lease that is over, as the others see it: 10 s, and the 2 s at most until they look. */
const LONGEST_GHOST_MS = 15_000;
const BACK_MS = 5_000;
/** Who leaves while their node says goodbye is told to have left after the grace of a restart. */
const TOLD_MS = 45_000;

describe.skipIf(!hasPostgres || !hasRedis).each(SEEDS)("four nodes under load (seed %d)", (seed) => {
  let chaos: ChaosCluster;

  beforeEach(async () => {
    chaos = await ChaosCluster.start(4, { seed });
    await chaos.populate(30);
    chaos.publisher.start([...chaos.crowd.channels]);
  });

  afterEach(() => chaos.stop());

  test("one is killed and one paused for longer than its lease: ghosts go in time, and the paused one is back", async () => {
    const [killed, paused] = chaos.nodes;
    if (!killed || !paused) throw new Error("there are too few nodes");
    chaos.stir(10);
    const startedAtMs = performance.now();
    const socketIds = new Map(chaos.clientsOf(paused).map((client) => [client, client.socketId]));
    chaos.pause(paused);
    await chaos.kill(killed, () => chaos.random.chance(0.5));
    chaos.stir(20);
    await chaos.crowd.agrees(LONGEST_GHOST_MS);
    const ghostMs = performance.now() - startedAtMs;
    await chaos.told.agrees(chaos.crowd, 20_000);
    for (const [client, socketId] of socketIds) expect(client.socketId).toBe(socketId);
    const resumedAtMs = performance.now();
    chaos.resume(paused);
    chaos.stir(10);
    await chaos.crowd.agrees(BACK_MS);
    const backMs = performance.now() - resumedAtMs;
    await chaos.isRight();
    expect(await chaos.metric("usher_cluster_not_carried_total")).toBe(0);
    report(
      `one of four nodes killed, one paused: the last ghost gone after ${seconds(ghostMs)}, ` +
        `all there again ${seconds(backMs)} after SIGCONT; ${chaos.figures}`,
    );
  });

  test("one after the other is stopped and replaced: its clients move, and nobody who stays is said to leave", async () => {
    const startedAtMs = performance.now();
    for (const node of chaos.nodes) {
      chaos.stir(5);
      await chaos.stopNode(node);
      chaos.stir(5);
      await chaos.add();
      await chaos.crowd.agrees(BACK_MS);
    }
    const tookMs = performance.now() - startedAtMs;
    await chaos.isRight(TOLD_MS);
    expect(await chaos.metric("usher_cluster_not_carried_total")).toBe(0);
    report(
      `rolling restart of four nodes in ${seconds(tookMs)}: no client away for longer than ` +
        `${seconds(chaos.crowd.longestAwayMs)}; ${chaos.figures}`,
    );
  });
});
