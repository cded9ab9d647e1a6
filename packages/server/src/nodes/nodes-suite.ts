import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { TestDatabase } from "../store/app-store-suite.ts";
import type { Store } from "../store/open-store.ts";
import { NodeStore } from "./node-store.ts";

/** What every list of nodes promises. */
export function describeNodes(name: string, createDatabase: () => Promise<TestDatabase>): void {
  describe(`${name}: nodes`, () => {
    let database: TestDatabase;
    let store: Store;
    let nowMs: number;
    let nodes: NodeStore;

    beforeEach(async () => {
      database = await createDatabase();
      store = await database.open();
      nowMs = Date.parse("2026-03-01T12:00:00.000Z");
      nodes = new NodeStore(store.database, () => nowMs);
    });

    afterEach(async () => {
      await store.close();
      await database.remove();
    });

    test("are listed with what they last told of themselves, the oldest first", async () => {
      await nodes.join(node("b", { startedAt: "2026-02-02T00:00:00.000Z" }));
      await nodes.join(node("a"));
      await nodes.heartbeat(node("a", { connections: 7, isDraining: true, appliedRevision: 9 }));
      expect(await nodes.list()).toEqual([
        {
          ...node("a", { connections: 7, isDraining: true, appliedRevision: 9 }),
          seenAt: "2026-03-01T12:00:00.000Z",
          isLive: true,
        },
        {
          ...node("b", { startedAt: "2026-02-02T00:00:00.000Z" }),
          seenAt: "2026-03-01T12:00:00.000Z",
          isLive: true,
        },
      ]);
    });

    test("count as gone when they were not heard of for 15 s, and are forgotten after an hour", async () => {
      await nodes.join(node("a"));
      nowMs += 15_000;
      await nodes.join(node("b"));
      expect((await nodes.list()).map(({ isLive }) => isLive)).toEqual([true, true]);
      nowMs += 1;
      expect((await nodes.list()).map(({ id, isLive }) => [id, isLive])).toEqual([
        ["a", false],
        ["b", true],
      ]);
      nowMs += 3_600_000;
      expect(await nodes.list()).toEqual([]);
    });

    test("say on how many of them a change is in effect, of those that live", async () => {
      await nodes.join(node("gone", { appliedRevision: 1 }));
      nowMs += 20_000;
      await nodes.join(node("a", { appliedRevision: 5 }));
      await nodes.join(node("b", { appliedRevision: 4 }));
      expect(await nodes.appliedOn(5)).toEqual({ nodes: 1, of: 2 });
      await nodes.heartbeat(node("b", { appliedRevision: 6 }));
      expect(await nodes.appliedOn(5)).toEqual({ nodes: 2, of: 2 });
    });

    test("take the place of one of the same name that was killed, and say goodbye", async () => {
      await nodes.join(node("before", { name: "host:1" }));
      await nodes.join(node("after", { name: "host:1" }));
      expect((await nodes.list()).map(({ id }) => id)).toEqual(["after"]);
      await nodes.remove("after");
      expect(await nodes.list()).toEqual([]);
    });

    test("do not count as a change of an app", async () => {
      const revision = await store.apps.revision();
      await nodes.join(node("a"));
      await nodes.heartbeat(node("a"));
      expect(await store.apps.revision()).toBe(revision);
    });
  });
}

function node(id: string, changes: Partial<Parameters<NodeStore["join"]>[0]> = {}) {
  return {
    id,
    name: id,
    version: "1.0.0",
    startedAt: "2026-02-01T00:00:00.000Z",
    appliedRevision: 0,
    connections: 0,
    isDraining: false,
    ...changes,
  };
}
