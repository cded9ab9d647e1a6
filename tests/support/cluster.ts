import { randomBytes } from "node:crypto";
import { metricsOf } from "./metrics.ts";
import { sharedPostgres, type TestPostgres, type TestPostgresDatabase } from "./postgres.ts";
import { startRedis, type TestRedis, until } from "./redis.ts";
import { type StartServerOptions, startServer, type TestServer } from "./server.ts";

/** Servers that share one PostgreSQL database and one Redis, as the nodes of a cluster do. */
export interface TestCluster {
  readonly nodes: readonly TestServer[];
  readonly redis: TestRedis;
  readonly database: TestPostgresDatabase;
  /** Resolves once every node knows what each of them has done so far. */
  readonly settle: () => Promise<void>;
  /** Starts one more node. */
  add(options?: StartServerOptions): Promise<TestServer>;
  /** Ends every node and takes what they shared away. */
  stop(): Promise<void>;
}

export interface StartClusterOptions extends StartServerOptions {
  /** One that the test has started, and that outlives the cluster; the one that all tests share otherwise. */
  readonly redis?: TestRedis;
  /** The same for PostgreSQL. */
  readonly postgres?: TestPostgres;
  /** Where the nodes find Redis, when that is not where it is: behind a proxy. */
  readonly redisUrl?: string;
}

export async function startCluster(count: number, options: StartClusterOptions = {}): Promise<TestCluster> {
  const { redis = await sharedRedis(), redisUrl = redis.url, postgres, ...needs } = options;
  const database = await (postgres ?? (await sharedPostgres())).createDatabase();
  const shared = {
    USHER_DATABASE_URL: database.url,
    USHER_REDIS_URL: redisUrl,
    // Clusters that share a Redis are kept apart by their prefixes.
    USHER_REDIS_PREFIX: `test-${database.name}-${randomBytes(4).toString("hex")}`,
    USHER_MASTER_KEY: randomBytes(32).toString("hex"),
  };
  const nodes: TestServer[] = [];
  const add = async (more: StartServerOptions = {}) => {
    const env = { ...shared, ...needs.env, ...more.env };
    const node = await startServer({ ...needs, ...more, env });
    nodes.push(node);
    return node;
  };
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await database.drop();
  };
  try {
    // The first one makes the tables and the app.
    if (count > 0) await add();
    await Promise.all(Array.from({ length: Math.max(0, count - 1) }, () => add()));
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, redis, database, settle: () => settle(nodes), add, stop };
}

/**
 * Waits until Redis has answered every node, and knows what each has; then asks each once more, since what Redis has sent
 * them by then they read before that question.
 */
async function settle(nodes: readonly TestServer[]): Promise<void> {
  await until(async () => {
    const all = await Promise.all(nodes.map(metricsOf));
    return all.every((metrics) => UNSETTLED.every((name) => metrics.get(name) === 0));
  });
  await Promise.all(nodes.map(metricsOf));
}

const UNSETTLED = [
  "usher_cluster_unanswered_commands",
  "usher_cluster_unclaimed_places",
  "usher_cluster_stale_places",
];

/** The one Redis that the tests of this process share. */
async function sharedRedis(): Promise<TestRedis> {
  // A property of the process, since the test runner may load this module once for each file.
  const holder = globalThis as { [SHARED]?: Promise<TestRedis> };
  // After a test that took too long the runner kills the processes it finds; the tests that follow get another.
  if ((await holder[SHARED])?.isRunning() === false) delete holder[SHARED];
  holder[SHARED] ??= startRedis();
  return holder[SHARED];
}

const SHARED = Symbol.for("usher.test.redis");
