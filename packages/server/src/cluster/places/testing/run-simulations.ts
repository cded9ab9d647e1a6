import { simulate } from "./simulation.ts";

/**
 * Plays simulations by hand: `node scripts/bun.mjs packages/server/src/cluster/places/testing/run-simulations.ts <first seed> <count>`.
 */
const [first = "1", count = "1000"] = process.argv.slice(2);
const startedAtMs = performance.now();
const faults: Record<string, number> = {};
const failures: string[] = [];
let [outcomes, repeated, lost, longestGhostMs] = [0, 0, 0, 0];

for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  try {
    const report = simulate(seed);
    for (const [fault, times] of Object.entries(report.faults)) faults[fault] = (faults[fault] ?? 0) + times;
    outcomes += report.outcomes;
    repeated += report.repeatedOutcomes;
    lost += report.lostOutcomes;
    longestGhostMs = Math.max(longestGhostMs, report.longestGhostMs);
  } catch (error) {
    failures.push((error as Error).message);
  }
}

const seconds = Math.round(performance.now() - startedAtMs) / 1_000;
const figures = { first, count, seconds, faults, outcomes, repeated, lost, longestGhostMs };
process.stdout.write(`${JSON.stringify(figures)}\n`);
for (const failure of failures.slice(0, 3)) process.stdout.write(`${failure}\n\n`);
process.stdout.write(
  `${failures.length} of ${count} failed: ${failures
    .slice(0, 20)
    .map((line) => line.split(":")[0])
    .join(", ")}\n`,
);
process.exitCode = failures.length > 0 ? 1 : 0;
