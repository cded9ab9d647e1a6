import { LinkError } from "./link-error.ts";
import { connectRedis, type OnMessage, type RedisConnection } from "./redis-connection.ts";
import type { RedisTarget } from "./redis-url.ts";
import type { ShardPlan } from "./topology.ts";

/** Two connections to one master: Redis holds back the replies of a connection that has much to hear. */
export interface Shard {
  readonly plan: ShardPlan;
  readonly commands: RedisConnection;
  readonly subscriptions: RedisConnection;
  close(): void;
}

/** Rejects with a `LinkError`, also for a server that is not what the URL says. */
export async function connectShard(
  target: RedisTarget,
  plan: ShardPlan,
  onLost: (reason: LinkError) => void,
): Promise<Shard> {
  const commands = await connectRedis(target, plan.address, "server", onLost);
  try {
    requireMaster(commands, target);
    const subscriptions = await connectRedis(target, plan.address, "server", onLost);
    const close = () => {
      commands.close();
      subscriptions.close();
    };
    return { plan, commands, subscriptions, close };
  } catch (error) {
    commands.close();
    throw error;
  }
}

/** In commands of this many topics, so that none holds up the others for long. */
const TOPICS_A_COMMAND = 500;

/** Listens to many topics at once. */
export async function listenToAll(
  shard: Shard,
  kind: RedisTarget["kind"],
  topics: readonly string[],
  onMessage: OnMessage,
) {
  // A Redis Cluster takes the topics of one slot in a command, and few share one.
  const most = kind === "cluster" ? 1 : TOPICS_A_COMMAND;
  const parts = Array.from({ length: Math.ceil(topics.length / most) }, (_, index) =>
    topics.slice(index * most, (index + 1) * most),
  );
  await Promise.all(parts.map((part) => shard.subscriptions.subscribe(part, onMessage)));
}

function requireMaster({ about, where }: RedisConnection, { kind }: RedisTarget): void {
  const mode = about.get("mode");
  if (mode === "sentinel") throw new LinkError("redis_is_sentinel", `Redis at ${where} is a Sentinel`);
  if (mode === "cluster" && kind !== "cluster") {
    throw new LinkError("redis_is_cluster", `Redis at ${where} is part of a Redis Cluster`);
  }
  if (about.get("role") !== "master")
    throw new LinkError("redis_read_only", `Redis at ${where} is a replica`);
}
