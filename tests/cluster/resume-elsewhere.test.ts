import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { resume } from "@usher/pusher-js";
import Pusher, { type Channel } from "pusher-js";
import { eventOf, subscribed } from "../clients/events.ts";
import { TcpProxy } from "../clients/tcp-proxy.ts";
import { Random } from "../endurance/random.ts";
import { Api } from "../support/api.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { metricsOf } from "../support/metrics.ts";
import { hasPostgres } from "../support/postgres.ts";
import { hasRedis, startRedis, type TestRedis } from "../support/redis.ts";
import { report } from "../support/report.ts";
import { TEST_APP, type TestServer } from "../support/server.ts";
import { eventually, within } from "../support/time-limit.ts";

setDefaultTimeout(120_000);

const CLIENTS = 20;
const EVENTS = 300;
const EVENTS_PER_MOVE = 30;
const PACE_MS = 15;
const CHANNEL = "kept-numbers";
const SETTINGS = { history_prefixes: ["kept-"], history_events: 10_000, history_seconds: 600 };

interface Follower {
  readonly client: Pusher;
  readonly channel: Channel;
  /** Numbers, and the reasons of gaps. */
  readonly seen: (number | string)[];
}

describe.skipIf(!hasPostgres || !hasRedis)("clients that come back on another node", () => {
  let redis: TestRedis;
  let cluster: TestCluster;
  let publisher: Api;
  let proxy: TcpProxy;
  let followers: readonly Follower[];

  beforeEach(async () => {
    redis = await startRedis();
    cluster = await startCluster(3, { redis, settings: SETTINGS });
    const { host, port } = nodeAt(2);
    publisher = new Api(`http://${host}:${port}`, TEST_APP);
    proxy = await TcpProxy.start(nodeAt(0).port);
    followers = await Promise.all(Array.from({ length: CLIENTS }, () => follow(proxy)));
  });

  afterEach(async () => {
    for (const { client } of followers) client.disconnect();
    proxy.stop();
    for (const node of cluster.nodes) node.signal("SIGKILL");
    await cluster.stop();
    await redis.remove();
  });

  function nodeAt(index: number): TestServer {
    const node = cluster.nodes[index];
    if (!node) throw new Error(`there is no node ${index}`);
    return node;
  }

  async function publish(from: number, to: number): Promise<void> {
    for (let n = from; n <= to; n++) {
      await publisher.trigger({ name: "n", data: String(n), channels: [CHANNEL] });
    }
  }

  async function allReach(number: number): Promise<void> {
    await Promise.all(followers.map((follower) => reached(follower, number)));
  }

  test("have every event once and in order, also when their node is killed", async () => {
    const random = new Random(11);
    let moves = 0;
    for (let n = 1; n <= EVENTS; n++) {
      await publish(n, n);
      await Bun.sleep(PACE_MS);
      if (n % EVENTS_PER_MOVE !== 0) continue;
      // The first one is killed on the way, and the others take over whom it had.
      if (n === EVENTS / 2) nodeAt(0).signal("SIGKILL");
      const others = n < EVENTS / 2 ? [0, 1] : [1, 2];
      proxy.retarget(nodeAt(random.pick(others)).port);
      moves += proxy.cut(() => random.chance(0.5));
    }
    await allReach(EVENTS);
    for (const { seen } of followers) expect(seen).toEqual(numbers(1, EVENTS));
    report(
      `${CLIENTS} clients moved ${moves} times between nodes: all saw ${EVENTS} events once and in order`,
    );
  });

  test("hear of one gap when Redis has lost its memory, those that stay and those that move", async () => {
    await publish(1, 10);
    await allReach(10);
    await redis.kill();
    await redis.start();
    await eventually(
      () => Promise.all(cluster.nodes.map(metricsOf)),
      (all) => all.every((metrics) => metrics.get("usher_cluster_up") === 1),
    );
    const moving = followers.filter((_, index) => index % 2 === 0);
    const back = moving.map(gapOf);
    let turn = 0;
    proxy.retarget(nodeAt(1).port);
    proxy.cut(() => turn++ % 2 === 0);
    await publish(11, 20);
    await Promise.all(back);
    await publish(21, 25);
    await allReach(25);
    for (const [index, { seen }] of followers.entries()) {
      const gap = seen.indexOf("epoch_changed");
      expect(seen.slice(0, gap)).toEqual(numbers(1, 10));
      const next = Number(seen[gap + 1]);
      // Whoever stayed has heard what came after it.
      if (index % 2 === 1) expect(next).toBe(11);
      expect(seen.slice(gap + 1)).toEqual(numbers(next, 25));
    }
  });
});

async function follow(proxy: TcpProxy): Promise<Follower> {
  const client = new Pusher(TEST_APP.key, {
    cluster: "",
    wsHost: proxy.host,
    wsPort: proxy.port,
    forceTLS: false,
    enabledTransports: ["ws", "wss"],
  });
  resume(client, { backOff: { maxMs: 500 } });
  const channel = client.subscribe(CHANNEL);
  const follower: Follower = { client, channel, seen: [] };
  channel.bind("n", (n: number) => follower.seen.push(n));
  channel.bind("usher:gap", ({ reason }: { reason: string }) => follower.seen.push(reason));
  await subscribed(channel);
  return follower;
}

/** Resolves once it has heard of a gap, which may have been before it moves. */
async function gapOf({ channel, seen }: Follower): Promise<void> {
  if (!seen.includes("epoch_changed")) await eventOf(channel, "usher:gap", 30_000);
}

function reached({ channel, seen }: Follower, number: number): Promise<void> {
  const arrived = new Promise<void>((resolve) => {
    if (seen.includes(number)) resolve();
    channel.bind("n", (n: number) => n === number && resolve());
  });
  return within(30_000, arrived, () => `no ${number}; the last were ${seen.slice(-3).join(", ")}`);
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}
