import { describe, expect, test } from "bun:test";
import type { BusMessage } from "./bus.ts";
import { ClusterNames } from "./link/cluster-names.ts";
import { LinkMeters } from "./link/link-meters.ts";
import { NodeBus } from "./node-bus.ts";

/** Three nodes on one wire. */
function nodes() {
  const names = new ClusterNames("test");
  const meters = new LinkMeters();
  const heard: string[] = [];
  let isDown = false;
  let nowMs = 1_000_000;
  const send = async (topic: string, text: string) => {
    if (isDown) throw new Error("down");
    for (const bus of buses) bus.receive(topic, text);
  };
  const buses = ["a", "b", "c"].map((nodeId) => {
    const bus = new NodeBus({
      nodeId,
      names,
      meters,
      now: () => nowMs,
      link: { listen: async () => {}, send },
    });
    const hear = (message: BusMessage) => heard.push(`${nodeId} ${message.kind}`);
    bus.on("appsChanged", hear);
    bus.on("session", hear);
    return bus;
  });
  const goDown = () => {
    isDown = true;
  };
  const comeBack = () => {
    isDown = false;
  };
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { a: buses[0] as NodeBus, names, meters, heard, send, goDown, comeBack, pass };
}

describe("the bus", () => {
  test("takes a broadcast to all other nodes", () => {
    const { a, heard } = nodes();
    a.broadcast({ kind: "appsChanged" });
    expect(heard).toEqual(["b appsChanged", "c appsChanged"]);
  });

  test("takes a message for one node to that one", () => {
    const { a, heard } = nodes();
    a.tell("c", { kind: "session", from: "a", body: {} });
    expect(heard).toEqual(["c session"]);
  });

  test("leaves other topics alone", () => {
    const { a } = nodes();
    expect(a.receive("test:{1/c/room}", "{}")).toBeFalse();
  });

  test.each(["", "{", "[]", '{"from":"x"}', '{"from":"x","message":{"kind":"unheard-of"}}'])(
    "drops and counts %p",
    async (text) => {
      const { names, meters, heard, send } = nodes();
      await send(names.control, text);
      expect(heard).toEqual([]);
      expect(meters.dropped.get("malformed")).toBe(3);
    },
  );

  test("does not take what somebody repeats later", async () => {
    const { names, meters, heard, send, pass } = nodes();
    const text = JSON.stringify({ from: "x", atMs: 1_000_000, message: { kind: "appsChanged" } });
    pass(300_000);
    await send(names.control, text);
    expect(heard).toHaveLength(3);
    pass(1);
    await send(names.control, text);
    expect(heard).toHaveLength(3);
    expect(meters.dropped.get("stale")).toBe(3);
  });

  test("counts what it could not send", async () => {
    const { a, meters, goDown } = nodes();
    goDown();
    a.broadcast({ kind: "appsChanged" });
    await Promise.resolve();
    await Promise.resolve();
    expect(meters.notCarried.get("appsChanged")).toBe(1);
  });

  test("sends an order that it could not send once it can, unless that is long ago", async () => {
    const { a, heard, goDown, comeBack, pass } = nodes();
    goDown();
    a.broadcast({ kind: "appsChanged" });
    await Bun.sleep(0);
    pass(60_000);
    comeBack();
    a.sendAgain();
    expect(heard).toEqual(["b appsChanged", "c appsChanged"]);
    goDown();
    a.broadcast({ kind: "appsChanged" });
    await Bun.sleep(0);
    pass(60_001);
    comeBack();
    a.sendAgain();
    expect(heard).toHaveLength(2);
  });
});
