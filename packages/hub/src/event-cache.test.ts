import { expect, test } from "bun:test";
import { EventCache, type EventMessage } from "./event-cache.ts";

function event(channel: string, data = "{}"): EventMessage {
  return { kind: "event", event: "e", channel, data };
}

test("keeps the last event of each channel until it expires", () => {
  const cache = new EventCache(10);
  cache.put(event("cache-a", "1"), 100);
  cache.put(event("cache-a", "2"), 200);
  cache.put(event("cache-b", "3"), 150);
  expect(cache.size).toBe(2);
  expect(cache.get("cache-a", 199)).toEqual({ message: event("cache-a", "2"), expiresAtMs: 200 });
  expect(cache.get("cache-a", 200)).toBeUndefined();
  expect(cache.get("cache-b", 149)?.message.data).toBe("3");
  expect(cache.get("cache-c", 0)).toBeUndefined();
  expect(cache.size).toBe(1);
});

test("lets the one written longest ago give way when it is full", () => {
  const cache = new EventCache(2);
  cache.put(event("cache-a"), 100);
  cache.put(event("cache-b"), 100);
  cache.put(event("cache-a"), 100);
  cache.put(event("cache-c"), 100);
  expect(["cache-a", "cache-b", "cache-c"].filter((name) => cache.get(name, 0))).toEqual([
    "cache-a",
    "cache-c",
  ]);
  expect(cache.size).toBe(2);
});

test("forgets what has expired without being asked for it", () => {
  const cache = new EventCache(10);
  for (const [index, name] of ["cache-a", "cache-b", "cache-c"].entries())
    cache.put(event(name), (index + 1) * 100);
  cache.purge(99);
  expect(cache.size).toBe(3);
  cache.purge(200);
  expect(cache.size).toBe(1);
  cache.purge(300);
  expect(cache.size).toBe(0);
});

test("keeps what a longer lifetime holds back no longer than that", () => {
  const cache = new EventCache(10);
  cache.put(event("cache-long"), 1_000);
  cache.put(event("cache-short"), 100);
  cache.purge(500);
  expect(cache.get("cache-short", 500)).toBeUndefined();
  cache.purge(1_000);
  expect(cache.size).toBe(0);
});
