import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { NodeAnswer } from "@usher/server/admin-types";
import type { Items } from "./apps.ts";
import { request } from "./request.ts";

export type Node = NodeAnswer;

const LIVE_MS = 5_000;

/** The servers that share this database, the oldest first. */
export function useNodes() {
  return useQuery({
    queryKey: ["nodes"],
    queryFn: () => request<Items<Node>>("GET", "/nodes"),
    // One that is on its way tells of it each second.
    refetchInterval: ({ state: { data } }) => (data?.items.some(isOnItsWay) ? CLOSE_LOOK_MS : LIVE_MS),
  });
}

const CLOSE_LOOK_MS = 1_000;

/** Is it sending its clients away, or has it not heard yet of what it was asked? */
function isOnItsWay({ is_live, is_draining, drain_requested_at, connections }: Node): boolean {
  if (!is_live) return false;
  return is_draining ? connections > 0 || drain_requested_at === null : drain_requested_at !== null;
}

/** Takes a server out of service, or puts it back. */
export function useNodeOrder(id: string, order: "drain" | "resume") {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request<Node>("POST", `/nodes/${encodeURIComponent(id)}/${order}`),
    onSettled: () => client.invalidateQueries({ queryKey: ["nodes"] }),
  });
}
