import type { Stats, Values } from "../../api/stats.ts";
import type { ChartMark } from "../../ui/chart.tsx";

/** Names of counts: a word, or a group and a word with a colon between. */
type Totals = Stats["totals"];

/** What happened, by reason; the most frequent first. */
export interface Reason {
  /** `subscriptions`, `sign_ins`, `handshakes`, `closes` */
  readonly group: string;
  /** A code of docs/errors.md. */
  readonly code: string;
  readonly count: number;
}

/** How many times anything of these names was counted; a name that ends in a colon stands for its whole group. */
export function countOf(totals: Totals, ...names: readonly string[]): number {
  return Object.entries(totals).reduce((sum, [name, count]) => (fits(name, names) ? sum + count : sum), 0);
}

/** Authorizations that were refused, whatever was asked for. */
export function refusedOf(totals: Totals): number {
  return countOf(totals, ...AUTHORIZATIONS) - countOf(totals, ...GRANTED);
}

export function grantedOf(totals: Totals): number {
  return countOf(totals, ...GRANTED);
}

/** The part of requests to webhook endpoints that were answered well; undefined where there were none. */
export function webhookSuccess(totals: Totals): number | undefined {
  const well = countOf(totals, "webhooks:attempts_ok");
  const all = well + countOf(totals, "webhooks:attempts_failed");
  return all === 0 ? undefined : well / all;
}

/** Why clients were refused or sent away. */
export function reasonsOf(totals: Totals): readonly Reason[] {
  return Object.entries(totals)
    .map(([name, count]) => ({
      group: name.slice(0, name.indexOf(":")),
      code: name.slice(name.indexOf(":") + 1),
      count,
    }))
    .filter(({ group, code }) => REASONED.has(group) && code !== "granted")
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

/** Counts of these names together, as so many in each `perSeconds`. */
export function rateOf(
  { series, step_seconds }: Stats,
  perSeconds: number,
  ...names: readonly string[]
): Values {
  const lines = Object.entries(series).flatMap(([name, values]) => (fits(name, names) ? [values] : []));
  return gaugeOf(series).map((looked, index) => {
    if (looked === null) return null;
    const sum = lines.reduce((total, values) => total + (values[index] ?? 0), 0);
    return (sum * perSeconds) / step_seconds;
  });
}

/** Refused authorizations, as so many in each `perSeconds`. */
export function refusedRateOf(stats: Stats, perSeconds: number): Values {
  const granted = rateOf(stats, perSeconds, ...GRANTED);
  return rateOf(stats, perSeconds, ...AUTHORIZATIONS).map((all, index) =>
    all === null ? null : all - (granted[index] ?? 0),
  );
}

/** The last value of which anything is known. */
export function latestOf(values: Values): number {
  return values.findLast((value) => value !== null) ?? 0;
}

/** The beginning of each step, in seconds since 1970. */
export function timesOf({ from, step_seconds, series }: Stats): number[] {
  const first = Date.parse(from) / 1000;
  return gaugeOf(series).map((_, index) => first + index * step_seconds);
}

export function marksOf({ marks }: Stats): readonly ChartMark[] {
  return marks.map(({ at, kind }) => ({ at: Date.parse(at) / 1000, colour: MARK_COLOURS[kind] }));
}

/** A line that is always there. */
function gaugeOf(series: Stats["series"]): Values {
  return series.connections ?? [];
}

function fits(name: string, names: readonly string[]): boolean {
  return names.some((each) => (each.endsWith(":") ? name.startsWith(each) : name === each));
}

const AUTHORIZATIONS = ["subscriptions:", "sign_ins:"];
const GRANTED = ["subscriptions:granted", "sign_ins:granted"];
const REASONED: ReadonlySet<string> = new Set(["subscriptions", "sign_ins", "handshakes", "closes"]);
const MARK_COLOURS = { node: "quiet", rotation: "warn", app: "accent" } as const;
