import { describe, expect, test } from "bun:test";
import { describeRedis, parseRedisUrl } from "./redis-url.ts";

describe("parseRedisUrl", () => {
  test("one server", () => {
    expect(parseRedisUrl("redis://localhost")).toMatchObject({
      kind: "single",
      nodes: [{ host: "localhost", port: 6379 }],
      user: undefined,
      database: 0,
      isTls: false,
    });
    expect(parseRedisUrl("rediss://us%40er:p%3Ass@[::1]:7000/3?ca=/etc/ca.pem")).toMatchObject({
      nodes: [{ host: "::1", port: 7000 }],
      user: "us@er",
      password: "p:ss",
      database: 3,
      isTls: true,
      ca: "/etc/ca.pem",
    });
    expect(parseRedisUrl("redis://:secret@h")).toMatchObject({ user: undefined, password: "secret" });
  });

  test("sentinels and the name of their master", () => {
    expect(
      parseRedisUrl("redis+sentinel://u:p@a,b:1/my%20master?db=2&sentinel_user=s&sentinel_password=w"),
    ).toMatchObject({
      kind: "sentinel",
      nodes: [
        { host: "a", port: 26_379 },
        { host: "b", port: 1 },
      ],
      masterName: "my master",
      database: 2,
      password: "p",
      sentinelUser: "s",
      sentinelPassword: "w",
    });
  });

  test("a Redis Cluster", () => {
    expect(parseRedisUrl("rediss+cluster://a:7000,b:7001")).toMatchObject({
      kind: "cluster",
      isTls: true,
      nodes: [
        { host: "a", port: 7000 },
        { host: "b", port: 7001 },
      ],
    });
  });

  test.each([
    "localhost:6379",
    "http://localhost",
    "redis://",
    "redis://a,b",
    "redis://a:0",
    "redis://a:70000",
    "redis://a/name",
    "redis://a/0/1",
    "redis://a?tls=no",
    "redis://a?ca=/x.pem",
    "redis://a#b",
    "redis://us%er@a",
    "redis+sentinel://a",
    "redis+sentinel://a/main?db=x",
    "redis+cluster://a/0",
    "redis+other://a",
  ])("refuses %s", (text) => {
    expect(parseRedisUrl(text)).toBeUndefined();
  });
});

test("a description has no password in it", () => {
  const target = parseRedisUrl("redis+sentinel://u:secret@a:1,b:2/main?sentinel_password=secret");
  expect(target && describeRedis(target)).toBe("main of a:1, b:2");
});
