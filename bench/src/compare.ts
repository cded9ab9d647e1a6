import type { Check, Hold, Measurement, Row } from "./row.ts";
import type { StartedServer } from "./servers.ts";
import { pairwiseRatios, type Summary, summarize } from "./statistics.ts";

/** Something to measure: started afresh for every measurement, so that none inherits the heap of the one before. */
export interface Contender {
  readonly name: string;
  start(): Promise<StartedServer>;
}

export interface RowReport {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly hold: Hold;
  readonly saturates: boolean;
  readonly sides: readonly Side[];
  /** First contender to second, round by round; null in rows that are not held to a ratio. */
  readonly ratio: Summary | null;
  /** Null when there is nothing to hold it to: a ratio without a baseline, or a quick run. */
  readonly held: boolean | null;
  readonly checks: readonly Check[];
}

/** What was seen of one contender. */
export interface Side {
  readonly name: string;
  readonly figures: readonly number[];
  readonly figure: Summary | null;
  readonly serverBusy: Summary | null;
  readonly p50Ms: Summary | null;
  readonly p99Ms: Summary | null;
}

export interface CompareOptions {
  readonly rounds: number;
  readonly isQuick: boolean;
  readonly onProgress: (line: string) => void;
}

/** Measures one row: the contenders in turn, A B A B, so that a slow spell of the machine meets both. */
export async function compareRow(
  row: Row,
  contenders: readonly Contender[],
  options: CompareOptions,
): Promise<RowReport> {
  // What must always hold needs no average.
  const rounds = row.hold.kind === "always" ? 1 : options.rounds;
  const measured = new Map<string, Measurement[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) {
      const measurement = await measureOnce(row, contender, options.isQuick);
      measured.get(contender.name)?.push(measurement);
      options.onProgress(`${row.name} ${round}/${rounds} ${contender.name}: ${describe(row, measurement)}`);
    }
  }

  const sides = [...measured].map(([name, measurements]) => toSide(name, measurements));
  const [first, second] = sides;
  const isRatio = row.hold.kind === "ratio";
  const ratio = isRatio && first && second ? summarize(pairwiseRatios(first.figures, second.figures)) : null;
  // The baseline limits nothing, so it is bound to fail where limits are the point.
  const judged = row.hold.kind === "always" ? [...measured.values()].slice(0, 1) : [...measured.values()];
  const checks = judged.flat().flatMap((measurement) => measurement.checks);
  const { name, title, unit, hold, saturates } = row;
  return {
    name,
    title,
    unit,
    hold,
    saturates,
    sides,
    ratio,
    checks,
    held: isHeld(hold, first, ratio, checks, options.isQuick),
  };
}

async function measureOnce(row: Row, contender: Contender, isQuick: boolean): Promise<Measurement> {
  let server: StartedServer | null = null;
  try {
    server = await contender.start();
    return await row.measure(server, isQuick);
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    const check = { what: `${contender.name} could be measured`, passed: false, seen };
    return { figure: null, serverBusy: null, latency: null, checks: [check] };
  } finally {
    await server?.stop();
  }
}

function isHeld(
  hold: Hold,
  first: Side | undefined,
  ratio: Summary | null,
  checks: readonly Check[],
  isQuick: boolean,
): boolean | null {
  if (checks.some(({ passed }) => !passed)) return false;
  if (hold.kind === "always") return true;
  const judged = hold.kind === "ratio" ? ratio : first?.figure;
  if (isQuick || !judged) return null;
  return hold.kind === "at least" ? judged.median >= hold.limit : judged.median <= hold.limit;
}

function toSide(name: string, measurements: readonly Measurement[]): Side {
  const figures = pick(measurements, ({ figure }) => figure);
  return {
    name,
    figures,
    figure: summarize(figures),
    serverBusy: summarize(pick(measurements, ({ serverBusy }) => serverBusy)),
    p50Ms: summarize(pick(measurements, ({ latency }) => latency?.p50Ms ?? null)),
    p99Ms: summarize(pick(measurements, ({ latency }) => latency?.p99Ms ?? null)),
  };
}

function pick(
  measurements: readonly Measurement[],
  read: (measurement: Measurement) => number | null,
): number[] {
  return measurements.map(read).filter((value) => value !== null);
}

function describe(row: Row, { figure, serverBusy, checks }: Measurement): string {
  const failed = checks
    .filter(({ passed }) => !passed)
    .map(({ what, seen }) => `; not so: ${what} (${seen.split("\n", 1)[0]})`);
  const busy = serverBusy === null ? "" : `, server ${serverBusy.toFixed(2)} busy`;
  return `${figure === null ? "no figure" : `${figure.toFixed(2)} ${row.unit}`}${busy}${failed.join("")}`;
}
