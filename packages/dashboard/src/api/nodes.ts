import { useQuery } from "@tanstack/react-query";
import type { Items } from "./apps.ts";
import { request } from "./request.ts";

export interface Node {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly started_at: string;
  readonly seen_at: string;
  readonly is_live: boolean;
  readonly is_draining: boolean;
  readonly connections: number;
  readonly applied_revision: number;
}

const LIVE_MS = 5_000;

/** The servers that share this database, the oldest first. */
export function useNodes() {
  return useQuery({
    queryKey: ["nodes"],
    queryFn: () => request<Items<Node>>("GET", "/nodes"),
    refetchInterval: LIVE_MS,
  });
}
