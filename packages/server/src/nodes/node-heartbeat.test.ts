import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { NodeHeartbeat } from "./node-heartbeat.ts";
import type { StoredNode } from "./node-store.ts";

type Told = Omit<StoredNode, "seenAt">;

describe("NodeHeartbeat", () => {
  let told: [string, Partial<Told>][];
  let errors: unknown[];
  let failure: Error | undefined;
  let state: Pick<StoredNode, "appliedRevision" | "connections" | "isDraining">;
  let heartbeat: NodeHeartbeat;

  beforeEach(() => {
    told = [];
    errors = [];
    failure = undefined;
    state = { appliedRevision: 1, connections: 0, isDraining: false };
    const tell = (kind: string) => async (node: Told) => {
      if (failure) throw failure;
      told.push([kind, node]);
    };
    heartbeat = new NodeHeartbeat({
      nodes: {
        join: tell("join"),
        heartbeat: tell("heartbeat"),
        remove: async (id) => void told.push(["remove", { id }]),
      },
      name: "host:6001",
      version: "1.0.0",
      now: () => Date.parse("2026-03-01T12:00:00.000Z"),
      state: () => state,
      onError: (error) => void errors.push(error),
    });
  });

  afterEach(() => heartbeat.stop());

  test("tells first that it is there, then what it shows, and says goodbye", async () => {
    await heartbeat.beat();
    state = { appliedRevision: 2, connections: 5, isDraining: true };
    await heartbeat.beat();
    await heartbeat.stop();
    const who = { name: "host:6001", version: "1.0.0", startedAt: "2026-03-01T12:00:00.000Z" };
    expect(told).toMatchObject([
      ["join", { ...who, appliedRevision: 1 }],
      ["heartbeat", { ...who, appliedRevision: 1 }],
      ["heartbeat", { ...who, ...state }],
      ["remove", {}],
    ]);
    expect(new Set(told.map(([, { id }]) => id)).size).toBe(1);
  });

  test("tells nothing after it was stopped", async () => {
    await heartbeat.stop();
    const { length } = told;
    await heartbeat.beat();
    await heartbeat.stop();
    expect(told).toHaveLength(length);
  });

  test("reports each spell of failure once and goes on", async () => {
    await heartbeat.beat();
    failure = new Error("gone");
    await heartbeat.beat();
    await heartbeat.beat();
    expect(errors).toEqual([failure]);
    failure = undefined;
    await heartbeat.beat();
    failure = new Error("gone again");
    await heartbeat.beat();
    expect(errors).toHaveLength(2);
  });
});
