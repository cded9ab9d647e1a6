import type { ClusterNames } from "./cluster-names.ts";
import { hashSlot, SLOTS } from "./hash-slot.ts";
import { isMoved, LinkError, linkError } from "./link-error.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { describeRedis, type RedisTarget } from "./redis-url.ts";
import { connectShard, listenToAll, type Shard } from "./shard.ts";
import { findShards, readShards, type ShardPlan } from "./topology.ts";

export interface SessionOptions {
  readonly target: RedisTarget;
  readonly names: ClusterNames;
  /** Nobody else knows it. */
  readonly linkId: string;
  readonly echoIntervalMs: number;
  onMessage(topic: string, message: string): void;
  onEcho(seconds: number): void;
  /** Called once at most, never after `close`. Nothing of the session can be used then. */
  onLost(reason: LinkError): void;
}

/**
 * Connections to every master as they were when it began. It ends as a whole with the first of them that is lost, that
 * has become silent or deaf, or whose slots have moved; there is nothing to repair, which is how it comes that nothing is
 * repaired by half.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #shards: Shard[] = [];
  readonly #bySlot = new Uint16Array(SLOTS);
  readonly #echoes = new Map<string, Echo>();
  #timer: NodeJS.Timeout | undefined;
  #checks = 0;
  #lost: LinkError | undefined;
  #isOpen = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Resolves once all topics are listened to and every shard carries messages here. Rejects with a `LinkError`. */
  async open(topics: Iterable<string>): Promise<void> {
    try {
      for (const shard of await this.#connectAll(await findShards(this.#options.target))) this.#add(shard);
      this.#timer = setInterval(() => this.#check(), this.#options.echoIntervalMs);
      await Promise.all(this.#shards.map((shard, index) => this.#startEcho(shard, index)));
      await this.#listenToAll(topics);
      await Promise.all([...this.#echoes.values()].map((echo) => this.#firstEcho(echo)));
      if (this.#lost) throw this.#lost;
      this.#isOpen = true;
    } catch (error) {
      const reason = this.#lost ?? linkError(error, describeRedis(this.#options.target));
      this.close();
      throw reason;
    }
  }

  async listen(topic: string): Promise<void> {
    await this.#try(this.#shardOf(topic).subscriptions, (it) => it.subscribe([topic], this.#onMessage));
  }

  async unlisten(topic: string): Promise<void> {
    await this.#try(this.#shardOf(topic).subscriptions, (it) => it.unsubscribe(topic, this.#onMessage));
  }

  /** @param name a key or topic that says which shard is meant. */
  command(name: string, command: readonly string[]): Promise<unknown> {
    return this.#try(this.#shardOf(name).commands, (it) => it.send(command));
  }

  close(): void {
    this.#lost ??= new LinkError("redis_down", "the link to Redis was stopped");
    clearInterval(this.#timer);
    for (const shard of this.#shards) shard.close();
    for (const echo of this.#echoes.values()) echo.reject(this.#lost);
  }

  async #connectAll(plans: readonly ShardPlan[]): Promise<Shard[]> {
    const results = await Promise.allSettled(
      plans.map((plan) => connectShard(this.#options.target, plan, (reason) => this.#lose(reason))),
    );
    const shards = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const failed = results.find((result) => result.status === "rejected");
    if (!failed && !this.#lost) return shards;
    for (const shard of shards) shard.close();
    throw this.#lost ?? failed?.reason;
  }

  #add(shard: Shard): void {
    const index = this.#shards.push(shard) - 1;
    for (const [first, last] of shard.plan.slots) this.#bySlot.fill(index, first, last + 1);
  }

  #shardOf(name: string): Shard {
    const index = this.#shards.length === 1 ? 0 : (this.#bySlot[hashSlot(name)] ?? 0);
    const shard = this.#shards[index];
    if (!shard) throw new LinkError("redis_down", "there is no connection to Redis");
    return shard;
  }

  async #listenToAll(topics: Iterable<string>): Promise<void> {
    const byShard = Map.groupBy(topics, (topic) => this.#shardOf(topic));
    const { kind } = this.#options.target;
    await Promise.all([...byShard].map(([shard, some]) => listenToAll(shard, kind, some, this.#onMessage)));
  }

  readonly #onMessage = (message: string, topic: string): void => {
    if (this.#lost) return;
    const echo = this.#echoes.get(topic);
    if (echo) this.#heard(echo, message);
    else this.#options.onMessage(topic, message);
  };

  async #try<Value>(
    connection: RedisConnection,
    work: (connection: RedisConnection) => Promise<Value>,
  ): Promise<Value> {
    if (this.#lost) throw this.#lost;
    try {
      return await work(connection);
    } catch (error) {
      if (error instanceof Error && isMoved(error.message)) {
        this.#lose(
          new LinkError("redis_down", `Redis at ${connection.where} has moved: ${error.message}`, error),
        );
      }
      throw this.#lost ?? linkError(error, connection.where);
    }
  }

  #lose(reason: LinkError): void {
    if (this.#lost) return;
    this.#lost = reason;
    this.close();
    if (this.#isOpen) this.#options.onLost(reason);
  }

  /** Listens on a topic of the shard's own, to hear whether what is sent arrives. */
  async #startEcho(shard: Shard, index: number): Promise<void> {
    const topic = this.#echoTopic(index);
    const echo = newEcho(topic, shard);
    this.#echoes.set(topic, echo);
    await shard.subscriptions.subscribe([topic], this.#onMessage);
  }

  #echoTopic(shard: number): string {
    const { names, linkId } = this.#options;
    for (let number = 0; ; number++) {
      const topic = names.echo(linkId, number);
      if (this.#shards.length === 1 || this.#bySlot[hashSlot(topic)] === shard) return topic;
    }
  }

  async #firstEcho(echo: Echo): Promise<void> {
    this.#sendEcho(echo);
    await echo.heard;
  }

  #sendEcho(echo: Echo): void {
    echo.unheard++;
    const sent = this.#try(echo.shard.commands, (it) =>
      it.send(["SPUBLISH", echo.topic, String(performance.now())]),
    );
    // A connection that is lost says so by itself; an answer such as a missing permission is for whoever waits for the echo.
    sent.catch(echo.reject);
  }

  #heard(echo: Echo, sentAt: string): void {
    echo.unheard = 0;
    echo.resolve();
    this.#options.onEcho((performance.now() - Number(sentAt)) / 1000);
  }

  /**
   * One look at each interval. Echoes are counted and not timed: after a pause of this process nothing has been read yet,
   * and Redis is not to blame.
   */
  #check(): void {
    for (const echo of this.#echoes.values()) {
      if (echo.unheard >= UNHEARD_ECHOES) {
        const { where } = echo.shard.commands;
        this.#lose(
          new LinkError("redis_down", `Redis at ${where} does not carry messages to this server any more`),
        );
        return;
      }
      this.#sendEcho(echo);
    }
    if (this.#options.target.kind === "cluster" && ++this.#checks % TOPOLOGY_INTERVALS === 0)
      void this.#checkTopology();
  }

  /** Slots that are moved while nothing is sent to them are not noticed otherwise. */
  async #checkTopology(): Promise<void> {
    const [shard] = this.#shards;
    if (!shard) return;
    try {
      const plans = await readShards(shard.commands, shard.plan.address);
      if (fingerprint(plans) === fingerprint(this.#shards.map(({ plan }) => plan))) return;
      this.#lose(new LinkError("redis_down", "the slots of the Redis Cluster have moved"));
    } catch (error) {
      this.#lose(linkError(error, shard.commands.where));
    }
  }
}

/** Seconds of silence after which Redis counts as gone, at one echo a second. */
const UNHEARD_ECHOES = 5;

const TOPOLOGY_INTERVALS = 5;

interface Echo {
  readonly topic: string;
  readonly shard: Shard;
  /** Sent since one was last heard. */
  unheard: number;
  /** Settles with the first one. */
  readonly heard: Promise<void>;
  resolve(): void;
  reject(reason: unknown): void;
}

function newEcho(topic: string, shard: Shard): Echo {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Whoever opens the session waits for it; when that has failed for another reason, nobody does.
  promise.catch(() => {});
  return { topic, shard, unheard: 0, heard: promise, resolve, reject };
}

function fingerprint(plans: readonly ShardPlan[]): string {
  const ranges = plans.flatMap(({ address, slots }) =>
    slots.map(([first, last]) => `${first}-${last} ${address.host} ${address.port}`),
  );
  return ranges.toSorted().join();
}
