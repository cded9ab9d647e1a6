import { expect, test } from "bun:test";
import { simulate } from "./testing/simulation.ts";

const SEEDS = 1_000;
const GHOST_BOUND_MS = 15_000;

// A failure names its seed; `testing/run-simulations.ts <seed> 1` plays it again.
test("whatever befalls nodes, links and store, lists equal events equal the truth, and outcomes are heard once", () => {
  const faults: Record<string, number> = {};
  for (let seed = 1; seed <= SEEDS; seed++) {
    const report = simulate(seed);
    expect(report.longestGhostMs).toBeLessThanOrEqual(GHOST_BOUND_MS);
    for (const [fault, times] of Object.entries(report.faults)) faults[fault] = (faults[fault] ?? 0) + times;
  }
  // Each kind of fault was among them, many times.
  expect(Object.values(faults).every((times) => times > 50)).toBe(true);
}, 120_000);

test("the same seed plays the same", () => {
  expect(simulate(4_711)).toEqual(simulate(4_711));
});
