import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Usher } from "@usher/sdk";
import { Api } from "../support/api.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { FaultyProxy } from "../support/faulty-proxy.ts";
import { hasPostgres } from "../support/postgres.ts";
import { hasRedis } from "../support/redis.ts";
import { report, seconds } from "../support/report.ts";
import { TEST_APP, type TestServer } from "../support/server.ts";
import { type Frame, TestSocket } from "../support/socket.ts";
import { eventually } from "../support/time-limit.ts";
import { LosingBalancer } from "./losing-balancer.ts";

setDefaultTimeout(60_000);

const CHANNEL = "orders";
const PARAMS = { info: "subscription_count" };

describe.skipIf(!hasPostgres || !hasRedis)("an event whose first answer is lost, sent by @usher/sdk", () => {
  let cluster: TestCluster;
  let redisProxy: FaultyProxy;
  let balancer: LosingBalancer;
  let usher: Usher;
  let sockets: TestSocket[];
  /** On a node that lives through the test. */
  let subscriber: TestSocket;

  beforeEach(async () => {
    sockets = [];
    cluster = await startCluster(0, { settings: { subscription_counting: true } });
    redisProxy = await FaultyProxy.start(cluster.redis.port);
    // The first one is what fails.
    await cluster.add({ env: { USHER_REDIS_URL: `redis://127.0.0.1:${redisProxy.port}` } });
    await Promise.all([cluster.add(), cluster.add()]);
    balancer = await LosingBalancer.start(cluster.nodes);
    const { id: appId, key, secret } = TEST_APP;
    usher = new Usher({ appId, key, secret, host: balancer.host, port: balancer.port, useTLS: false });
    subscriber = await subscribe(1);
    // From its answers the library learns that keys are minded; and the next request is the first node's.
    for (const n of [1, 2, 3]) await usher.trigger(CHANNEL, "before", n);
    for (const _ of [1, 2, 3]) await hears("before");
  });

  afterEach(async () => {
    await Promise.all(sockets.map((socket) => socket.close()));
    balancer.stop();
    await cluster.stop();
    redisProxy.stop();
  });

  async function subscribe(index: number): Promise<TestSocket> {
    const { host, port } = cluster.nodes[index] as TestServer;
    const socket = new TestSocket(`ws://${host}:${port}/app/${TEST_APP.key}?protocol=7`, TEST_APP);
    sockets.push(socket);
    await socket.established();
    await socket.join(CHANNEL);
    return socket;
  }

  /** The next event of this name; counts come as well. */
  async function hears(name: string): Promise<Frame> {
    for (;;) {
      const frame = await subscriber.next();
      if (frame.event === name) return frame;
    }
  }

  /** It came once, and nothing came after it. */
  async function isOnce(data: string): Promise<void> {
    expect(await hears("shipped")).toMatchObject({ data });
    // What else the nodes that live had to send came before this.
    for (const { host, port } of cluster.nodes.slice(1)) {
      const api = new Api(`http://${host}:${port}`, TEST_APP);
      await api.trigger({ name: "last", data: "{}", channels: [CHANNEL] });
      for (let name = ""; name !== "last"; ) {
        name = (await subscriber.next()).event;
        expect(name).not.toBe("shipped");
      }
    }
  }

  /** Which nodes the request went to, by their place in the list. */
  const passedTo = () => balancer.passedTo.slice(3).map((node) => cluster.nodes.indexOf(node));

  test("is delivered once when the next node gets the repeat, which is answered as the first was", async () => {
    let first = "";
    balancer.loseNext(async (_, answer) => {
      first = await answer;
      // By now the count is another one.
      await subscribe(2);
      await cluster.settle();
    });
    const answer = await usher.trigger(CHANNEL, "shipped", { n: 1 }, PARAMS);
    expect(passedTo()).toEqual([0, 1]);
    expect(answer.headers.get("idempotency-key")).toBe("honoured");
    expect(await answer.text()).toBe(first);
    expect(JSON.parse(first)).toEqual({ channels: { [CHANNEL]: { subscription_count: 1 } } });
    await isOnce('{"n":1}');
  });

  test("is delivered once when its node died after answering", async () => {
    let first = "";
    balancer.loseNext(async (node, answer) => {
      first = await answer;
      node.signal("SIGKILL");
      await node.exited;
    });
    const answer = await usher.trigger(CHANNEL, "shipped", { n: 2 }, PARAMS);
    expect(passedTo()).toEqual([0, 1]);
    expect(await answer.text()).toBe(first);
    await isOnce('{"n":2}');
  });

  test("is delivered by the repeat when its node died with the key claimed and the event not sent", async () => {
    const startedAtMs = performance.now();
    const keysInRedis = async () => (await cluster.redis.run("KEYS", "*{publish/*")) as string[];
    const before = new Set(await keysInRedis());
    balancer.loseNext(async (node) => {
      await eventually(keysInRedis, (keys) => keys.some((key) => !before.has(key)));
      node.signal("SIGKILL");
      await node.exited;
    });
    // The claim arrives, and the node does not hear of it.
    redisProxy.swallow("server");
    const answer = await usher.trigger(CHANNEL, "shipped", { n: 3 }, PARAMS);
    expect(await answer.json()).toEqual({ channels: { [CHANNEL]: { subscription_count: 1 } } });
    // How often it was told that the key is pending depends on how soon it was there.
    expect(passedTo()).toEqual([0, 1, 2].slice(0, passedTo().length));
    report(`a key claimed by a node that died: taken over ${seconds(performance.now() - startedAtMs)} after`);
    await isOnce('{"n":3}');
  });
});
