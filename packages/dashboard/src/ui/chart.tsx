import { useState } from "react";
import classes from "./chart.module.css";
import { ChartCanvas } from "./chart-canvas.tsx";
import { ChartTable } from "./chart-table.tsx";
import { short } from "./numbers.ts";

export type ChartColour = "accent" | "good" | "warn" | "bad" | "quiet";

export interface ChartSeries {
  readonly label: string;
  /** One for each time; `null` is a gap. */
  readonly values: readonly (number | null)[];
  readonly colour: ChartColour;
  /** For what is no main thing: the peak beside the mean. */
  readonly isDashed?: boolean;
  readonly isFilled?: boolean;
}

export interface ChartMark {
  /** Seconds since 1970. */
  readonly at: number;
  readonly colour: ChartColour;
}

export interface ChartData {
  /** Seconds since 1970, evenly spaced. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly marks: readonly ChartMark[];
}

interface ChartProps extends ChartData {
  readonly title: string;
  /** What the values are: "a second". */
  readonly unit: string;
}

/** Lines over time. What they say is also there as words, and as a table for those who want the numbers. */
export function Chart({ title, unit, ...data }: ChartProps) {
  const [pointed, setPointed] = useState<number | null>(null);
  const [isTable, setTable] = useState(false);
  const last = data.times.length - 1;
  const index = pointed ?? lastKnown(data, last);
  return (
    <figure className={classes.figure}>
      <figcaption className={classes.caption}>
        <h2>
          {title} <span className={classes.unit}>{unit}</span>
        </h2>
        <ul className={classes.legend}>
          {data.series.map(({ label, values, colour, isDashed = false }) => (
            <li key={label}>
              <span className={classes.key} data-colour={colour} data-dashed={isDashed} aria-hidden />
              {label} <strong>{shown(values[index])}</strong>
              <span className="visually-hidden">, at most {shown(highest(values))}</span>
            </li>
          ))}
        </ul>
      </figcaption>
      <div className={classes.place}>
        <ChartCanvas data={data} onPoint={setPointed} />
        {!isKnownAt(data, lastKnown(data, last)) && (
          <p className={`quiet ${classes.nothing}`}>
            Nothing was recorded yet. Figures come every 10 seconds.
          </p>
        )}
      </div>
      <details className={classes.details} onToggle={(event) => setTable(event.currentTarget.open)}>
        <summary>
          <span className="visually-hidden">{title} </span>as a table
        </summary>
        {isTable && <ChartTable title={`${title} ${unit}`} data={data} />}
      </details>
    </figure>
  );
}

function shown(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : short(value);
}

function highest(values: ChartSeries["values"]): number | null {
  return values.reduce(
    (most, value) => (value !== null && (most === null || value > most) ? value : most),
    null,
  );
}

/** The last moment of which anything is known. */
function lastKnown({ series }: ChartData, last: number): number {
  for (let index = last; index >= 0; index--) {
    if (isKnownAt({ series }, index)) return index;
  }
  return last;
}

function isKnownAt({ series }: Pick<ChartData, "series">, index: number): boolean {
  return series.some(({ values }) => typeof values[index] === "number");
}
