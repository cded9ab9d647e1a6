import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  hasRedis,
  startRedis,
  startRedisCluster,
  startRedisSentinel,
  type TestRedis,
  until,
} from "../../../../../tests/support/redis.ts";
import { StartError } from "../../start-error.ts";
import { defineScript } from "./script.ts";
import { signMessage } from "./sign-message.ts";
import { startStallingProxy } from "./testing/stalling-proxy.ts";
import { openTestLink, TEST_KEY } from "./testing/test-link.ts";

const TOPIC = "usher:{3/c/room}";

describe.skipIf(!hasRedis)("one Redis", () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.remove());

  test("what is sent to a topic arrives at every node that listens, in order, the sender included", async () => {
    await using one = await openTestLink(redis.url);
    await using two = await openTestLink(redis.url);
    await using deaf = await openTestLink(redis.url);
    await Promise.all([one, two].map(({ link }) => link.listen(TOPIC)));
    const messages = Array.from({ length: 500 }, (_, index) => `message ${index}`);
    await Promise.all(messages.map((message) => one.link.send(TOPIC, message)));
    await until(() => two.heard.length === 500 && one.heard.length === 500);
    expect(two.heard).toEqual(messages.map((message) => `${TOPIC} ${message}`));
    expect(one.heard).toEqual(two.heard);
    expect(deaf.heard).toEqual([]);
    expect(one.meters.messages).toEqual({ in: 500, out: 500 });
  });

  test("listening resolves once messages arrive, however often a topic is left and joined", async () => {
    await using one = await openTestLink(redis.url);
    await using two = await openTestLink(redis.url);
    for (let round = 0; round < 50; round++) {
      void one.link.listen(TOPIC);
      void one.link.unlisten(TOPIC);
      await one.link.listen(TOPIC);
      const before = one.heard.length;
      await two.link.send(TOPIC, `round ${round}`);
      await until(() => one.heard.length > before);
      await one.link.unlisten(TOPIC);
    }
    expect(one.heard).toHaveLength(50);
  });

  test("scripts run, also after Redis has forgotten them, and what they publish arrives with its head", async () => {
    await using one = await openTestLink(redis.url);
    await one.link.listen(TOPIC);
    const script = defineScript("return redis.call('SPUBLISH', KEYS[1], '@7 ' .. ARGV[1])");
    const args = [one.link.sign(TOPIC, "from a script")];
    expect(await one.link.run(script, [TOPIC], args)).toBe(1);
    await redis.run("SCRIPT", "FLUSH");
    await one.link.run(script, [TOPIC], args);
    await until(() => one.heard.length === 2);
    expect(one.heard).toEqual([`@7 ${TOPIC} from a script`, `@7 ${TOPIC} from a script`]);
  });

  test("a script that fails says so and costs nothing else", async () => {
    await using one = await openTestLink(redis.url);
    const script = defineScript("return redis.call('GET')");
    await expect(one.link.run(script, [TOPIC], [])).rejects.toMatchObject({ code: "redis_failed" });
    expect(one.link.isUp).toBe(true);
    expect(one.outages.downs).toBe(0);
  });

  test("messages that no node has signed are dropped and counted", async () => {
    await using one = await openTestLink(redis.url);
    await one.link.listen(TOPIC);
    const forged = [
      "{}",
      signMessage(Buffer.alloc(32, 2), TOPIC, "{}"),
      signMessage(TEST_KEY, "usher:{3/c/x}", "{}"),
    ];
    for (const text of forged) await redis.run("SPUBLISH", TOPIC, text);
    await one.link.send(TOPIC, "real");
    await until(() => one.heard.length > 0);
    expect(one.heard).toEqual([`${TOPIC} real`]);
    expect(one.meters.dropped).toEqual(new Map([["unsigned", 3]]));
  });

  test("a message that nobody can handle does not keep the next from arriving", async () => {
    await using one = await openTestLink(redis.url, {
      onMessage: (_, message) => {
        if (message === "bad") throw new Error("cannot be handled");
      },
    });
    await one.link.listen(TOPIC);
    await one.link.send(TOPIC, "bad");
    await one.link.send(TOPIC, "good");
    await until(() => one.heard.length === 2);
    expect(one.outages.downs).toBe(0);
  });
});

describe.skipIf(!hasRedis)("an outage", () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.remove());

  test("begins at once when Redis is killed: everything rejects; it ends with every topic listened to again", async () => {
    await using one = await openTestLink(redis.url);
    await using two = await openTestLink(redis.url);
    const topics = Array.from({ length: 1_200 }, (_, index) => `usher:{3/c/room-${index}}`);
    await Promise.all(topics.map((topic) => one.link.listen(topic)));
    await one.link.unlisten(topics[0] ?? "");
    await redis.kill();
    await until(() => !one.link.isUp && !two.link.isUp);
    const attempts = [
      one.link.send(TOPIC, "x"),
      one.link.listen(TOPIC),
      one.link.command(TOPIC, ["GET", TOPIC]),
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: "redis_down" });
    await one.link.unlisten(topics[1] ?? "");
    await redis.start();
    await until(() => one.outages.ups === 1 && two.outages.ups === 1);
    await Promise.all(topics.map((topic) => two.link.send(topic, "x")));
    await until(() => one.heard.length >= topics.length - 2);
    expect(one.heard).toEqual(topics.slice(2).map((topic) => `${topic} x`));
    expect(one.outages).toEqual({ downs: 1, ups: 1 });
    expect(one.meters.reconnects).toBe(1);
    expect(one.link.generation).toBe(2);
  });

  test("what was under way when a connection was lost rejects", async () => {
    await using one = await openTestLink(redis.url);
    redis.pause();
    const rejected = one.link.send(TOPIC, "x").catch((error: unknown) => error);
    await redis.kill();
    expect(await rejected).toMatchObject({ name: "LinkError" });
    await redis.start();
    await until(() => one.link.isUp);
  });

  test("a subscription that has become deaf is noticed and made anew", async () => {
    const proxy = await startStallingProxy(redis.port);
    await using one = await openTestLink(`redis://127.0.0.1:${proxy.port}`, { echoIntervalMs: 20 });
    await using two = await openTestLink(redis.url);
    await one.link.listen(TOPIC);
    proxy.deafen();
    await until(() => one.outages.ups === 1);
    await two.link.send(TOPIC, "x");
    await until(() => one.heard.length === 1);
    proxy.close();
  });

  test("a Redis that has become silent is one that is gone, and what was asked of it settles", async () => {
    const proxy = await startStallingProxy(redis.port);
    await using one = await openTestLink(`redis://127.0.0.1:${proxy.port}`, { echoIntervalMs: 20 });
    proxy.stall();
    await expect(one.link.send(TOPIC, "x")).rejects.toMatchObject({ code: "redis_down" });
    expect(one.outages.downs).toBe(1);
    proxy.heal();
    await until(() => one.outages.ups === 1);
    await one.link.send(TOPIC, "x");
    proxy.close();
  });
});

describe.skipIf(!hasRedis)("the start", () => {
  async function refusal(url: string): Promise<unknown> {
    try {
      const { link } = await openTestLink(url, { startTimeoutMs: 0 });
      await link.stop();
      return undefined;
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      expect(error.hint.endsWith(".")).toBe(true);
      expect(error.message).not.toContain("secret");
      return error.code;
    }
  }

  test("waits for a Redis that is not there yet", async () => {
    const redis = await startRedis();
    await redis.kill();
    const opening = openTestLink(redis.url);
    await redis.start();
    await using one = await opening;
    expect(one.link.isUp).toBe(true);
    await redis.remove();
  });

  test("says what is wrong", async () => {
    const redis = await startRedis([
      "requirepass secret",
      "user limited on >secret ~usher:* resetchannels +@all -ssubscribe",
      "user documented on >secret resetkeys ~usher:* resetchannels &usher:* -@all +@connection +@pubsub +@scripting +@read +@write +time +info +cluster|slots",
    ]);
    const at = (user: string) => refusal(`redis://${user}@127.0.0.1:${redis.port}`);
    expect(await at(":secret")).toBeUndefined();
    expect(await at("documented:secret")).toBeUndefined();
    expect(await at(":wrong-secret")).toBe("redis_authentication_failed");
    expect(await at("limited:secret")).toBe("redis_not_permitted");
    expect(await refusal(redis.url)).toBe("redis_authentication_failed");
    expect(await refusal(`redis+cluster://:secret@127.0.0.1:${redis.port}`)).toBe("redis_is_no_cluster");
    expect(await refusal(`rediss://:secret@127.0.0.1:${redis.port}`)).toBeOneOf([
      "redis_tls_failed",
      "redis_unreachable",
    ]);
    await redis.remove();
    expect(await refusal(redis.url)).toBe("redis_unreachable");
  }, 30_000);

  test("says that a Redis is too old to have sharded topics", async () => {
    const redis = await startRedis(["rename-command SSUBSCRIBE nothing"]);
    expect(await refusal(redis.url)).toBe("redis_too_old");
    await redis.remove();
  });

  test("says that a Redis is a replica", async () => {
    const master = await startRedis();
    const replica = await startRedis([`replicaof 127.0.0.1 ${master.port}`]);
    expect(await refusal(replica.url)).toBe("redis_read_only");
    await Promise.all([master.remove(), replica.remove()]);
  });
});

describe.skipIf(!hasRedis)("a Redis Cluster", () => {
  test("carries the topics of every shard, notices slots that move, and outlives a master that is restarted", async () => {
    const cluster = await startRedisCluster();
    await using one = await openTestLink(cluster.url, { echoIntervalMs: 20 });
    await using two = await openTestLink(cluster.url);
    const topics = Array.from({ length: 300 }, (_, index) => `usher:{3/c/room-${index}}`);
    const talk = async () => {
      one.heard.length = 0;
      await Promise.all(topics.map((topic) => two.link.send(topic, "x")));
      await until(() => one.heard.length >= topics.length);
      expect(one.heard.toSorted()).toEqual(topics.map((topic) => `${topic} x`).toSorted());
    };
    await Promise.all(topics.map((topic) => one.link.listen(topic)));
    await talk();

    await cluster.moveSlot(topics[0] ?? "");
    await until(() => one.outages.ups === 1);
    await until(async () => {
      await two.link.command(topics[0] ?? "", ["GET", topics[0] ?? ""]).catch(() => {});
      return two.outages.ups === 1 && two.link.isUp;
    });
    await talk();

    const [, second] = cluster.nodes;
    await second?.kill();
    await until(() => !one.link.isUp);
    await second?.start();
    await until(() => one.link.isUp && two.link.isUp, 30_000);
    await talk();
    await cluster.remove();
  }, 60_000);

  test("is named as such to whoever takes it for a single Redis", async () => {
    const cluster = await startRedisCluster();
    const single = openTestLink(cluster.nodes[0]?.url ?? "", { startTimeoutMs: 0 });
    await expect(single).rejects.toMatchObject({ code: "redis_is_cluster" });
    await cluster.remove();
  }, 30_000);
});

describe.skipIf(!hasRedis)("Sentinel", () => {
  test("says where the master is, also after another has taken its place", async () => {
    const group = await startRedisSentinel();
    await expect(
      openTestLink(`redis://127.0.0.1:${group.sentinel.port}`, { startTimeoutMs: 0 }),
    ).rejects.toMatchObject({
      code: "redis_is_sentinel",
    });
    const unknown = group.url.replace("/main", "/other");
    await expect(openTestLink(unknown, { startTimeoutMs: 0 })).rejects.toMatchObject({
      code: "redis_master_unknown",
    });
    await using one = await openTestLink(group.url);
    await one.link.listen(TOPIC);
    await group.master.kill();
    await until(() => one.outages.ups === 1, 30_000);
    await one.link.send(TOPIC, "x");
    await until(() => one.heard.length === 1);
    await group.remove();
  }, 60_000);
});
