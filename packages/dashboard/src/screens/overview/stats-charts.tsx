import { useMemo } from "react";
import type { Stats } from "../../api/stats.ts";
import { Chart, type ChartColour, type ChartSeries } from "../../ui/chart.tsx";
import { marksOf, rateOf, refusedRateOf, timesOf } from "./figures.ts";
import classes from "./overview.module.css";

interface Drawing {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly ChartSeries[];
}

const SECOND = 1;
const MINUTE = 60;

/** The same charts for the whole server and for one app. */
export function StatsCharts({ stats }: { readonly stats: Stats }) {
  const drawings = useMemo(() => drawingsOf(stats), [stats]);
  const times = useMemo(() => timesOf(stats), [stats]);
  const marks = useMemo(() => marksOf(stats), [stats]);
  return (
    <div className={classes.charts}>
      {drawings.map((drawing) => (
        <Chart key={drawing.title} {...drawing} times={times} marks={marks} />
      ))}
    </div>
  );
}

function drawingsOf(stats: Stats): readonly Drawing[] {
  const { series } = stats;
  const rate = (label: string, colour: ChartColour, perSeconds: number, ...names: readonly string[]) => ({
    label,
    colour,
    values: rateOf(stats, perSeconds, ...names),
  });
  return [
    {
      title: "Connections",
      unit: "at once",
      series: [
        { label: "open", values: series.connections ?? [], colour: "accent", isFilled: true },
        { label: "most", values: series.connections_peak ?? [], colour: "quiet", isDashed: true },
      ],
    },
    {
      title: "Messages",
      unit: "a second",
      series: [
        { ...rate("to clients", "accent", SECOND, "messages_out"), isFilled: true },
        rate("from clients", "good", SECOND, "messages_in"),
      ],
    },
    {
      title: "Authorizations",
      unit: "a minute",
      series: [
        rate("granted", "good", MINUTE, "subscriptions:granted", "sign_ins:granted"),
        { label: "refused", colour: "bad", values: refusedRateOf(stats, MINUTE) },
      ],
    },
    {
      title: "API requests",
      unit: "a second",
      series: [
        rate("answered", "accent", SECOND, "requests:2xx"),
        rate("refused", "warn", SECOND, "requests:4xx"),
        rate("failed", "bad", SECOND, "requests:5xx"),
      ],
    },
    {
      title: "Coming and going",
      unit: "connections a minute",
      series: [
        rate("opened", "good", MINUTE, "connections_opened"),
        rate("closed", "quiet", MINUTE, "connections_closed"),
        rate("refused", "bad", MINUTE, "handshakes:"),
      ],
    },
    {
      title: "Webhooks",
      unit: "requests a minute",
      series: [
        rate("answered well", "good", MINUTE, "webhooks:attempts_ok"),
        rate("failed", "bad", MINUTE, "webhooks:attempts_failed"),
      ],
    },
  ];
}
