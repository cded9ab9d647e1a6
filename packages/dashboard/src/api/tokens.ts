import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Items } from "./apps.ts";
import { withReauthentication } from "./reauthentication.ts";
import { request } from "./request.ts";
import type { Role } from "./session.ts";

export const SCOPES = [
  "apps:read",
  "apps:write",
  "secrets:read",
  "secrets:write",
  "secrets:reveal",
  "grants:write",
  "events:write",
  "webhooks:read",
  "webhooks:write",
  "live:read",
  "live:write",
  "audit:read",
  "operators:write",
  "tokens:write",
  "nodes:read",
  "nodes:write",
] as const;

export type Scope = (typeof SCOPES)[number];

export interface Token {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  readonly created_by: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  /** To the minute. */
  readonly used_at: string | null;
  readonly used_from: string | null;
}

export interface NewToken {
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** Null for a token without an end. */
  readonly expires_in_seconds: number | null;
}

/** The value is in this answer only. */
export interface CreatedToken {
  readonly token: Token;
  readonly value: string;
}

const TOKENS = ["tokens"];
const MOST_TOKENS = 500;
const LIVE_MS = 5_000;

export function useTokens(isWanted: boolean) {
  return useQuery({
    queryKey: TOKENS,
    queryFn: () => request<Items<Token>>("GET", `/tokens?limit=${MOST_TOKENS}`),
    refetchInterval: LIVE_MS,
    enabled: isWanted,
  });
}

export function useCreateToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (token: NewToken) =>
      withReauthentication(() => request<CreatedToken>("POST", "/tokens", token)),
    onSettled: () => client.invalidateQueries({ queryKey: TOKENS }),
    // A value that was looked at does not stay in memory.
    gcTime: 0,
  });
}

export function useRevokeToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request("DELETE", `/tokens/${encodeURIComponent(id)}`),
    onSettled: () => client.invalidateQueries({ queryKey: TOKENS }),
  });
}
