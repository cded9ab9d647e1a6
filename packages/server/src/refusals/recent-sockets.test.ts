import { expect, test } from "bun:test";
import { RecentSockets } from "./recent-sockets.ts";

test("recent sockets are those of the app, the latest first, each once, and never more than a few", () => {
  const recent = new RecentSockets();
  expect(recent.of("1")).toEqual([]);
  for (let number = 1; number <= 100; number++) recent.add("1", `${number}.1`);
  recent.add("1", "99.1");
  recent.add("2", "7.7");
  expect(recent.of("1").slice(0, 3)).toEqual(["99.1", "100.1", "98.1"]);
  expect(recent.of("1").length).toBe(23);
  expect(recent.of("2")).toEqual(["7.7"]);
  recent.forget("1");
  expect(recent.of("1")).toEqual([]);
});
