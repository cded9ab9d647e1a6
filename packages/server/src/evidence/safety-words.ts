import type { UseKind } from "../store/tables.ts";
import type { ClientUse, SecretUse } from "./secret-use.ts";
import { OTHER_CLIENTS } from "./secret-uses.ts";

export const KIND_WORDS = {
  http_api: "for the HTTP API",
  channel: "for a channel",
  user: "to sign in a user",
} as const satisfies Record<UseKind, string>;

/** `3 times in the last 24 hours, last 4 minutes ago by pusher-http-node 5.3.4 from 10.0.0.7 for the HTTP API`. */
export function useInWords(use: SecretUse, nowMs: number): string {
  const often = `${timesOf(use.countLast24Hours)} in the last 24 hours`;
  const lastUsedMs = use.lastUsedAt === null ? nowMs : Date.parse(use.lastUsedAt);
  const caller = latestCaller(use.clients);
  return `${often}, last ${agoOf(nowMs - lastUsedMs)}${caller ? ` ${callerInWords(caller)}` : ""}`;
}

/** `4 minutes ago`. */
export function agoOf(ms: number): string {
  return ms < 1_000 ? "a moment ago" : `${durationOf(ms)} ago`;
}

/** The whole units of the largest kind that there are two of, nearly: `90 seconds`, `5 minutes`, `30 hours`, `3 days`. */
export function durationOf(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  if (seconds < 120) return counted(seconds, "second");
  if (seconds < 2 * HOUR) return counted(Math.floor(seconds / 60), "minute");
  if (seconds < 2 * DAY) return counted(Math.floor(seconds / HOUR), "hour");
  return counted(Math.floor(seconds / DAY), "day");
}

const HOUR = 3_600;
const DAY = 86_400;

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function timesOf(count: number): string {
  return count <= 1 ? "once" : `${count} times`;
}

/** Of those who came in the last moment, rather one that can be named in full. */
function latestCaller(clients: readonly ClientUse[]): ClientUse | undefined {
  const [latest] = clients;
  if (!latest) return undefined;
  const momentMs = Date.parse(latest.lastUsedAt) - 1_000;
  return clients.find((each) => each.address !== null && Date.parse(each.lastUsedAt) >= momentMs) ?? latest;
}

function callerInWords({ client, address, kind }: ClientUse): string {
  const who = client === OTHER_CLIENTS ? "by one of many clients" : `by ${client}`;
  return `${who}${address === null ? "" : ` from ${address}`} ${KIND_WORDS[kind]}`;
}
