import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { NodeHeartbeat, type NodeState } from "./node-heartbeat.ts";
import type { ToldNode } from "./node-store.ts";

const AT_REST: NodeState = {
  appliedRevision: 1,
  connections: 0,
  isDraining: false,
  drainRequestedAt: null,
  bus: { state: "off", since: null },
};

describe("NodeHeartbeat", () => {
  let told: [string, Partial<ToldNode>][];
  let errors: unknown[];
  let failure: Error | undefined;
  let state: NodeState;
  let heartbeat: NodeHeartbeat;

  beforeEach(() => {
    told = [];
    errors = [];
    failure = undefined;
    state = AT_REST;
    const tell = (kind: string) => async (node: ToldNode) => {
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
      worker: { index: 1, of: 2 },
      now: () => Date.parse("2026-03-01T12:00:00.000Z"),
      state: () => state,
      onError: (error) => void errors.push(error),
    });
  });

  afterEach(() => heartbeat.stop());

  test("tells first that it is there, then what it shows, and says goodbye", async () => {
    await heartbeat.beat();
    state = { ...AT_REST, appliedRevision: 2, connections: 5, isDraining: true };
    await heartbeat.beat();
    await heartbeat.stop();
    const who = {
      name: "host:6001",
      version: "1.0.0",
      worker: { index: 1, of: 2 },
      startedAt: "2026-03-01T12:00:00.000Z",
    };
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
