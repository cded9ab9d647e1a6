import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { FaultyProxy } from "../support/faulty-proxy.ts";
import { hasPostgres } from "../support/postgres.ts";
import { hasRedis, startRedis, type TestRedis } from "../support/redis.ts";
import { report, seconds } from "../support/report.ts";
import type { TestServer } from "../support/server.ts";
import { ChaosCluster } from "./chaos-cluster.ts";
import { SEEDS } from "./seeds.ts";

setDefaultTimeout(120_000);

/** `USHER_TEST_REDIS_AWAY_MS=10000` for a longer outage. */
const AWAY_MS = Number(process.env.USHER_TEST_REDIS_AWAY_MS ?? 3_000);
const NOT_CARRIED = "usher_cluster_not_carried_total";
/** After which everything is right again. */
const BACK_MS = 5_000;
/** Whom receivers were told of, and who left while nobody could know, is told to have left after the grace of a restart. */
const TOLD_MS = 45_000;

describe.skipIf(!hasPostgres || !hasRedis).each(SEEDS)(
  "four nodes under load (seed %d), and Redis",
  (seed) => {
    let redis: TestRedis;
    /** Each node's own way to Redis. */
    const proxies = new Map<TestServer, FaultyProxy>();
    let chaos: ChaosCluster;

    let notCarriedBefore: number;

    // One for all: each test ends with everything right again, which is where the next begins.
    beforeAll(async () => {
      redis = await startRedis();
      chaos = await ChaosCluster.start(0, { seed, redis });
      for (let number = 0; number < 4; number++) await addNode();
      await chaos.populate(30);
    });

    beforeEach(async () => {
      notCarriedBefore = await chaos.metric(NOT_CARRIED);
      chaos.publisher.start([...chaos.crowd.channels]);
    });

    afterAll(async () => {
      await chaos.stop();
      for (const proxy of proxies.values()) proxy.stop();
      await redis.remove();
    });

    async function addNode(): Promise<void> {
      const proxy = await FaultyProxy.start(redis.port);
      const env = { USHER_REDIS_URL: `redis://127.0.0.1:${proxy.port}` };
      proxies.set(await chaos.add({ env }), proxy);
    }

    async function notCarried(): Promise<number> {
      return (await chaos.metric(NOT_CARRIED)) - notCarriedBefore;
    }

    /** Everything is right within five seconds. Returns how long it took. */
    async function rightAgain(): Promise<string> {
      const sinceMs = performance.now();
      await chaos.crowd.agrees(BACK_MS);
      const tookMs = performance.now() - sinceMs;
      await chaos.untilMetric("usher_cluster_up", 1, BACK_MS - tookMs);
      // What came while Redis was not there each node has in its own order.
      chaos.publisher.forget();
      await chaos.stirFor(500);
      await chaos.crowd.agrees(1_000);
      await chaos.isRight(TOLD_MS);
      return seconds(tookMs);
    }

    test("is killed and comes back empty", async () => {
      await redis.kill();
      await chaos.untilMetric("usher_cluster_up", 0);
      await chaos.stirFor(AWAY_MS);
      await redis.start();
      const back = await rightAgain();
      const lost = await notCarried();
      expect(lost).toBeGreaterThan(0);
      report(
        `Redis killed, back empty after ${seconds(AWAY_MS)}: all agree ${back} after; ${lost} not carried; ${chaos.figures}`,
      );
    });

    test("is paused for five seconds", async () => {
      redis.pause();
      await chaos.stirFor(5_000);
      redis.resume();
      const back = await rightAgain();
      const lost = await notCarried();
      report(`Redis paused for 5 s: all agree ${back} after; ${lost} not carried; ${chaos.figures}`);
    });

    test("is lost by one node again and again", async () => {
      const [proxy] = proxies.values();
      for (let time = 0; time < 5; time++) {
        proxy?.cut();
        await chaos.stirFor(500);
      }
      const back = await rightAgain();
      const lost = await notCarried();
      report(
        `one node cut off from Redis five times: all agree ${back} after; ${lost} not carried; ${chaos.figures}`,
      );
    });

    test("and three of them hear nothing of each other, in one direction or both, for longer than a lease", async () => {
      const cutOff = [...proxies].slice(0, 3);
      for (const [index, [node, proxy]] of cutOff.entries()) {
        proxy.swallow((["client", "server", "both"] as const)[index] ?? "both");
        chaos.cutOff(node);
      }
      await chaos.stirFor(2_000);
      // For whoever is with Redis, the others have left.
      await chaos.crowd.agrees(15_000);
      for (const [node, proxy] of cutOff) {
        proxy.heal();
        chaos.rejoin(node);
      }
      const back = await rightAgain();
      const lost = await notCarried();
      expect(lost).toBeGreaterThan(0);
      report(
        `three of four nodes without Redis: all agree ${back} after; ${lost} not carried; ${chaos.figures}`,
      );
    });

    test("is held up on its way to one of them, and what was said meanwhile comes all at once", async () => {
      const [proxy] = proxies.values();
      proxy?.hold();
      await chaos.stirFor(3_000);
      proxy?.heal();
      const back = await rightAgain();
      const lost = await notCarried();
      expect(lost).toBe(0);
      report(`Redis held up for 3 s on its way to one node: all agree ${back} after; ${chaos.figures}`);
    });
  },
);
