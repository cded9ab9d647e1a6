import type { ChartData, ChartSeries } from "./chart.tsx";
import { short } from "./numbers.ts";
import { NUMBER_CELL, Table } from "./table.tsx";

const MOST_ROWS = 24;
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "medium" });

/** What a chart shows, in at most so many rows, each the mean of the steps that it stands for; the latest first. */
export function ChartTable({ title, data }: { readonly title: string; readonly data: ChartData }) {
  const { times, series } = data;
  const size = Math.max(1, Math.ceil(times.length / MOST_ROWS));
  const starts = times.flatMap((_, index) => (index % size === 0 ? [index] : [])).reverse();
  return (
    <Table
      caption={title}
      columns={[{ title: "From" }, ...series.map(({ label }) => ({ title: label, isNumber: true }))]}
    >
      {starts.map((start) => (
        <tr key={times[start]}>
          <td>{MOMENT.format((times[start] ?? 0) * 1000)}</td>
          {series.map(({ label, values }) => (
            <td key={label} className={NUMBER_CELL ?? ""}>
              {meanOf(values.slice(start, start + size))}
            </td>
          ))}
        </tr>
      ))}
    </Table>
  );
}

function meanOf(values: ChartSeries["values"]): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return "–";
  return short(known.reduce((sum, value) => sum + value, 0) / known.length);
}
