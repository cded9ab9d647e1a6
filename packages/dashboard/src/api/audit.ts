import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { AuditEntryAnswer } from "@usher/server/admin-types";
import type { Items, PageOf } from "./apps.ts";
import { queryString, request } from "./request.ts";

export type AuditActor = AuditEntry["actor"];

export type AuditEntry = AuditEntryAnswer;

/** Empty texts for all. */
export interface AuditFilter {
  readonly app_id: string;
  readonly action: string;
  readonly actor_id: string;
}

const LIVE_MS = 5_000;

export function useAudit(filter: AuditFilter, { cursor, limit }: PageOf) {
  const query = { ...filter, cursor, limit };
  return useQuery({
    queryKey: ["audit", query],
    queryFn: () => request<Items<AuditEntry>>("GET", `/audit${queryString(query)}`),
    refetchInterval: LIVE_MS,
    placeholderData: keepPreviousData,
  });
}
