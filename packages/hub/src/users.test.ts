import { beforeEach, expect, test } from "bun:test";
import type { Connection } from "./connection.ts";
import { TestHub } from "./testing/test-hub.ts";
import { Users } from "./users.ts";

let users: Users;
let ann: Connection;
let bob: Connection;

beforeEach(() => {
  users = new Users();
  const hub = new TestHub();
  ann = hub.connect("ann");
  bob = hub.connect("bob");
});

test("a user comes online with the first connection and stays so until the last has gone", () => {
  expect(users.add("1", ann)).toBe(true);
  expect(users.add("1", bob)).toBe(false);
  expect(users.add("1", bob)).toBe(false);
  expect(users.connectionsOf("1").size).toBe(2);
  users.remove("1", ann, 0);
  expect(users.isOnline("1")).toBe(true);
  users.remove("1", bob, 0);
  expect(users.isOnline("1")).toBe(false);
  expect(users.size).toBe(0);
});

test("a user who is watched goes offline after the grace, once", () => {
  users.add("1", ann);
  users.watch(["1"], bob);
  users.remove("1", ann, 3_000);
  expect(users.isOnline("1")).toBe(true);
  expect(users.takeOffline(2_999)).toEqual([]);
  expect(users.takeOffline(3_000)).toEqual(["1"]);
  expect(users.takeOffline(9_000)).toEqual([]);
  expect(users.isOnline("1")).toBe(false);
});

test("a user who is back within the grace has never been away", () => {
  users.add("1", ann);
  users.watch(["1"], bob);
  users.remove("1", ann, 3_000);
  expect(users.add("1", ann)).toBe(false);
  expect(users.takeOffline(9_000)).toEqual([]);
});

test("a grace that nobody waits for any more is forgotten", () => {
  users.add("1", ann);
  users.watch(["1"], bob);
  users.remove("1", ann, 3_000);
  users.unwatch(["1"], bob);
  expect(users.size).toBe(0);
  expect(users.takeOffline(9_000)).toEqual([]);
});

test("a user is watched by whoever asked for it and did not stop", () => {
  users.watch(["1", "2"], ann);
  users.watch(["1"], bob);
  expect([...users.watchersOf("1")]).toEqual([ann, bob]);
  users.unwatch(["1", "3"], ann);
  expect([...users.watchersOf("1")]).toEqual([bob]);
  users.unwatch(["2"], ann);
  users.unwatch(["1"], bob);
  expect(users.size).toBe(0);
});

test("removing somebody who is not there changes nothing", () => {
  users.add("1", ann);
  users.watch(["1"], bob);
  users.remove("1", bob, 0);
  users.remove("2", bob, 0);
  expect(users.takeOffline(9_000)).toEqual([]);
  expect([...users.connectionsOf("1")]).toEqual([ann]);
});
