import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "react";
import classes from "./chart.module.css";
import type { ChartData } from "./chart.tsx";
import { short } from "./numbers.ts";

interface ChartCanvasProps {
  readonly data: ChartData;
  /** Told the index that the pointer is over; `null` when it leaves. */
  readonly onPoint: (index: number | null) => void;
}

const HEIGHT = 190;
/** What an axis may count in: 0.1, 0.2, 0.5, 1, 2, 5 and so on, which need no more than one decimal. */
const STEPS = Array.from({ length: 11 }, (_, power) =>
  [1, 2, 5].map((step) => step * 10 ** (power - 1)),
).flat();
const DAY_SECONDS = 86_400;
const MOST_LINES = 4;

/** The drawing itself, which nobody reads who cannot see it: the words are beside it. */
export function ChartCanvas({ data, onPoint }: ChartCanvasProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef(data);
  latest.current = data;
  // Drawn anew when there are other lines or other colours; new values and widths are only put in.
  const shape = data.series.map(({ label }) => label).join();

  // biome-ignore lint/correctness/useExhaustiveDependencies: what else it uses is read from refs as it is needed.
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const draw = () => {
      plot.current?.destroy();
      const options = optionsOf(element, latest, onPoint);
      plot.current = new uPlot(options, alignedOf(latest.current), element);
    };
    draw();
    const stopWatching = watchTheme(draw);
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    resized.observe(element);
    return () => {
      stopWatching();
      resized.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [shape]);

  useEffect(() => plot.current?.setData(alignedOf(data)), [data]);
  return <div ref={place} className={classes.canvas} aria-hidden />;
}

function alignedOf({ times, series }: ChartData): uPlot.AlignedData {
  return [[...times], ...series.map(({ values }) => [...values])];
}

function optionsOf(
  element: HTMLElement,
  latest: { readonly current: ChartData },
  onPoint: ChartCanvasProps["onPoint"],
): uPlot.Options {
  const colour = colourReader(element);
  const quiet = colour("--quiet");
  const line = colour("--line");
  const font = "12px system-ui, sans-serif";
  const axis = { stroke: quiet, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 12, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: "usher" }, points: { size: 7 } },
    scales: { y: { range: (_, __, max) => [0, roomAbove(max)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 72,
        size: 26,
        values: (_, splits) => splits.map((at) => timeText(at, latest)),
      },
      { ...axis, size: 46, space: 36, incrs: STEPS, values: (_, splits) => splits.map(short) },
    ],
    series: [
      {},
      ...latest.current.series.map(({ label, colour: name, isDashed, isFilled }) => ({
        label,
        stroke: colour(`--${name}`),
        width: isDashed ? 1.25 : 2,
        ...(isDashed && { dash: [4, 4] }),
        ...(isFilled && { fill: translucent(colour(`--${name}`)) }),
        points: { show: true, size: 5, fill: colour(`--${name}`), filter: lonely },
      })),
    ],
    hooks: {
      draw: [(self) => drawMarks(self, latest.current, colour)],
      setCursor: [(self) => onPoint(self.cursor.idx ?? null)],
    },
  };
}

/** Up to the next round number, and never nothing. */
function roomAbove(max: number | null): number {
  if (!max || max <= 1) return 1;
  const step = STEPS.find((each) => each >= max / MOST_LINES) ?? max;
  return Math.ceil(max / step) * step;
}

/** A value between two gaps has no line, so it is given a dot. */
function lonely(self: uPlot, seriesIndex: number): number[] {
  const values = self.data[seriesIndex] ?? [];
  const isKnown = (index: number) => typeof values[index] === "number";
  return Array.from(values.keys()).filter(
    (index) => isKnown(index) && !isKnown(index - 1) && !isKnown(index + 1),
  );
}

function drawMarks(self: uPlot, { marks }: ChartData, colour: (name: string) => string): void {
  const { ctx, bbox } = self;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const mark of marks) {
    const x = Math.round(self.valToPos(mark.at, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = colour(`--${mark.colour}`);
    ctx.fillStyle = colour(`--${mark.colour}`);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const half = 4 * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x - half, bbox.top - half);
    ctx.lineTo(x + half, bbox.top - half);
    ctx.lineTo(x, bbox.top + half);
    ctx.fill();
  }
  ctx.restore();
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: "short" });

/** Days where they begin in a range of days; else the time of day. */
function timeText(at: number, { current: { times } }: { readonly current: ChartData }): string {
  const isLong = (times.at(-1) ?? 0) - (times[0] ?? 0) > 2 * DAY_SECONDS;
  const date = new Date(at * 1000);
  return isLong && date.getHours() === 0 ? `${WEEKDAY.format(date)} ${date.getDate()}` : CLOCK.format(date);
}

/** A canvas knows nothing of custom properties, so the browser is asked what they come to. */
function colourReader(element: HTMLElement): (name: string) => string {
  const probe = document.createElement("span");
  return (name) => {
    element.append(probe);
    probe.style.color = `var(${name})`;
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}

/** @param colour as browsers print it: `rgb(1, 2, 3)`. */
function translucent(colour: string): string {
  return colour.replace("rgb(", "rgba(").replace(")", ", 0.14)");
}

/** Calls back when the colours change: by the system, or by the choice on the page. */
function watchTheme(changed: () => void): () => void {
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", changed);
  const chosen = new MutationObserver(changed);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    media.removeEventListener("change", changed);
    chosen.disconnect();
  };
}
