import { Link } from "wouter";
import { useApp } from "../../api/apps.ts";
import { type Stats, useAppStats } from "../../api/stats.ts";
import { Badge } from "../../ui/badge.tsx";
import { buttonClass } from "../../ui/button.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { RangePicker, rangeInWords, useRange } from "../../ui/range-picker.tsx";
import classes from "../overview/overview.module.css";
import { Reasons } from "../overview/reasons.tsx";
import { StatsCharts } from "../overview/stats-charts.tsx";
import { StatsMarks } from "../overview/stats-marks.tsx";
import { StatsTiles } from "../overview/stats-tiles.tsx";
import type { ScreenProps } from "../screens.ts";
import { FirstConnection } from "./first-connection.tsx";

/** One app: is anyone there, is anything refused, and what to do while nobody is. */
export function AppOverview({ params: { id = "" } }: ScreenProps) {
  const [range, setRange] = useRange();
  const app = useApp(id);
  const stats = useAppStats(id, range);
  const base = `/apps/${encodeURIComponent(id)}`;
  return (
    <Page
      title={app.data?.name ?? "Overview"}
      lead={
        <>
          App <code>{id}</code>, now and in {rangeInWords(range)}.{" "}
          {app.data?.enabled === false && <Badge tone="bad">disabled: clients are refused</Badge>}
        </>
      }
      actions={<RangePicker range={range} setRange={setRange} />}
    >
      <Loaded query={stats} rows={8}>
        {(data) => (
          <>
            {app.data && <FirstConnection key={id} app={app.data} isConnected={isKnown(data)} />}
            <StatsTiles stats={data} within={rangeInWords(range)} />
            <StatsCharts stats={data} />
            <div className={classes.pair}>
              <Reasons
                stats={data}
                actions={
                  <Link className={buttonClass("quiet", true)} href={`${base}/errors?range=${range}`}>
                    Errors with their causes
                  </Link>
                }
              />
              <StatsMarks marks={data.marks} />
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** Is or was somebody connected? */
function isKnown({ now, totals }: Stats): boolean {
  return now.connections > 0 || (totals.connections_opened ?? 0) > 0 || (totals.connections_peak ?? 0) > 0;
}
