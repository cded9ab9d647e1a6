import { parseArgs } from "node:util";
import type { Target } from "./job.ts";

/** The debug console open; webhooks on, for every kind of event. */
export type Extra = "console" | "webhooks";

export interface Options {
  /** Names of the rows to run; all of them when empty. */
  readonly rows: readonly string[];
  readonly rounds: number;
  readonly churnConnections: number;
  readonly isQuick: boolean;
  readonly isJson: boolean;
  readonly isHelp: boolean;
  /** Run one of the two servers alone. */
  readonly only: string | null;
  /** Ours with something that costs a little against ours without it; null against the bare engine. */
  readonly extra: Extra | null;
  /** A server that is already running, measured instead of ours and the baseline. */
  readonly target: Target | null;
}

export const HELP = `Measures Usher against a bare engine doing the least possible for the same work.

  npm run bench -- [OPTION ...]

  --row NAME      only this row; may be given more than once
  --rounds N      measurements of each server, one after the other in turn (5)
  --churn N       connections of the churn row (100000)
  --quick         one short round of everything, to see that it works; judges no ratio
  --json          print JSON instead of the table
  --only NAME     ours | baseline: measure one of the two alone
  --with NAME     console | webhooks: Usher with its debug console open, or with webhooks on, against Usher
                  without; holds the ratio to 1.03, or to 1.05

  --url ws://HOST:PORT   measure a server that is already running instead
  --app-id ID --key KEY --secret SECRET
  --pid PID              its process, for CPU and memory; without it only latencies are seen

Exit code: 0 all held, 1 something did not hold, 2 the command line is wrong.
`;

/** Throws with a sentence for the user when the command line makes no sense. */
export function parseOptions(args: readonly string[], knownRows: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      row: { type: "string", multiple: true, default: [] },
      rounds: { type: "string" },
      churn: { type: "string", default: "100000" },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      only: { type: "string" },
      with: { type: "string" },
      url: { type: "string" },
      "app-id": { type: "string" },
      key: { type: "string" },
      secret: { type: "string" },
      pid: { type: "string" },
    },
  });
  const unknown = values.row.find((name) => !knownRows.includes(name));
  if (unknown) throw new Error(`there is no row "${unknown}"; there are ${knownRows.join(", ")}`);
  if (values.only !== undefined && !["ours", "baseline"].includes(values.only)) {
    throw new Error(`--only takes ours or baseline, not "${values.only}"`);
  }
  return {
    rows: values.row,
    rounds: count("--rounds", values.rounds ?? (values.quick ? "1" : "5")),
    churnConnections: count("--churn", values.churn),
    isQuick: values.quick,
    isJson: values.json,
    isHelp: values.help,
    only: values.only ?? null,
    extra: parseExtra(values.with),
    target: values.url === undefined ? null : parseTarget(values.url, values),
  };
}

function parseExtra(name: string | undefined): Extra | null {
  if (name === undefined) return null;
  if (name === "console" || name === "webhooks") return name;
  throw new Error(`--with takes console or webhooks, not "${name}"`);
}

function parseTarget(
  url: string,
  given: {
    readonly "app-id"?: string;
    readonly key?: string;
    readonly secret?: string;
    readonly pid?: string;
  },
): Target {
  const { protocol, hostname, port, pathname } = new URL(url);
  if (protocol !== "ws:" || pathname !== "/") throw new Error("--url takes ws://HOST:PORT");
  const { "app-id": appId, key, secret, pid } = given;
  if (!appId || !key || !secret) throw new Error("--url needs --app-id, --key and --secret");
  return {
    host: hostname,
    port: Number(port || "80"),
    appId,
    key,
    secret,
    pid: pid === undefined ? null : count("--pid", pid),
  };
}

function count(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${option} takes a whole number above zero, not "${text}"`);
  return value;
}
