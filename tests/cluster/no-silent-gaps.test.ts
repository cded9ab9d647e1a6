import { expect, test } from "bun:test";
import { TcpProxy } from "../clients/tcp-proxy.ts";
import { Random } from "../endurance/random.ts";
import { Api } from "../support/api.ts";
import { Balancer } from "../support/balancer.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { metricsOf } from "../support/metrics.ts";
import { hasPostgres } from "../support/postgres.ts";
import { hasRedis, startRedis, type TestRedis } from "../support/redis.ts";
import { report, seconds } from "../support/report.ts";
import { TEST_APP, type TestServer } from "../support/server.ts";
import { eventually } from "../support/time-limit.ts";
import { Follower } from "./follower.ts";
import { NumberedPublisher } from "./numbered-publisher.ts";

/** `USHER_TEST_RESUMING_CLIENTS=1000` for the whole of it: half an hour's worth of cuts, one a minute for each client. */
const CLIENTS = Number(process.env.USHER_TEST_RESUMING_CLIENTS ?? 100);
const ROUNDS = CLIENTS > 100 ? 80 : 16;
/** A fault for each; longer where more clients have to come back. */
const ROUND_MS = CLIENTS > 100 ? 2_000 : 600;
/** Of the numbers on one channel. So everybody together is sent as many a second, however many they are. */
const PACE_MS = CLIENTS / 2;
const PATIENCE_MS = CLIENTS > 100 ? 120_000 : 30_000;
const CHANNELS = ["kept-a", "kept-b", "kept-c", "kept-d"] as const;
const SETTINGS = { history_prefixes: ["kept-"], history_events: 10_000, history_seconds: 3_600 };

/** Three nodes, and clients that reach any of them through a balancer and a network that fails. */
class World {
  readonly redis: TestRedis;
  readonly cluster: TestCluster;
  readonly proxy: TcpProxy;
  readonly publisher: NumberedPublisher;
  readonly followers: Follower[] = [];
  readonly random = new Random(11);
  readonly counts = { cuts: 0, stalls: 0, kills: 0 };
  readonly #balancer: Balancer;
  readonly #dead = new Set<TestServer>();
  readonly #starting = new Set<Promise<unknown>>();

  static async start(): Promise<World> {
    const redis = await startRedis();
    const cluster = await startCluster(3, { redis, settings: SETTINGS });
    const balancer = await Balancer.start(cluster.nodes);
    return new World(redis, cluster, balancer, await TcpProxy.start(balancer.port));
  }

  private constructor(redis: TestRedis, cluster: TestCluster, balancer: Balancer, proxy: TcpProxy) {
    this.redis = redis;
    this.cluster = cluster;
    this.proxy = proxy;
    this.#balancer = balancer;
    this.publisher = new NumberedPublisher(CHANNELS, () => this.nodes, PACE_MS);
  }

  get nodes(): readonly TestServer[] {
    return this.cluster.nodes.filter((node) => !this.#dead.has(node));
  }

  /** Each follows two channels. */
  async populate(): Promise<void> {
    for (let from = 0; from < CLIENTS; from += 50) {
      const batch = Array.from({ length: Math.min(50, CLIENTS - from) }, async (_, index) => {
        const follower = new Follower(this.proxy);
        this.followers.push(follower);
        const names = [CHANNELS[index % 4], CHANNELS[(index + 1) % 4]];
        await Promise.all(names.map((name) => follower.follow(name ?? "")));
      });
      await Promise.all(batch);
    }
  }

  /** What networks and machines do, to some of the clients. */
  fault(round: number): void {
    if (round % 8 === 4) this.kill();
    // A stalled connection is found dead sooner or later; here, at the latest now.
    else if (round % 8 === 7) this.cut(1);
    else if (this.random.chance(0.4)) this.counts.stalls += this.proxy.stall(() => this.random.chance(0.2));
    else this.cut(0.4);
  }

  cut(share: number): void {
    this.counts.cuts += this.proxy.cut(() => share === 1 || this.random.chance(share));
  }

  /** One node is gone without a word, and another one is started in its place. */
  kill(): void {
    const node = this.random.pick(this.nodes);
    if (!node) return;
    this.counts.kills++;
    node.signal("SIGKILL");
    // Until it is found dead, events are sent to it as well.
    void node.exited.then(() => this.#dead.add(node));
    const starting = this.cluster.add();
    this.#starting.add(starting);
    void starting.finally(() => this.#starting.delete(starting));
  }

  /** As many nodes run as ever. */
  async allStarted(): Promise<void> {
    await Promise.all(this.#starting);
  }

  /** Everybody has come back, and has every number. */
  async hasAll(before: ReadonlyMap<string, readonly number[]>): Promise<void> {
    await this.allStarted();
    const waits = this.followers.flatMap((follower) =>
      follower.channels.map((channel) => [follower, channel] as const),
    );
    for (const [follower, channel] of waits) {
      await follower.has(channel, before.get(channel) ?? [], PATIENCE_MS);
    }
  }

  /** The numbers of each channel, in the one order that all nodes have. */
  async orders(): Promise<Map<string, number[]>> {
    const orders = new Map<string, number[]>();
    for (const channel of CHANNELS) {
      const ofNodes = await Promise.all(this.nodes.map((node) => orderOn(node, channel)));
      for (const order of ofNodes) expect(order).toEqual(ofNodes[0] ?? []);
      orders.set(channel, ofNodes[0] ?? []);
    }
    return orders;
  }

  async redisIs(state: "up" | "down"): Promise<void> {
    const value = state === "up" ? 1 : 0;
    for (const node of this.nodes) {
      await eventually(
        () => metricsOf(node),
        (all) => all.get("usher_cluster_up") === value && all.get("usher_cluster_stale_places") === 0,
        PATIENCE_MS,
      );
    }
  }

  async stop(): Promise<void> {
    for (const follower of this.followers) follower.close();
    await this.publisher.pause().catch(() => {});
    await Promise.allSettled(this.#starting);
    this.proxy.stop();
    this.#balancer.stop();
    await this.cluster.stop();
    await this.redis.remove();
  }
}

async function orderOn(node: TestServer, channel: string): Promise<number[]> {
  const api = new Api(`http://${node.host}:${node.port}`, TEST_APP);
  const order: number[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const query = [
      ["limit", "1000"],
      ["after", String(after)],
    ] as const;
    const answer = await api.get(`/channels/${channel}/events`, query);
    const page = answer.json() as { events: { data: string }[]; next_after: number | null };
    order.push(...page.events.map(({ data }) => Number(data)));
    after = page.next_after;
  }
  return order;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

async function roundsOf(world: World, from: number, to: number): Promise<void> {
  world.publisher.start();
  for (let round = from; round < to; round++) {
    await Bun.sleep(ROUND_MS);
    world.fault(round);
  }
  await world.publisher.pause();
  world.cut(1);
}

test.skipIf(!hasPostgres || !hasRedis)(
  `${CLIENTS} clients see every number once and in order on three nodes that die, and one gap where Redis has lost its memory`,
  async () => {
    const startedAtMs = performance.now();
    const world = await World.start();
    const { publisher, followers, counts } = world;
    try {
      await world.populate();
      await roundsOf(world, 0, ROUNDS);
      const before = await world.orders();
      await world.hasAll(before);
      for (const channel of CHANNELS) {
        // Whoever is answered may send the next one by way of another node.
        expect(before.get(channel)).toEqual(numbers(1, publisher.last(channel)));
      }
      for (const follower of followers) {
        for (const channel of follower.channels)
          expect(follower.seen(channel)).toEqual(before.get(channel) ?? []);
      }
      const atMs = performance.now();

      await world.redis.kill();
      await world.redis.start();
      await world.redisIs("up");
      // Whoever comes to a node that has known nothing else, and then to another one, is told once as well.
      world.kill();
      await world.allStarted();
      await Promise.all(followers.map((follower) => follower.subscribedToAll(PATIENCE_MS)));
      for (let time = 0; time < 3; time++) {
        const returns = followers.map((follower) => follower.returns(PATIENCE_MS));
        world.cut(1);
        await Promise.all(returns);
      }
      await roundsOf(world, ROUNDS, ROUNDS + 8);
      // Some were away all the time; one more for them.
      await Promise.all(followers.map((follower) => follower.subscribedToAll(PATIENCE_MS)));
      for (const channel of CHANNELS) await publisher.send(channel);
      const after = await world.orders();
      await world.hasAll(new Map(CHANNELS.map((channel) => [channel, after.get(channel)?.slice(-1) ?? []])));
      let numbersSeen = 0;
      let numbersInGaps = 0;
      for (const follower of followers) {
        for (const channel of follower.channels) {
          const seen = follower.seen(channel);
          const old = before.get(channel) ?? [];
          const fresh = after.get(channel) ?? [];
          expect(seen.slice(0, old.length + 1)).toEqual([...old, "epoch_changed"]);
          // Whoever was away when the first ones were sent may not have them: nobody could know that there was nothing before.
          const rest = seen.slice(old.length + 1);
          expect(rest).toEqual(fresh.slice(fresh.length - rest.length));
          numbersSeen += seen.length - 1;
          numbersInGaps += fresh.length - rest.length;
        }
      }
      const connections = followers.reduce((sum, follower) => sum + follower.connections, 0);
      report(
        `${CLIENTS} clients on three nodes, ${counts.cuts} connections cut, ${counts.stalls} stalled, ${counts.kills} nodes killed, ` +
          `${connections - CLIENTS} returns, ${publisher.repeated} publishes repeated; ${seconds(atMs - startedAtMs)}, with Redis lost ` +
          `${seconds(performance.now() - startedAtMs)}: ${numbersSeen} numbers seen, none twice, none missing but ${numbersInGaps} in ` +
          `${2 * CLIENTS} gaps that were due`,
      );
    } finally {
      await world.stop();
    }
  },
  20 * PATIENCE_MS,
);
