import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import type { Position } from "@usher/hub";
import {
  hasRedis,
  startRedis,
  startRedisCluster,
  startRedisSentinel,
  type TestRedis,
  until,
} from "../../../../../tests/support/redis.ts";
import { channelRef, EventsNode, eventOn } from "./testing/events-node.ts";

const BOUNDS = { events: 100, seconds: 60 };
const KEEP = { cacheForMs: undefined, history: BOUNDS };

let redis: TestRedis;
let nodes: EventsNode[] = [];

beforeAll(async () => {
  if (hasRedis) redis = await startRedis();
});

afterEach(async () => {
  await Promise.all(nodes.map(({ link }) => link.stop()));
  nodes = [];
});

afterAll(() => redis?.remove());

async function openNodes(
  count: number,
  { bounds = BOUNDS, url = redis.url }: { bounds?: typeof BOUNDS | null; url?: string } = {},
): Promise<EventsNode[]> {
  const prefix = `test-${randomBytes(6).toString("hex")}`;
  const opened = await Promise.all(
    Array.from({ length: count }, () => EventsNode.open(url, { prefix, bounds: bounds ?? undefined })),
  );
  nodes.push(...opened);
  return opened;
}

async function openNode(options: Parameters<typeof openNodes>[1] = {}): Promise<EventsNode> {
  const [node] = await openNodes(1, options);
  return node as EventsNode;
}

const dataOf = (node: EventsNode) => node.delivered.map(({ data }) => data);
const serialsOf = (node: EventsNode) => node.delivered.map(({ position }) => position.serial);

describe.if(hasRedis)("events that a cluster shares", () => {
  test("three nodes deliver what three publish at once in one order, the sender's own included", async () => {
    const ref = channelRef("private-room");
    const three = await openNodes(3);
    await Promise.all(three.map((node) => node.open(ref)));
    const publishes = three.flatMap((node, index) =>
      Array.from({ length: 200 }, (_, number) =>
        node.delivery.publish(ref, eventOn(ref, `${index}-${number}`)),
      ),
    );
    await Promise.all(publishes);
    await until(() => three.every(({ delivered }) => delivered.length === 600));
    const [first, ...others] = three;
    expect(serialsOf(first as EventsNode)).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
    for (const other of others) expect(other.delivered).toEqual((first as EventsNode).delivered);
    expect(new Set(dataOf(first as EventsNode)).size).toBe(600);
  });

  test("a node that opens the channel meanwhile has every event once, in its copy or after it", async () => {
    const ref = channelRef("private-room");
    const [sender, late] = (await openNodes(2, { bounds: { events: 1_000, seconds: 60 } })) as [
      EventsNode,
      EventsNode,
    ];
    const publishes = Array.from({ length: 300 }, (_, number) =>
      sender.delivery.publish(ref, eventOn(ref, String(number))),
    );
    const { history } = await late.open(ref);
    await Promise.all(publishes);
    const copied = history?.events.map(({ message }) => message.data) ?? [];
    await until(() => copied.length + late.delivered.length === 300);
    expect([...copied, ...dataOf(late)]).toEqual(Array.from({ length: 300 }, (_, number) => String(number)));
  });

  test("a copy has what is kept, and where the channel stands", async () => {
    const ref = channelRef("private-cache-room");
    const node = await openNode({ bounds: { events: 2, seconds: 60 } });
    const keep = { cacheForMs: 60_000, history: { events: 2, seconds: 60 } };
    for (const data of ["1", "2", "3"]) await node.events.publish(ref, eventOn(ref, data), keep);
    const { position, cached, history } = await node.events.openCopy(ref, keep.history);
    expect(cached?.message).toEqual({ kind: "event", event: "e", channel: "private-cache-room", data: "3" });
    expect(cached?.expiresAtMs).toBeGreaterThan(Date.now() + 50_000);
    expect(history).toMatchObject({ ...position, serial: 3, lastLoss: "too_many" });
    expect(history?.events.map(({ serial, message }) => [serial, message.data])).toEqual([
      [2, "2"],
      [3, "3"],
    ]);
    expect(Math.abs((history?.events[0]?.atMs ?? 0) - Date.now())).toBeLessThan(10_000);
    expect((await node.events.readCached(ref))?.message.data).toBe("3");
    expect(await node.events.readCached(channelRef("cache-other"))).toBeUndefined();
  });

  test("pages begin behind a serial", async () => {
    const ref = channelRef("room");
    const node = await openNode();
    for (const data of ["1", "2", "3", "4"]) await node.events.publish(ref, eventOn(ref, data), KEEP);
    const page = await node.events.readHistory(ref, BOUNDS, 1, 2);
    expect(page).toMatchObject({ firstSerial: 1, position: { serial: 4 } });
    expect(page.events.map(({ serial }) => serial)).toEqual([2, 3]);
    expect((await node.events.readHistory(ref, BOUNDS, 4, 2)).events).toEqual([]);
    // Asking for what nobody has used writes nothing.
    const other = channelRef("other");
    expect(await node.events.readHistory(other, BOUNDS, 0, 10)).toMatchObject({
      firstSerial: 1,
      position: { serial: 0 },
      events: [],
    });
    expect(await redis.run("EXISTS", `${node.names.place(other)}:position`)).toBe(0);
  });

  test("what has become too old is not read, and goes before it is twice as old", async () => {
    const ref = channelRef("room");
    const brief = { events: 100, seconds: 1 };
    const keep = { cacheForMs: undefined, history: brief };
    const node = await openNode({ bounds: brief });
    const publish = (data: string) => node.events.publish(ref, eventOn(ref, data), keep);
    const stream = `${node.names.place(ref)}:history`;
    const { epoch } = await publish("1");
    await publish("2");
    const [id] = ((await redis.run("XREVRANGE", stream, "+", "-", "COUNT", "1")) as [[string]])[0];
    const sentAtMs = Number(id.split("-")[1]);
    await until(() => Date.now() > sentAtMs + 1_050);
    expect((await node.events.openCopy(ref, brief)).history).toEqual({
      epoch,
      serial: 2,
      events: [],
      lastLoss: "too_old",
    });
    await publish("3");
    const page = await node.events.readHistory(ref, brief, 0, 100);
    expect([page.firstSerial, page.events.map(({ serial }) => serial)]).toEqual([3, [3]]);
    expect(Number(await redis.run("PTTL", stream))).toBeGreaterThan(1_500);
    await until(() => Date.now() > sentAtMs + 2_150);
    await publish("4");
    expect(await redis.run("XLEN", stream)).toBe(2);
  });

  test("everything expires, the position long after the events", async () => {
    const ref = channelRef("cache-room");
    const node = await openNode();
    await node.events.publish(ref, eventOn(ref, "1", true), { cacheForMs: 5_000, history: BOUNDS });
    const keys = ["cached", "history", "position"].map((name) => `${node.names.place(ref)}:${name}`);
    const lifetimes = await Promise.all(keys.map((key) => redis.run("PTTL", key)));
    expect(lifetimes.map((ms) => Math.ceil(Number(ms) / 1_000))).toEqual([5, 120, 86_460]);
    // Whoever missed nothing is told so even when all that it has seen is gone.
    const before = (await node.events.openCopy(ref, BOUNDS)).position;
    await redis.run("DEL", ...keys.slice(0, 2));
    expect(await node.events.openCopy(ref, BOUNDS)).toMatchObject({
      position: before,
      cached: null,
      history: { events: [], lastLoss: "too_old" },
    });
  });

  test("a cache channel without a history is in order as well, and leaves no stream", async () => {
    const ref = channelRef("cache-room");
    const [one, two] = (await openNodes(2, { bounds: null })) as [EventsNode, EventsNode];
    expect(await one.open(ref)).toEqual({ cached: null });
    await Promise.all(
      [one, two].flatMap((node, index) =>
        [1, 2, 3].map((number) => node.delivery.publish(ref, eventOn(ref, `${index}-${number}`, true))),
      ),
    );
    await until(() => one.delivered.length === 6);
    expect((await two.open(ref)).cached?.message.data).toBe(dataOf(one).at(-1) as string);
    await one.delivery.publish(ref, eventOn(ref, "last", true));
    await until(() => two.delivered.length === 1);
    expect(dataOf(two)).toEqual(["last"]);
    expect(await redis.run("EXISTS", `${one.names.place(ref)}:history`)).toBe(0);
  });

  test("a node that was deaf reads what it missed, before what comes next", async () => {
    const ref = channelRef("room");
    const [sender, node] = (await openNodes(2)) as [EventsNode, EventsNode];
    await node.open(ref);
    const publish = (data: string) => sender.delivery.publish(ref, eventOn(ref, data));
    await publish("1");
    await until(() => node.delivered.length === 1);
    node.isDeaf = true;
    for (const data of ["2", "3", "4"]) await publish(data);
    // What was sent before a message to itself has arrived by then.
    await node.link.listen(node.names.node("n"));
    node.isDeaf = false;
    await publish("5");
    await until(() => node.delivered.length === 5);
    expect(dataOf(node)).toEqual(["1", "2", "3", "4", "5"]);
  });

  test("a node whose subscription comes back reads what it missed although nothing comes next", async () => {
    const ref = channelRef("cache-room");
    const [sender, node] = (await openNodes(2)) as [EventsNode, EventsNode];
    await node.open(ref);
    await sender.delivery.publish(ref, eventOn(ref, "1"));
    await until(() => node.delivered.length === 1);
    await node.link.unlisten(node.names.place(ref));
    for (const data of ["2", "3"]) await sender.delivery.publish(ref, eventOn(ref, data, true));
    expect(await node.open(ref, false)).toMatchObject({ cached: { message: { data: "3" } } });
    expect(dataOf(node)).toEqual(["1", "2", "3"]);
  });

  test("an event that was tampered with in Redis is none", async () => {
    const ref = channelRef("room");
    const node = await openNode();
    for (const data of ["1", "2"]) await node.events.publish(ref, eventOn(ref, data), KEEP);
    const forged = node.link.sign(node.names.place(channelRef("elsewhere")), '["e","n",1,"e","x",null,null]');
    await redis.run("XADD", `${node.names.place(ref)}:history`, `3-${Date.now()}`, "e", forged);
    await redis.run("HSET", `${node.names.place(ref)}:position`, "serial", "3");
    expect((await node.events.openCopy(ref, BOUNDS)).history).toMatchObject({ serial: 3, events: [] });
    await node.events.publish(ref, eventOn(ref, "4"), KEEP);
    const { history } = await node.events.openCopy(ref, BOUNDS);
    expect(history?.events.map(({ serial }) => serial)).toEqual([4]);
  });

  test("while Redis is away events are delivered here alone, in an epoch of their own", async () => {
    const ref = channelRef("room");
    const own = await startRedis();
    try {
      const node = await openNode({ url: own.url });
      await node.open(ref);
      await node.delivery.publish(ref, eventOn(ref, "1"));
      await until(() => node.delivered.length === 1);
      await own.kill();
      await until(() => node.outages === 1);
      for (const data of ["2", "3"]) await node.delivery.publish(ref, eventOn(ref, data));
      expect(dataOf(node)).toEqual(["1", "2", "3"]);
      expect(node.notCarried).toBe(2);
      const [shared, ...here] = node.delivered.map(({ position }) => position);
      expect(here.map(({ serial }) => serial)).toEqual([1, 2]);
      expect(new Set([shared, ...here].map((position) => position?.epoch)).size).toBe(2);
      await own.start();
      await until(() => node.returns === 1);
      await node.open(ref, false);
      await node.delivery.publish(ref, eventOn(ref, "4"));
      await until(() => node.delivered.length === 4);
      expect(new Set(node.delivered.map(({ position }) => position.epoch)).size).toBe(3);
    } finally {
      await own.remove();
    }
  });

  test.each([
    ["lost all", []],
    // Which is written in the midst of the events.
    ["kept an old copy", ["dbfilename kept.rdb"]],
    ["kept every write", ["appendonly yes", "appendfsync always"]],
  ])("a Redis that ended and %s begins another epoch, and never repeats a serial", async (_, settings) => {
    const ref = channelRef("room");
    const own = await startRedis(settings);
    try {
      const [one, two] = (await openNodes(2, { url: own.url })) as [EventsNode, EventsNode];
      await Promise.all([one.open(ref), two.open(ref)]);
      const seen: Position[] = [];
      for (let time = 1; time <= 3; time++) {
        for (let number = 0; number < 5; number++) {
          seen.push(await one.events.publish(ref, eventOn(ref, `${time}-${number}`), KEEP));
          if (number === 2 && settings[0]?.startsWith("dbfilename")) await own.run("SAVE");
        }
        await until(() => two.delivered.length === 5 * time);
        await own.kill();
        await until(() => one.outages === time && two.outages === time);
        await own.start();
        await until(() => one.returns === time && two.returns === time);
        await Promise.all([one.open(ref, false), two.open(ref, false)]);
      }
      expect(two.delivered).toEqual(one.delivered);
      expect(dataOf(two)).toHaveLength(15);
      expect(new Set(seen.map(({ epoch }) => epoch)).size).toBe(3);
      expect(new Set(seen.map(({ epoch, serial }) => `${epoch} ${serial}`)).size).toBe(15);
    } finally {
      await own.remove();
    }
  });

  test("a replica that becomes the master begins another epoch", async () => {
    const ref = channelRef("room");
    const { url, master, sentinel, remove } = await startRedisSentinel();
    try {
      const node = await openNode({ url });
      await node.open(ref);
      for (const data of ["1", "2"]) await node.delivery.publish(ref, eventOn(ref, data));
      await until(() => node.delivered.length === 2);
      await master.kill();
      await until(async () => {
        const [, port] = (await sentinel.run("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main")) as string[];
        return Number(port) !== master.port && node.link.isUp && node.returns > 0;
      });
      await node.open(ref, false);
      await node.delivery.publish(ref, eventOn(ref, "3"));
      await until(() => node.delivered.length === 3);
      const epochs = node.delivered.map(({ position }) => position.epoch);
      expect(dataOf(node)).toEqual(["1", "2", "3"]);
      expect([epochs[0] === epochs[1], epochs[1] === epochs[2]]).toEqual([true, false]);
    } finally {
      await remove();
    }
  }, 30_000);

  test("a Redis Cluster keeps each channel on one of its shards", async () => {
    const { url, remove } = await startRedisCluster();
    try {
      const [one, two] = (await openNodes(2, { url })) as [EventsNode, EventsNode];
      const refs = Array.from({ length: 12 }, (_, index) => channelRef(`cache-room-${index}`));
      await Promise.all([one, two].flatMap((node) => refs.map((ref) => node.open(ref))));
      await Promise.all(
        [one, two].flatMap((node, from) =>
          refs.flatMap((ref) =>
            [1, 2, 3].map((number) => node.delivery.publish(ref, eventOn(ref, `${from}-${number}`))),
          ),
        ),
      );
      await until(() => one.delivered.length === 72 && two.delivered.length === 72);
      const onEach = (node: EventsNode) =>
        refs.map(({ place }) =>
          node.delivered.filter(({ channel }) => place.kind === "channel" && channel === place.channel),
        );
      expect(onEach(one)).toEqual(onEach(two));
      for (const ref of refs) {
        const { history } = await two.events.openCopy(ref, BOUNDS);
        expect(history?.events.map(({ serial }) => serial)).toEqual([1, 2, 3, 4, 5, 6]);
      }
    } finally {
      await remove();
    }
  }, 30_000);
});
