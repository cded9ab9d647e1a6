import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { appPath, type Items } from "./apps.ts";
import { request } from "./request.ts";

/** What was taken back for later: a ban, or a time before which signatures do not count. */
export type Restriction =
  | {
      readonly kind: "ban";
      readonly id: string;
      readonly user_id: string;
      /** Null for never. */
      readonly until: string | null;
      readonly reason: string | null;
    }
  | {
      readonly kind: "not_before";
      readonly id: string;
      /** Null for all. */
      readonly channel: string | null;
      /** Null for all. */
      readonly user_id: string | null;
      readonly at: string;
    };

/** All that is given must fit. */
export interface GrantsToRevoke {
  readonly channel?: string;
  readonly user_id?: string;
  readonly socket_id?: string;
  readonly ban_seconds?: number;
  readonly not_before?: true;
  readonly reason?: string;
}

export interface GrantsRevoked {
  readonly ended: {
    readonly connections: number;
    readonly subscriptions: number;
    readonly sign_ins: number;
    readonly within_seconds: number;
  };
  readonly restriction?: Restriction;
}

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
