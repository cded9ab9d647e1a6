import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ChannelName } from "@usher/protocol";
import {
  hasRedis,
  startRedis,
  startRedisCluster,
  startRedisSentinel,
  until,
} from "../../../../../tests/support/redis.ts";
import { ClusterNames } from "../link/cluster-names.ts";
import { openTestLink } from "../link/testing/test-link.ts";
import type { PlaceRef } from "./place-store.ts";
import { RedisPlaceStore } from "./redis-place-store.ts";
import { describePlaceStore, type StoreBench, type StoreNode } from "./testing/place-store-suite.ts";

/** Long enough for what a test does under a lease, and short enough to see it end. */
const SHORT_LEASE_MS = 2_000;
const LEASE_MS = 10_000;

let benches = 0;

/** A bench of its own in a Redis that others use, too. */
function benchIn(url: string, lease: "short" | "usual" = "usual"): StoreBench {
  const leaseMs = lease === "short" ? SHORT_LEASE_MS : LEASE_MS;
  const prefix = `test-${++benches}`;
  const names = new ClusterNames(prefix);
  const links: AsyncDisposable[] = [];
  return {
    connect: async () => {
      const heard: StoreNode["heard"] = [];
      const node = await openTestLink(url, {
        prefix,
        onMessage: (topic, text, head) => {
          const ref = names.parsePlace(topic);
          const message = store?.readMessage(text, head);
          if (ref && message) heard.push({ ref, message });
        },
      });
      const store = new RedisPlaceStore({ link: node.link, names, leaseMs });
      links.push(node);
      return { store, heard };
    },
    until,
    close: async () => {
      for (const link of links) await link[Symbol.asyncDispose]();
    },
  };
}

describe.skipIf(!hasRedis)("in Redis", () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.remove());

  describePlaceStore("the place store on one Redis", async (lease) => benchIn(redis.url, lease));

  test("clusters with different prefixes on one Redis know nothing of each other", async () => {
    const [one, two] = [benchIn(redis.url), benchIn(redis.url)];
    const [a, b] = [await one.connect(), await two.connect()];
    await a.store.renew("a.1", ABOUT);
    expect((await b.store.renew("b.1", ABOUT)).alive).toEqual(["b.1"]);
    await b.store.open(ROOM);
    await a.store.claim(ROOM, "a.1", { serial: 1, ...ONE });
    expect((await b.store.look([ROOM]))[0]?.claims.size).toBe(0);
    expect(await b.store.channelsOf("3")).toEqual([]);
    expect(b.heard).toEqual([]);
    await Promise.all([one.close(), two.close()]);
  });

  test("who learns that it is dead is reaped once more, whatever it has claimed meanwhile", async () => {
    const bench = benchIn(redis.url, "short");
    const [a, b] = [await bench.connect(), await bench.connect()];
    await a.store.renew("a.1", ABOUT);
    const unreaped = async () => (await b.store.renew("b.1", ABOUT)).unreaped;
    await until(async () => (await unreaped()).includes("a.1"));
    expect(await b.store.reap("a.1", "b.1", [])).toEqual({ places: [], hasMore: false });
    expect(await unreaped()).toEqual([]);
    expect((await a.store.renew("a.1", ABOUT)).standing).toBe("fenced");
    expect(await unreaped()).toEqual(["a.1"]);
    await bench.close();
  });

  test("nothing is left of a place that nobody claims, but the last change for a while", async () => {
    const bench = benchIn(redis.url);
    const { store } = await bench.connect();
    await store.renew("a.1", ABOUT);
    const before = new Set((await redis.run("KEYS", `test-${benches}:*`)) as string[]);
    await store.claim(ROOM, "a.1", { serial: 1, ...ONE, set: [["ada", null]] });
    await store.claim(ROOM, "a.1", { serial: 2, ...ONE, isFull: true, subscriptions: 0 });
    const keys = ((await redis.run("KEYS", `test-${benches}:*`)) as string[]).filter(
      (key) => !before.has(key),
    );
    expect(keys.toSorted()).toEqual([
      `test-${benches}:{3/c/room}:last/a.1`,
      `test-${benches}:{claims/a.1}:sets`,
    ]);
    for (const key of keys) expect(Number(await redis.run("PTTL", key))).toBeGreaterThan(0);
    await bench.close();
  });
});

describe.skipIf(!hasRedis)("after an outage of Redis", () => {
  test("nobody is judged for the time that Redis was away, and a Redis without memory registers everybody anew", async () => {
    const redis = await startRedis();
    const bench = benchIn(redis.url);
    const a = await bench.connect();
    await a.store.renew("a.1", ABOUT);
    await a.store.claim(ROOM, "a.1", { serial: 1, ...ONE });
    await redis.kill();
    await expect(a.store.claim(ROOM, "a.1", { serial: 2, ...ONE })).rejects.toMatchObject({
      name: "LinkError",
    });
    await redis.start();
    await until(
      async () => (await a.store.renew("a.1", ABOUT).catch(() => undefined))?.standing === "registered",
    );
    await a.store.claim(ROOM, "a.1", { serial: 3, ...ONE });
    expect(await a.store.channelsOf("3")).toEqual(["room" as ChannelName]);
    await bench.close();
    await redis.remove();
  });
});

describe.skipIf(!hasRedis)("in a Redis Cluster", () => {
  let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 30_000);
  afterAll(() => cluster.remove());

  describePlaceStore("the place store on three masters", async (lease) => benchIn(cluster.url, lease));
});

describe.skipIf(!hasRedis)("with Sentinel", () => {
  test("claims and leases outlive the master", async () => {
    const group = await startRedisSentinel();
    const bench = benchIn(group.url);
    const a = await bench.connect();
    const b = await bench.connect();
    await a.store.renew("a.1", ABOUT);
    await b.store.renew("b.1", ABOUT);
    const before = await a.store.claim(ROOM, "a.1", { serial: 1, ...ONE });
    await group.master.run("WAIT", "1", "5000");
    await group.master.kill();
    await until(async () => (await b.store.open(ROOM).catch(() => undefined)) !== undefined, 30_000);
    await until(
      async () => (await a.store.renew("a.1", ABOUT).catch(() => undefined))?.standing === "renewed",
      30_000,
    );
    const after = await a.store.claim(ROOM, "a.1", { serial: 2, ...ONE, subscriptions: 4 });
    expect(after.version).toBe(before.version + 1);
    await until(() => b.heard.length === 1);
    expect((await b.store.open(ROOM)).claims.get("a.1")?.subscriptions).toBe(4);
    await bench.close();
    await group.remove();
  }, 60_000);
});

const ABOUT = { name: "host:1", version: "1" };
const ROOM: PlaceRef = { appId: "3", place: { kind: "channel", channel: "room" as ChannelName } };
const ONE = { isFull: false, subscriptions: 1, set: [], gone: [] } as const;
