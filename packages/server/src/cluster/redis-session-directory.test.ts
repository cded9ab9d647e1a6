import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { hasRedis, startRedis, type TestRedis } from "../../../../tests/support/redis.ts";
import { ClusterNames } from "./link/cluster-names.ts";
import { openTestLink } from "./link/testing/test-link.ts";
import { redisSessionDirectory } from "./redis-session-directory.ts";
import { ENTRY_SECONDS } from "./session-directory.ts";

describe.skipIf(!hasRedis)("the directory of sessions in Redis", () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.remove());

  test("gives a session to one node, until that one releases it", async () => {
    await using one = await openTestLink(redis.url);
    const directory = redisSessionDirectory(one.link, new ClusterNames("test"));
    const id = "key/1/00000000";
    expect(await directory.find(id)).toBeUndefined();
    const claims = await Promise.all(["a", "b", "c"].map((node) => directory.claim(id, node)));
    expect(claims).toEqual(["a", "a", "a"]);
    expect(await directory.find(id)).toBe("a");
    await directory.release(id);
    expect(await directory.claim(id, "b")).toBe("b");
    const key = new ClusterNames("test").session(id);
    await redis.run("EXPIRE", key, "5");
    await directory.renew(id, "b");
    expect(Number(await redis.run("TTL", key))).toBeGreaterThan(ENTRY_SECONDS - 60);
  });

  test("is not to be had while Redis is not", async () => {
    await using one = await openTestLink(redis.url);
    const directory = redisSessionDirectory(one.link, new ClusterNames("test"));
    await redis.kill();
    await expect(directory.claim("key/1/00000000", "a")).rejects.toMatchObject({ name: "LinkError" });
  });
});
