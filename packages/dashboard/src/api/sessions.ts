import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { OpenSessionAnswer } from "@usher/server/admin-types";
import type { Items } from "./apps.ts";
import { request } from "./request.ts";

/** One of one's own. */
export type OpenSession = OpenSessionAnswer;

const SESSIONS = ["sessions"];
const MOST_SESSIONS = 500;

export function useSessions() {
  return useQuery({
    queryKey: SESSIONS,
    queryFn: () => request<Items<OpenSession>>("GET", `/sessions?limit=${MOST_SESSIONS}`),
  });
}

export function useEndSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request("DELETE", `/sessions/${encodeURIComponent(id)}`),
    onSettled: () => client.invalidateQueries({ queryKey: SESSIONS }),
  });
}

/** Ends all other sessions. */
export function useChangePassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { readonly current_password: string; readonly new_password: string }) =>
      request("PATCH", "/session/password", body),
    onSettled: () => client.invalidateQueries({ queryKey: SESSIONS }),
    // Passwords do not stay in memory.
    gcTime: 0,
  });
}
