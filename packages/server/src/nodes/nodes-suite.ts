import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { TestDatabase } from "../store/app-store-suite.ts";
import type { Store } from "../store/open-store.ts";
import { NodeStore, type ToldNode } from "./node-store.ts";

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

    test("say whether they hear each other, and which of the processes of one server they are", async () => {
      const told = {
        bus: { state: "down" as const, since: "2026-03-01T11:59:00.000Z" },
        worker: { index: 2, of: 4 },
      };
      await nodes.join(node("a", told));
      expect(await nodes.get("a")).toMatchObject(told);
      const up = { state: "up" as const, since: "2026-03-01T12:00:01.000Z" };
      await nodes.heartbeat(node("a", { ...told, bus: up }));
      expect(await nodes.get("a")).toMatchObject({ bus: up });
      expect(await nodes.get("nobody")).toBeUndefined();
    });

    test("are asked to drain and to go on, each once, which is put on record with who asked", async () => {
      await nodes.join(node("a", { name: "host:1" }));
      await nodes.askToDrain("a", true, BY);
      nowMs += 1_000;
      await nodes.askToDrain("a", true, BY);
      expect(await nodes.drainRequestedAt("a")).toBe("2026-03-01T12:00:00.000Z");
      // What it tells of itself does not undo what it is asked.
      await nodes.heartbeat(node("a", { name: "host:1", isDraining: true }));
      expect(await nodes.get("a")).toMatchObject({
        isDraining: true,
        drainRequestedAt: "2026-03-01T12:00:00.000Z",
      });
      await nodes.askToDrain("a", false, BY);
      await nodes.askToDrain("a", false, BY);
      expect(await nodes.drainRequestedAt("a")).toBeNull();
      const entries = await store.audit.list({ limit: 10 });
      expect(entries).toMatchObject([
        { action: "node.resume", target: "a", details: { name: "host:1" }, actor: BY, appId: null },
        { action: "node.drain", target: "a", details: { name: "host:1" }, actor: BY, appId: null },
      ]);
    });

    test("that are not listed are asked nothing, and one that was forgotten knows what it was asked", async () => {
      await nodes.askToDrain("a", true, BY);
      expect(await nodes.drainRequestedAt("a")).toBeUndefined();
      expect(await store.audit.list({ limit: 10 })).toEqual([]);
      await nodes.heartbeat(node("a", { isDraining: true, drainRequestedAt: "2026-03-01T11:00:00.000Z" }));
      expect(await nodes.drainRequestedAt("a")).toBe("2026-03-01T11:00:00.000Z");
    });

    test("do not count as a change of an app", async () => {
      const revision = await store.apps.revision();
      await nodes.join(node("a"));
      await nodes.heartbeat(node("a"));
      expect(await store.apps.revision()).toBe(revision);
    });
  });
}

const BY = { kind: "operator", id: "op_1", name: "a@example.com", address: null } as const;

function node(id: string, changes: Partial<ToldNode> = {}): ToldNode {
  return {
    id,
    name: id,
    version: "1.0.0",
    startedAt: "2026-02-01T00:00:00.000Z",
    appliedRevision: 0,
    connections: 0,
    isDraining: false,
    drainRequestedAt: null,
    bus: { state: "off", since: null },
    worker: null,
    ...changes,
  };
}
