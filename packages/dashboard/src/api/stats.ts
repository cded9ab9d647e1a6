import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { AppStatsAnswer, ErrorGroupAnswer, StatsAnswer } from "@usher/server/admin-types";
import { appPath } from "./apps.ts";
import { queryString, request } from "./request.ts";

export const RANGES = ["15m", "1h", "24h", "7d"] as const;

export type Range = (typeof RANGES)[number];

/** One value for each step; `null` where no server looked. */
export type Values = readonly (number | null)[];

export type StatsMark = Stats["marks"][number];

export type Stats = StatsAnswer;

export type AppStats = AppStatsAnswer;

export type ErrorGroup = ErrorGroupAnswer;

export type ErrorSample = NonNullable<ErrorGroup["sample"]>;

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
