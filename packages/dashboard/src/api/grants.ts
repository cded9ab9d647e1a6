import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { GrantsRevokedAnswer, RestrictionAnswer } from "@usher/server/admin-types";
import { appPath, type Items } from "./apps.ts";
import { request } from "./request.ts";

/** What was taken back for later: a ban, or a time before which signatures do not count. */
export type Restriction = RestrictionAnswer;

/** All that is given must fit. */
export interface GrantsToRevoke {
  readonly channel?: string;
  readonly user_id?: string;
  readonly socket_id?: string;
  readonly ban_seconds?: number;
  readonly not_before?: true;
  readonly reason?: string;
}

export type GrantsRevoked = GrantsRevokedAnswer;

const LIVE_MS = 5_000;

export function useRestrictions(appId: string) {
  return useQuery({
    queryKey: ["apps", appId, "grants"],
    queryFn: () => request<Items<Restriction>>("GET", appPath(appId, "/grants")),
    refetchInterval: LIVE_MS,
  });
}

export function useRevokeGrants(appId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (grants: GrantsToRevoke) =>
      request<GrantsRevoked>("POST", appPath(appId, "/grants/revoke"), grants),
    onSettled: () => client.invalidateQueries({ queryKey: ["apps", appId] }),
  });
}

export function useLiftRestriction(appId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request("DELETE", appPath(appId, `/grants/${encodeURIComponent(id)}`)),
    onSettled: () => client.invalidateQueries({ queryKey: ["apps", appId, "grants"] }),
  });
}
