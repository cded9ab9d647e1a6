import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { hasRedis, startRedis, type TestRedis, until } from "../../../../../tests/support/redis.ts";
import type { KeyClaim } from "../../edges/http-api/shared-keys.ts";
import { RedisKeys } from "./redis-keys.ts";
import { EventsNode } from "./testing/events-node.ts";

let redis: TestRedis;
let nodes: EventsNode[] = [];
let unavailable = 0;

beforeAll(async () => {
  if (hasRedis) redis = await startRedis();
});

afterEach(async () => {
  await Promise.all(nodes.map(({ link }) => link.stop()));
  nodes = [];
  unavailable = 0;
});

afterAll(() => redis?.remove());

/** @param monotonicNow the clock of all of them. */
async function openKeys(
  count: number,
  {
    url = redis.url,
    monotonicNow = () => performance.now(),
    wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  } = {},
): Promise<[RedisKeys, RedisKeys]> {
  const prefix = `test-${randomBytes(6).toString("hex")}`;
  const opened = await Promise.all(
    Array.from({ length: count }, () => EventsNode.open(url, { prefix, bounds: undefined })),
  );
  nodes.push(...opened);
  const keys = opened.map(
    ({ link, names }) =>
      new RedisKeys({
        link,
        names,
        freshToken: () => randomBytes(8).toString("hex"),
        monotonicNow,
        wait,
        onUnavailable: () => unavailable++,
      }),
  );
  return keys as [RedisKeys, RedisKeys];
}

function first(claim: KeyClaim): Extract<KeyClaim, { kind: "first" }> {
  if (claim.kind !== "first") throw new Error(`expected the first, got ${claim.kind}`);
  return claim;
}

function nameOf(key: string): string {
  return nodes[0]?.names.publishKey("3", key) ?? "";
}

describe.if(hasRedis)("idempotency keys that a cluster shares", () => {
  test("a repeat on another node has the first one's answer", async () => {
    const [one, two] = await openKeys(2);
    first(await one.claim("3", "key", "f")).settle({ status: 200, json: '{"a":1}' });
    expect(await two.claim("3", "key", "f")).toEqual({
      kind: "repeated",
      answer: { status: 200, json: '{"a":1}' },
    });
    expect(await two.claim("3", "key", "other")).toEqual({ kind: "different" });
    // Keys are each app's own, whatever is in them.
    expect((await two.claim("4", "key", "f")).kind).toBe("first");
    expect((await two.claim("3", "{key}\n/", "f")).kind).toBe("first");
    expect(Number(await redis.run("PTTL", nameOf("key")))).toBeGreaterThan(100_000);
  });

  test("of a hundred at once on two nodes one is the first, and the others have its answer", async () => {
    const keys = await openKeys(2);
    const claims = Array.from({ length: 100 }, (_, index) =>
      (keys[index % 2] as RedisKeys).claim("3", "key", "f"),
    );
    let firsts = 0;
    const kinds = await Promise.all(
      claims.map(async (claim) => {
        const claimed = await claim;
        if (claimed.kind === "first") {
          firsts++;
          claimed.settle("answer");
        }
        return claimed.kind === "repeated" ? claimed.answer : claimed.kind;
      }),
    );
    expect(firsts).toBe(1);
    expect(kinds.filter((kind) => kind === "answer")).toHaveLength(99);
  });

  test("a request that had no effect gives its key back", async () => {
    const [one, two] = await openKeys(2);
    const claim = first(await one.claim("3", "key", "f"));
    const waiting = two.claim("3", "key", "f");
    claim.release();
    expect((await waiting).kind).toBe("first");
  });

  test("the key of a node that died is free again within seconds", async () => {
    let nowMs = 0;
    const wait = async (ms: number) => {
      nowMs += ms;
    };
    const [one, two] = await openKeys(2, { monotonicNow: () => nowMs, wait });
    await one.claim("3", "key", "f");
    expect((await two.claim("3", "key", "f")).kind).toBe("pending");
    expect(nowMs).toBe(2_000);
    const name = nameOf("key");
    expect(Number(await redis.run("PTTL", name))).toBeLessThanOrEqual(5_000);
    await redis.run("PEXPIRE", name, "0");
    expect((await two.claim("3", "key", "f")).kind).toBe("first");
  });

  test("a node that was paused while it asked does not send: the key may be another's by then", async () => {
    let nowMs = 0;
    const [one] = await openKeys(1, {
      monotonicNow() {
        nowMs += 3_000;
        return nowMs;
      },
    });
    expect((await one.claim("3", "key", "f")).kind).toBe("pending");
  });

  test("an answer that comes late does not replace another's", async () => {
    const [one, two] = await openKeys(2);
    const late = first(await one.claim("3", "key", "f"));
    await redis.run("FLUSHALL");
    first(await two.claim("3", "key", "f")).settle("two");
    await until(async () => (await two.claim("3", "key", "f")).kind === "repeated");
    late.settle("one");
    late.release();
    expect(await two.claim("3", "key", "f")).toEqual({ kind: "repeated", answer: "two" });
    expect(await one.claim("3", "key", "f")).toEqual({ kind: "repeated", answer: "two" });
  });

  test("while Redis is away nobody can tell, and each request is counted", async () => {
    const own = await startRedis();
    try {
      const [one] = await openKeys(1, { url: own.url });
      const claim = first(await one.claim("3", "key", "f"));
      await own.kill();
      expect(await one.claim("3", "key", "f")).toEqual({ kind: "unavailable" });
      expect(await one.claim("3", "other", "f")).toEqual({ kind: "unavailable" });
      claim.settle("answer");
      await until(() => unavailable === 3);
    } finally {
      await own.remove();
    }
  });
});
