import { expect, test } from "bun:test";
import { MessageMeter } from "./message-meter.ts";
import { TestHub } from "./testing/test-hub.ts";

const NOON = Date.UTC(2026, 0, 15, 12);
const HOUR_MS = 3_600_000;

test("adds up the messages of one UTC day", () => {
  const meter = new MessageMeter();
  expect(meter.today(NOON)).toBe(0);
  meter.add(1, NOON);
  meter.add(41, NOON + 11 * HOUR_MS);
  expect(meter.today(NOON + 12 * HOUR_MS - 1)).toBe(42);
});

test("starts anew at midnight UTC, with the first message or the first question", () => {
  const meter = new MessageMeter();
  meter.add(42, NOON);
  expect(meter.today(NOON + 12 * HOUR_MS)).toBe(0);
  meter.add(1, NOON + 36 * HOUR_MS);
  expect(meter.today(NOON + 36 * HOUR_MS)).toBe(1);
});

test("counts each delivery of an event, a client event and a member's coming or going, and nothing else", () => {
  const hub = new TestHub({ clientEvents: true });
  const counted = (action: () => void): number => {
    const before = hub.state.meter.today(hub.nowMs);
    action();
    return hub.state.meter.today(hub.nowMs) - before;
  };
  const [ann, bob, cid] = [hub.connect("ann"), hub.connect("bob"), hub.connect("cid")];
  expect(counted(() => hub.enter(ann, "presence-a", "1"))).toBe(0);
  expect(counted(() => hub.enter(bob, "presence-a", "2"))).toBe(1);
  expect(counted(() => hub.enter(cid, "presence-a", "3"))).toBe(2);
  expect(counted(() => hub.trigger(["presence-a", "nobody"]))).toBe(3);
  expect(counted(() => hub.trigger(["presence-a"], "{}", ann))).toBe(2);
  expect(counted(() => hub.clientEvent(ann, "presence-a"))).toBe(2);
  expect(counted(() => hub.receive(ann, { kind: "ping" }))).toBe(0);
  expect(counted(() => hub.subscribe(ann, "private-a", { auth: "x:y" }))).toBe(0);
  expect(counted(() => hub.disconnect(cid))).toBe(2);
});
