import { SLOTS } from "./hash-slot.ts";
import { LinkError, linkError } from "./link-error.ts";
import { connectRedis, type RedisConnection } from "./redis-connection.ts";
import { describeRedis, type RedisAddress, type RedisTarget } from "./redis-url.ts";

/** A master and the slots that it has. */
export interface ShardPlan {
  readonly address: RedisAddress;
  /** First and last of each range. */
  readonly slots: readonly (readonly [first: number, last: number])[];
}

/** Finds the masters as they are now. Rejects with a `LinkError`. */
export async function findShards(target: RedisTarget): Promise<readonly ShardPlan[]> {
  if (target.kind === "single") return target.nodes.map((address) => ({ address, slots: ALL_SLOTS }));
  const ask = target.kind === "sentinel" ? askSentinel : askCluster;
  let failure: unknown;
  // In another order each time, so that one that is slow to refuse does not hold up every attempt.
  for (const node of shuffled(target.nodes)) {
    try {
      return await ask(target, node);
    } catch (error) {
      // What a node says counts for more than that one cannot be reached.
      if (!(failure instanceof LinkError) || failure.code === "redis_unreachable") failure = error;
    }
  }
  throw linkError(failure, describeRedis(target));
}

/** The slots as one of the cluster's own connections shows them. */
export async function readShards(
  connection: RedisConnection,
  asked: RedisAddress,
): Promise<readonly ShardPlan[]> {
  const rows = (await connection.send(["CLUSTER", "SLOTS"])) as [number, number, [string | null, number]][];
  const shards = new Map<string, { address: RedisAddress; slots: [number, number][] }>();
  let covered = 0;
  for (const [first, last, [name, port]] of rows) {
    // A node that does not know its own name or address leaves it to us.
    const host = name === null || name === "" || name === "?" ? asked.host : name;
    const shard = shards.get(`${host} ${port}`) ?? { address: { host, port }, slots: [] };
    shard.slots.push([first, last]);
    shards.set(`${host} ${port}`, shard);
    covered += last - first + 1;
  }
  if (covered < SLOTS) {
    throw new LinkError(
      "redis_incomplete",
      `the Redis Cluster has a master for ${covered} of ${SLOTS} slots`,
    );
  }
  return [...shards.values()];
}

const ALL_SLOTS: ShardPlan["slots"] = [[0, SLOTS - 1]];

async function askSentinel(target: RedisTarget, node: RedisAddress): Promise<readonly ShardPlan[]> {
  const sentinel = await connectRedis(target, node, "sentinel", () => {});
  try {
    const reply = await sentinel.send(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", target.masterName]);
    if (!Array.isArray(reply)) {
      throw new LinkError(
        "redis_master_unknown",
        `Sentinel at ${sentinel.where} knows no master ${target.masterName}`,
      );
    }
    const [host, port] = reply;
    return [{ address: { host: String(host), port: Number(port) }, slots: ALL_SLOTS }];
  } catch (error) {
    throw linkError(error, sentinel.where);
  } finally {
    sentinel.close();
  }
}

async function askCluster(target: RedisTarget, node: RedisAddress): Promise<readonly ShardPlan[]> {
  const connection = await connectRedis(target, node, "server", () => {});
  try {
    return await readShards(connection, node);
  } catch (error) {
    throw linkError(error, connection.where);
  } finally {
    connection.close();
  }
}

function shuffled<Value>(values: readonly Value[]): Value[] {
  return values
    .map((value) => ({ value, order: Math.random() }))
    .toSorted((left, right) => left.order - right.order)
    .map(({ value }) => value);
}
