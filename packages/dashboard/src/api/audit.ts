import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Items, PageOf } from "./apps.ts";
import { queryString, request } from "./request.ts";

export interface AuditActor {
  readonly kind: "operator" | "token" | "local" | "app" | "config" | "system";
  /** Empty where the kind says it all. */
  readonly id: string;
  readonly name: string;
  readonly address: string | null;
}

export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  readonly actor: AuditActor;
  /** Dotted words: `secret.rotate`. */
  readonly action: string;
  readonly app_id: string | null;
  readonly target: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

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
