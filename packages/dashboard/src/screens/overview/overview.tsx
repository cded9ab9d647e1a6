import { Link } from "wouter";
import { useNodes } from "../../api/nodes.ts";
import { useServerStats } from "../../api/stats.ts";
import { buttonClass } from "../../ui/button.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { RangePicker, rangeInWords, useRange } from "../../ui/range-picker.tsx";
import { NodeList } from "../nodes/node-list.tsx";
import { AppsInFigures } from "./apps-in-figures.tsx";
import classes from "./overview.module.css";
import { Reasons } from "./reasons.tsx";
import { StatsCharts } from "./stats-charts.tsx";
import { StatsMarks } from "./stats-marks.tsx";
import { StatsTiles } from "./stats-tiles.tsx";

/** All apps on all servers: is anything wrong, and where? */
export function Overview() {
  const [range, setRange] = useRange();
  const stats = useServerStats(range);
  const nodes = useNodes();
  return (
    <Page
      title="Overview"
      lead={`All apps on all servers, now and in ${rangeInWords(range)}.`}
      actions={<RangePicker range={range} setRange={setRange} />}
    >
      <Loaded query={stats} rows={5}>
        {(data) => <StatsTiles stats={data} within={rangeInWords(range)} />}
      </Loaded>
      <AppsInFigures range={range} />
      <Loaded query={stats} rows={8}>
        {(data) => (
          <>
            <StatsCharts stats={data} />
            <div className={classes.pair}>
              <Reasons stats={data} />
              <StatsMarks marks={data.marks} />
            </div>
          </>
        )}
      </Loaded>
      <Panel
        title="Nodes"
        actions={
          <Link className={buttonClass("quiet", true)} href="/nodes">
            More about nodes
          </Link>
        }
      >
        <Loaded query={nodes}>{({ items }) => <NodeList nodes={items} />}</Loaded>
      </Panel>
    </Page>
  );
}
