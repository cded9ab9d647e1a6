import { InvalidArgumentError } from "commander";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds of a duration as people write it: `90s`, `30m`, `24h`, `7d`; `0` is none. For an option's argument. */
export function parseDuration(text: string): number {
  if (text === "0") return 0;
  const [, amount, unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (amount === undefined) throw new InvalidArgumentError("Give a duration such as 90s, 30m, 24h or 7d.");
  return Number(amount) * (SECONDS[unit] ?? 0);
}

/** A duration in words, in the largest unit of which there are two: `90 seconds`, `30 hours`, `3 days`. */
export function printDuration(seconds: number): string {
  const [size, name] = UNITS.find(([unit]) => seconds >= 2 * unit) ?? SECOND;
  const amount = Math.round(seconds / size);
  return `${amount} ${name}${amount === 1 ? "" : "s"}`;
}

const SECOND = [1, "second"] as const;
const UNITS = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
] as const;

/** How long ago, or how long until then. @param time ISO 8601. */
export function printTime(time: string | null, nowMs: number): string {
  if (time === null) return "never";
  const seconds = (Date.parse(time) - nowMs) / 1_000;
  if (Math.abs(seconds) < 1) return "now";
  return seconds > 0 ? `in ${printDuration(seconds)}` : `${printDuration(-seconds)} ago`;
}
