import classes from "./sparkline.module.css";

interface SparklineProps {
  /** What it shows, for those who do not see it. */
  readonly label: string;
  /** `null` is a gap. */
  readonly values: readonly (number | null)[];
}

const WIDTH = 120;
const HEIGHT = 28;

/** A line as small as a word. */
export function Sparkline({ label, values }: SparklineProps) {
  const most = Math.max(1, ...values.filter((value) => value !== null));
  const x = (index: number) => (index / Math.max(1, values.length - 1)) * WIDTH;
  const y = (value: number) => HEIGHT - 2 - (value / most) * (HEIGHT - 4);
  return (
    <svg className={classes.sparkline} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <path d={pathOf(values, x, y)} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

/** Lifts the pen at gaps; a value on its own is a dot. */
function pathOf(
  values: SparklineProps["values"],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  return values
    .map((value, index) => {
      if (value === null) return "";
      const before = values[index - 1];
      const isNew = before === null || before === undefined;
      const at = `${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
      return isNew ? `M${at}h0.1` : `L${at}`;
    })
    .join("");
}
