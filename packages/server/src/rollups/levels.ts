/** How often each server looks at its own figures and writes them down. */
export const SLOT_SECONDS = 10;

export interface Level {
  readonly stepSeconds: number;
  /** How long steps of this length are kept: a little longer than anybody may ask for. */
  readonly keptSeconds: number;
}

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** The finest first. Each is rolled up from the one before it. */
export const LEVELS: readonly Level[] = [
  { stepSeconds: SLOT_SECONDS, keptSeconds: HOUR_SECONDS + 600 },
  { stepSeconds: 60, keptSeconds: DAY_SECONDS + HOUR_SECONDS },
  { stepSeconds: 600, keptSeconds: 7 * DAY_SECONDS + HOUR_SECONDS },
];

export const RANGES = ["15m", "1h", "24h", "7d"] as const;

export type Range = (typeof RANGES)[number];

interface RangeSteps {
  readonly seconds: number;
  readonly stepSeconds: number;
  /** For many small charts beside one another. */
  readonly coarseSeconds: number;
}

/** How far back each range goes, and in which steps it is told. */
export const STEPS: Readonly<Record<Range, RangeSteps>> = {
  "15m": { seconds: 900, stepSeconds: SLOT_SECONDS, coarseSeconds: SLOT_SECONDS },
  "1h": { seconds: HOUR_SECONDS, stepSeconds: SLOT_SECONDS, coarseSeconds: 60 },
  "24h": { seconds: DAY_SECONDS, stepSeconds: 60, coarseSeconds: 600 },
  "7d": { seconds: 7 * DAY_SECONDS, stepSeconds: 600, coarseSeconds: 600 },
};
