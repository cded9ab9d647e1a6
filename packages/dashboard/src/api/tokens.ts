import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { NewTokenAnswer, TokenAnswer } from "@usher/server/admin-types";
import type { Items } from "./apps.ts";
import { every } from "./every.ts";
import { withReauthentication } from "./reauthentication.ts";
import { request } from "./request.ts";
import type { Role } from "./session.ts";

export type Token = TokenAnswer;

export type Scope = Token["scopes"][number];

export const SCOPES = every<Scope>({
  "apps:read": true,
  "apps:write": true,
  "secrets:read": true,
  "secrets:write": true,
  "secrets:reveal": true,
  "grants:write": true,
  "events:write": true,
  "webhooks:read": true,
  "webhooks:write": true,
  "live:read": true,
  "live:write": true,
  "audit:read": true,
  "operators:write": true,
  "tokens:write": true,
  "nodes:read": true,
  "nodes:write": true,
});

export interface NewToken {
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** Null for a token without an end. */
  readonly expires_in_seconds: number | null;
}

/** The value is in this answer only. */
export type CreatedToken = NewTokenAnswer;

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
