import type { Bucket } from "./bucket.ts";
import { type Range, SLOT_SECONDS, STEPS } from "./levels.ts";
import { ALL_APPS, type RollupStore, type Steps, type Timeline } from "./rollup-store.ts";

export interface Stats {
  readonly stepSeconds: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** One value for each whole step, by name; `null` where no server looked. Counts are per step. */
  readonly series: Readonly<Record<string, readonly (number | null)[]>>;
  /** What was counted in the whole range, the step that is under way included, and the peak. */
  readonly totals: Readonly<Record<string, number>>;
}

export interface AppStats {
  readonly appId: string;
  readonly peak: number;
  readonly totals: Readonly<Record<string, number>>;
  /** Connections, at most a few dozen values; `null` where no server looked. */
  readonly sparkline: readonly (number | null)[];
}

/** What happened to one app, or to `ALL_APPS`, from so long ago until now. */
export async function readStats(
  store: Pick<RollupStore, "read">,
  appId: string,
  range: Range,
  nowMs: number,
): Promise<Stats> {
  const steps = stepsOf(range, STEPS[range].stepSeconds, nowMs);
  const timelines = await store.read([...new Set([ALL_APPS, appId])], untilNow(steps, nowMs));
  const all = timelines.get(ALL_APPS) ?? NOTHING;
  const own = timelines.get(appId) ?? NOTHING;
  const { stepSeconds, fromMs, toMs } = steps;
  return { stepSeconds, fromMs, toMs, series: seriesOf(own, all, steps), totals: totalsOf(own) };
}

/** The same of several apps, in the few figures that fit into a list. */
export async function readAppStats(
  store: Pick<RollupStore, "read">,
  appIds: readonly string[],
  range: Range,
  nowMs: number,
): Promise<readonly AppStats[]> {
  const steps = stepsOf(range, STEPS[range].coarseSeconds, nowMs);
  const timelines = await store.read([ALL_APPS, ...appIds], untilNow(steps, nowMs));
  const all = timelines.get(ALL_APPS) ?? NOTHING;
  return appIds.map((appId) => {
    const own = timelines.get(appId) ?? NOTHING;
    const { connections_peak: peak = 0, ...totals } = totalsOf(own);
    return { appId, peak, totals, sparkline: thinned(gaugeOf(own, all, steps, "connections")) };
  });
}

/** The whole steps of a range, as far as every server has written them. */
function stepsOf(range: Range, stepSeconds: number, nowMs: number): Steps {
  const stepMs = stepSeconds * 1000;
  const toMs = Math.floor((nowMs - WRITTEN_MS) / stepMs) * stepMs;
  return { fromMs: toMs - STEPS[range].seconds * 1000, toMs, stepSeconds };
}

function untilNow(steps: Steps, nowMs: number): Steps {
  const slotMs = SLOT_SECONDS * 1000;
  return { ...steps, toMs: Math.ceil(nowMs / slotMs) * slotMs };
}

/** A slot is in the database so long after its end, unless that is slow. */
const WRITTEN_MS = 2_500;
const NOTHING: Timeline = new Map();
const ALWAYS = ["messages_in", "messages_out"];
/** Told by another route, with what is known of each. */
const DETAILS = "refused:";
const MOST_POINTS = 60;

function seriesOf(own: Timeline, all: Timeline, steps: Steps): Stats["series"] {
  const names = new Set(ALWAYS);
  for (const { counts } of own.values()) {
    for (const name of Object.keys(counts)) if (!name.startsWith(DETAILS)) names.add(name);
  }
  return {
    connections: gaugeOf(own, all, steps, "connections"),
    connections_peak: valuesOf(own, all, steps, ({ peak }) => peak),
    channels: gaugeOf(own, all, steps, "channels"),
    ...Object.fromEntries(
      [...names].sort().map((name) => [name, valuesOf(own, all, steps, ({ counts }) => counts[name] ?? 0)]),
    ),
  };
}

/** The mean over all looks. In those at which an app is not written down, it had nothing. */
function gaugeOf(own: Timeline, all: Timeline, steps: Steps, name: "connections" | "channels") {
  return valuesOf(own, all, steps, (bucket, looks) => Math.round((bucket[name] / looks) * 10) / 10);
}

function valuesOf(
  own: Timeline,
  all: Timeline,
  { fromMs, toMs, stepSeconds }: Steps,
  read: (bucket: Bucket, looks: number) => number,
): (number | null)[] {
  const values: (number | null)[] = [];
  for (let atMs = fromMs; atMs < toMs; atMs += stepSeconds * 1000) {
    const looks = all.get(atMs)?.slots;
    const bucket = own.get(atMs);
    if (looks === undefined) values.push(null);
    else values.push(bucket ? read(bucket, looks) : 0);
  }
  return values;
}

function totalsOf(timeline: Timeline): Record<string, number> {
  const totals: Record<string, number> = { connections_peak: 0 };
  for (const { peak, counts } of timeline.values()) {
    totals.connections_peak = Math.max(peak, totals.connections_peak ?? 0);
    for (const [name, count] of Object.entries(counts)) {
      if (!name.startsWith(DETAILS)) totals[name] = (totals[name] ?? 0) + count;
    }
  }
  return totals;
}

/** Fewer points, each the highest of those that it stands for. */
function thinned(values: readonly (number | null)[]): (number | null)[] {
  const size = Math.ceil(values.length / MOST_POINTS);
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) => {
    const known = values.slice(index * size, (index + 1) * size).filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  });
}
