import { describe, expect, test } from "bun:test";
import { ExplanationQueue } from "./explanation-queue.ts";

/** A queue whose clock and timer the test holds. */
function openQueue() {
  const ran: string[] = [];
  const timers: { readonly callback: () => void; readonly ms: number }[] = [];
  const clock = { nowMs: 0 };
  const queue = new ExplanationQueue<string>({
    run: (job) => {
      if (job === "faulty") throw new Error("a fault");
      ran.push(job);
    },
    now: () => clock.nowMs,
    later: (callback, ms) => void timers.push({ callback, ms }),
  });
  const tick = () => timers.shift()?.callback();
  return { queue, ran, timers, clock, tick };
}

describe("the queue of explanations", () => {
  test("does nothing while it is offered a job, and one job at a time afterwards", () => {
    const { queue, ran, timers, tick } = openQueue();
    expect([queue.offer("1", "a"), queue.offer("1", "b")]).toEqual([true, true]);
    expect({ ran, waits: timers.map(({ ms }) => ms) }).toEqual({ ran: [], waits: [50] });
    tick();
    expect({ ran, waits: timers.map(({ ms }) => ms) }).toEqual({ ran: ["a"], waits: [0] });
    tick();
    expect({ ran, waits: timers.length }).toEqual({ ran: ["a", "b"], waits: 0 });
  });

  test("takes ten a second of one app and twenty-five of all", () => {
    const { queue, clock } = openQueue();
    const taken = (appId: string) =>
      Array.from({ length: 20 }, () => queue.offer(appId, "x")).filter(Boolean);
    expect(["1", "2", "3", "4"].map((appId) => taken(appId).length)).toEqual([10, 10, 5, 0]);
    clock.nowMs += 1_000;
    expect(taken("4").length).toBe(10);
  });

  test("an app over its share takes nothing from the others", () => {
    const { queue } = openQueue();
    for (let offer = 0; offer < 1_000; offer++) queue.offer("loud", "x");
    expect(queue.offer("quiet", "y")).toBe(true);
  });

  test("holds at most 128, however long nobody works on them", () => {
    const { queue, clock, timers } = openQueue();
    let taken = 0;
    for (let offer = 0; offer < 1_000; offer++) {
      clock.nowMs += 1_000;
      if (queue.offer("1", "x")) taken++;
    }
    expect({ taken, timers: timers.length }).toEqual({ taken: 128, timers: 1 });
  });

  test("goes on after a job that failed", () => {
    const { queue, ran, tick } = openQueue();
    queue.offer("1", "faulty");
    queue.offer("1", "b");
    expect(tick).toThrow("a fault");
    tick();
    expect(ran).toEqual(["b"]);
  });

  test("does what waits at once when it is flushed", () => {
    const { queue, ran, tick } = openQueue();
    queue.offer("1", "a");
    queue.offer("1", "b");
    queue.flush();
    tick();
    expect(ran).toEqual(["a", "b"]);
  });
});
