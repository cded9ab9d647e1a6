import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { appPath } from "./apps.ts";
import { queryString, request } from "./request.ts";

export const RANGES = ["15m", "1h", "24h", "7d"] as const;

export type Range = (typeof RANGES)[number];

/** One value for each step; `null` where no server looked. */
export type Values = readonly (number | null)[];

export interface StatsMark {
  readonly at: string;
  readonly kind: "node" | "rotation" | "app";
  readonly text: string;
}

export interface Stats {
  readonly step_seconds: number;
  readonly from: string;
  readonly to: string;
  readonly series: Readonly<Record<string, Values>>;
  readonly totals: Readonly<Record<string, number>>;
  readonly marks: readonly StatsMark[];
  readonly now: { readonly connections: number; readonly channels: number };
}

export interface AppStats {
  readonly app_id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly now: Stats["now"];
  readonly connections_peak: number;
  readonly totals: Readonly<Record<string, number>>;
  readonly sparkline: Values;
}

export interface ErrorGroup {
  readonly operation: string;
  readonly code: string;
  readonly cause: string | null;
  readonly count: number;
  readonly first_seen_at: string;
  readonly last_seen_at: string;
  readonly message: string;
  readonly hint: string;
  readonly docs: string;
  readonly sample: ErrorSample | null;
}

export interface ErrorSample {
  readonly id: string;
  readonly at: string;
  readonly reason: string;
  readonly channel: string | null;
  readonly socket_id: string | null;
  readonly client: string | null;
  readonly address: string | null;
}

/** A server writes its figures every 10 s; what is true now is told at once. */
const LIVE_MS = 5_000;
const SLOW_MS = 15_000;
const WAITING_MS = 2_000;

export function useServerStats(range: Range) {
  return useQuery({
    queryKey: ["stats", range],
    queryFn: () => request<Stats>("GET", `/stats${queryString({ range })}`),
    refetchInterval: paceOf(range),
    placeholderData: keepPreviousData,
  });
}

export function useAppsStats(range: Range) {
  return useQuery({
    queryKey: ["stats", "apps", range],
    queryFn: () =>
      request<{ readonly items: readonly AppStats[] }>("GET", `/stats/apps${queryString({ range })}`),
    refetchInterval: paceOf(range),
    placeholderData: keepPreviousData,
  });
}

/** Asks more often before anybody was connected: somebody may sit there and wait for the first. */
export function useAppStats(appId: string, range: Range) {
  return useQuery({
    queryKey: ["apps", appId, "stats", range],
    queryFn: () => request<Stats>("GET", appPath(appId, `/stats${queryString({ range })}`)),
    refetchInterval: ({ state }) => (isWaiting(state.data) ? WAITING_MS : paceOf(range)),
    placeholderData: (before, query) => (query?.queryKey[1] === appId ? before : undefined),
  });
}

export function useErrors(appId: string, range: Range) {
  return useQuery({
    queryKey: ["apps", appId, "errors", range],
    queryFn: () =>
      request<{ readonly items: readonly ErrorGroup[] }>(
        "GET",
        appPath(appId, `/errors${queryString({ range })}`),
      ),
    refetchInterval: LIVE_MS,
  });
}

function isWaiting(stats: Stats | undefined): boolean {
  return stats?.now.connections === 0 && stats.totals.connections_opened === undefined;
}

function paceOf(range: Range): number {
  return range === "15m" || range === "1h" ? LIVE_MS : SLOW_MS;
}
