import type { RowReport, Side } from "./compare.ts";
import type { Hold } from "./row.ts";
import type { Summary } from "./statistics.ts";

/** Cores in use by a server that is the bottleneck; the rest is waiting for the other end. */
const SATURATED = 0.85;

/** The table that a person reads: figures, then latency, then what failed. */
export function formatReport(reports: readonly RowReport[]): string {
  const names = reports[0]?.sides.map(({ name }) => name) ?? [];
  const hasRatio = names.length === 2;
  const header = [
    "row",
    "",
    ...names,
    ...(hasRatio ? ["ratio (min - max)"] : []),
    "server busy",
    "hold",
    "held",
  ];
  const lines = reports.map((report) => [
    report.name,
    report.title,
    ...report.sides.map((side) => figure(side, report.unit)),
    ...(hasRatio ? [spread(report.ratio)] : []),
    report.sides.map(({ serverBusy }) => serverBusy?.median.toFixed(2) ?? "-").join(" / "),
    limit(report.hold, report.unit),
    report.held === null ? "-" : report.held ? "yes" : "NO",
  ]);
  return [table([header, ...lines]), latency(reports), doubts(reports), failures(reports)]
    .filter((part) => part !== "")
    .join("\n\n");
}

function latency(reports: readonly RowReport[]): string {
  const lines = reports
    .filter(({ sides }) => sides.some(({ p50Ms }) => p50Ms !== null))
    .map(({ name, sides }) => [
      name,
      ...sides.flatMap(({ p50Ms, p99Ms }) => [milliseconds(p50Ms), milliseconds(p99Ms)]),
    ]);
  if (lines.length === 0) return "";
  const names = reports[0]?.sides.flatMap(({ name }) => [`${name} p50`, "p99"]) ?? [];
  return table([["ms to the last subscriber", ...names], ...lines]);
}

/** Rows in which the server had time to spare although it was given all it could do. */
function doubts(reports: readonly RowReport[]): string {
  return reports
    .filter(({ saturates }) => saturates)
    .flatMap(({ name, sides }) => sides.map((side) => ({ row: name, ...side })))
    .filter(({ serverBusy }) => serverBusy !== null && serverBusy.median < SATURATED)
    .map(
      ({ row, name, serverBusy }) =>
        `DOUBTFUL: ${row}, ${name} was only ${serverBusy?.median.toFixed(2)} busy; something else was using the machine`,
    )
    .join("\n");
}

function failures(reports: readonly RowReport[]): string {
  return reports
    .flatMap(({ name, checks }) =>
      checks.filter(({ passed }) => !passed).map((check) => ({ name, ...check })),
    )
    .map(({ name, what, seen }) => `NOT SO in ${name}: ${what}\n  seen: ${seen.replaceAll("\n", "\n  ")}`)
    .join("\n");
}

function figure({ figure }: Side, unit: string): string {
  return figure ? `${figure.median.toFixed(2)} ${unit}` : "-";
}

function spread(ratio: Summary | null): string {
  return ratio ? `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)} - ${ratio.max.toFixed(2)})` : "-";
}

function limit(hold: Hold, unit: string): string {
  if (hold.kind === "always") return "always";
  if (hold.kind === "ratio") return `ratio <= ${hold.limit.toFixed(2)}`;
  return `${hold.kind === "at least" ? ">=" : "<="} ${hold.limit} ${unit}`;
}

function milliseconds(summary: Summary | null): string {
  return summary ? summary.median.toFixed(1) : "-";
}

function table(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
