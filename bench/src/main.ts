/** `npm run bench`: measures every row of design.md, section 5, and says whether it holds. */
import { cpus } from "node:os";
import { type Contender, compareRow, type RowReport } from "./compare.ts";
import { type Extra, HELP, type Options, parseOptions } from "./options.ts";
import { formatReport } from "./report.ts";
import type { Row } from "./row.ts";
import { listRows } from "./rows/list-rows.ts";
import { startBaseline, startOurs } from "./servers.ts";
import { startWithConsole } from "./with-console.ts";
import { startWithWebhooks } from "./with-webhooks.ts";

/** What each costs at most, against Usher without it. */
const EXTRAS = {
  console: { limit: 1.03, start: startWithConsole },
  webhooks: { limit: 1.05, start: startWithWebhooks },
} as const;

const options = readOptions();
if (options.isHelp) {
  process.stdout.write(HELP);
  process.exit(0);
}

const contenders = chooseContenders(options);
const reports: RowReport[] = [];
for (const row of listRows(options.churnConnections)) {
  if (options.rows.length > 0 && !options.rows.includes(row.name)) continue;
  const onProgress = (line: string) => process.stderr.write(`${line}\n`);
  const judged = options.extra ? heldTo(EXTRAS[options.extra].limit, row) : row;
  reports.push(await compareRow(judged, contenders, { ...options, onProgress }));
}

const machine = { cpu: cpus()[0]?.model, cores: cpus().length, platform: process.platform, bun: Bun.version };
if (options.isJson)
  console.log(JSON.stringify({ machine, isQuick: options.isQuick, rows: reports }, null, 2));
else console.log(`\n${machine.cores} x ${machine.cpu}, Bun ${machine.bun}\n\n${formatReport(reports)}`);
process.exit(reports.some(({ held }) => held === false) ? 1 : 0);

function heldTo(limit: number, row: Row): Row {
  return row.hold.kind === "ratio" ? { ...row, hold: { kind: "ratio", limit } } : row;
}

function readOptions(): Options {
  try {
    const rowNames = listRows(1).map(({ name }) => name);
    return parseOptions(process.argv.slice(2), rowNames);
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`);
    process.exit(2);
  }
}

function chooseContenders({ target, only, extra }: Options): readonly Contender[] {
  if (target) {
    const stop = async () => {};
    return [{ name: "target", start: async () => ({ target, metricsUrl: null, dataDir: "", stop }) }];
  }
  if (extra) return againstItself(extra);
  const both = [
    { name: "ours", start: () => startOurs() },
    { name: "baseline", start: startBaseline },
  ];
  return only === null ? both : both.filter(({ name }) => name === only);
}

function againstItself(extra: Extra): readonly Contender[] {
  return [
    { name: `with ${extra}`, start: EXTRAS[extra].start },
    { name: `without ${extra}`, start: () => startOurs() },
  ];
}
