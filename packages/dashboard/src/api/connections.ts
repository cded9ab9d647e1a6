import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ConnectionAnswer, ConnectionDetailAnswer } from "@usher/server/admin-types";
import { ApiError } from "./api-error.ts";
import { appPath, type Items, type PageOf } from "./apps.ts";
import { queryString, request } from "./request.ts";

export type Connection = ConnectionAnswer;

/** The secret that signed something; without fingerprint and state when it is no longer there. */
export type Signer = NonNullable<Subscription["signed_by"]>;

export type Subscription = ConnectionDetail["subscriptions"][number];

export type ConnectionDetail = ConnectionDetailAnswer;

export interface ConnectionsFilter {
  /** What a socket id or an address begins with, a user's id, or a channel's name. */
  readonly search?: string;
  readonly channel?: string;
}

const LIVE_MS = 2_000;

export function useConnections(appId: string, filter: ConnectionsFilter, { cursor, limit }: PageOf) {
  const query = { ...filter, cursor, limit };
  return useQuery({
    queryKey: ["apps", appId, "connections", query],
    queryFn: () => request<Items<Connection>>("GET", appPath(appId, `/connections${queryString(query)}`)),
    refetchInterval: LIVE_MS,
    placeholderData: keepPreviousData,
  });
}

/** Keeps what was last known of a connection that has ended, besides the error that says so. */
export function useConnection(appId: string, socketId: string) {
  return useQuery({
    queryKey: ["apps", appId, "connections", socketId],
    queryFn: () => request<ConnectionDetail>("GET", connectionPath(appId, socketId)),
    refetchInterval: ({ state }) => (isEnded(state.error) ? false : LIVE_MS),
  });
}

/** A socket id is never given twice, so a connection that is not there does not come back. */
export function isEnded(error: Error | null): boolean {
  return error instanceof ApiError && error.code === "connection_not_found";
}

export function useDisconnect(appId: string, socketId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ stayAway }: { readonly stayAway: boolean }) =>
      request("DELETE", `${connectionPath(appId, socketId)}${queryString({ stay_away: stayAway })}`),
    onSettled: () => client.invalidateQueries({ queryKey: ["apps", appId, "connections"] }),
  });
}

function connectionPath(appId: string, socketId: string): string {
  return appPath(appId, `/connections/${encodeURIComponent(socketId)}`);
}
