import { expect, test } from "bun:test";
import { RecentPublishes } from "./recent-publishes.ts";

const kindOf = (publishes: RecentPublishes, key: string, body = "body", nowMs = 0) =>
  publishes.find(key, body, nowMs).kind;

test("a key is new, then repeated with the same body, and different with another", () => {
  const publishes = new RecentPublishes(10, 1_000);
  expect(kindOf(publishes, "a")).toBe("new");
  publishes.remember("a", "body", "answer", 0);
  expect(publishes.find("a", "body", 0)).toEqual({ kind: "repeated", answer: "answer" });
  expect(kindOf(publishes, "a", "another")).toBe("different");
  expect(kindOf(publishes, "b")).toBe("new");
});

test("a key is forgotten when its time is over", () => {
  const publishes = new RecentPublishes(10, 1_000);
  publishes.remember("a", "body", "answer", 0);
  publishes.remember("b", "body", "answer", 500);
  expect([kindOf(publishes, "a", "body", 999), kindOf(publishes, "a", "another", 1_000)]).toEqual([
    "repeated",
    "new",
  ]);
  publishes.purge(1_000);
  expect(publishes.size).toBe(1);
});

test("the oldest key gives way when there are too many", () => {
  const publishes = new RecentPublishes(2, 1_000);
  for (const key of ["a", "b", "c"]) publishes.remember(key, "body", "answer", 0);
  expect(["a", "b", "c"].map((key) => kindOf(publishes, key))).toEqual(["new", "repeated", "repeated"]);
});
