import { useEffect, useState } from "react";

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];
const TICK_MS = 10_000;

/** A time as people say it, "3 minutes ago", with the exact one behind it. @param at ISO 8601. */
export function Ago({ at }: { readonly at: string }) {
  // Only to be drawn again: what is shown is worked out from the clock each time, or a fresh time would lie ahead of it.
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={at} title={EXACT.format(new Date(at))}>
      {relative(Date.parse(at), Date.now())}
    </time>
  );
}

export function relative(thenMs: number, nowMs: number): string {
  const seconds = Math.round((thenMs - nowMs) / 1000);
  const [unit, size] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? ["second", 1];
  return RELATIVE.format(Math.trunc(seconds / size), unit);
}
