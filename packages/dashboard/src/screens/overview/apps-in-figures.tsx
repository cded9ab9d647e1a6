import { Link } from "wouter";
import { type AppStats, type Range, useAppsStats } from "../../api/stats.ts";
import { Badge } from "../../ui/badge.tsx";
import { buttonClass } from "../../ui/button.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { short, whole } from "../../ui/numbers.ts";
import { Panel } from "../../ui/panel.tsx";
import { rangeInWords } from "../../ui/range-picker.tsx";
import { Sparkline } from "../../ui/sparkline.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { NUMBER_CELL, Table } from "../../ui/table.tsx";
import { useSteadyRows } from "../../ui/use-steady-rows.ts";
import { refusedOf } from "./figures.ts";

const COLUMNS = [
  { title: "App" },
  { title: "Connections", isNumber: true },
  { title: "Over time" },
  { title: "Most", isNumber: true },
  { title: "Messages to clients", isNumber: true },
  { title: "Refused", isNumber: true },
];

/** The apps with the most connections, beside one another. */
export function AppsInFigures({ range }: { readonly range: Range }) {
  const stats = useAppsStats(range);
  return (
    <Panel
      title="Apps"
      actions={
        <Link className={buttonClass("quiet", true)} href="/apps">
          All apps
        </Link>
      }
    >
      <Loaded query={stats}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title="There is no app yet">
              <Link className={buttonClass("primary")} href="/apps">
                Create the first app
              </Link>
            </EmptyState>
          ) : (
            <Rows items={items} range={range} />
          )
        }
      </Loaded>
    </Panel>
  );
}

function Rows({ items, range }: { readonly items: readonly AppStats[]; readonly range: Range }) {
  const { rows, hold } = useSteadyRows(items, ({ app_id }) => app_id, range);
  return (
    <div {...hold}>
      <Table caption="Apps in figures" columns={COLUMNS} isStacking>
        {rows.map(({ item: { app_id, name, enabled, now, connections_peak, totals, sparkline } }) => (
          <tr key={app_id}>
            <td data-title="App">
              <Link data-row href={`/apps/${encodeURIComponent(app_id)}?range=${range}`}>
                {name}
              </Link>{" "}
              {!enabled && <Badge tone="bad">disabled</Badge>}
            </td>
            <td data-title="Connections" className={NUMBER_CELL}>
              {whole(now.connections)}
            </td>
            <td data-title="Over time">
              <Sparkline
                label={`Connections in ${rangeInWords(range)}, at most ${whole(connections_peak)}`}
                values={sparkline}
              />
            </td>
            <td data-title="Most" className={NUMBER_CELL}>
              {whole(connections_peak)}
            </td>
            <td data-title="Messages to clients" className={NUMBER_CELL}>
              {short(totals.messages_out ?? 0)}
            </td>
            <td data-title="Refused" className={NUMBER_CELL}>
              {short(refusedOf(totals))}
            </td>
          </tr>
        ))}
      </Table>
    </div>
  );
}
