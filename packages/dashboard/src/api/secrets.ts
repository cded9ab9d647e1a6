import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { appPath } from "./apps.ts";
import { withReauthentication } from "./reauthentication.ts";
import { queryString, request } from "./request.ts";

export type SecretState = "pending" | "current" | "retiring" | "revoked";
export type UseKind = "http_api" | "channel" | "user";
export type RotationStep = "rotate" | "activate" | "undo" | "cancel" | "revoke";

export interface SecretUse {
  readonly observed_since: string;
  readonly last_used_at: string | null;
  readonly count_24h: number;
  readonly by_kind: Readonly<
    Partial<Record<UseKind, { readonly count_24h: number; readonly last_used_at: string | null }>>
  >;
  readonly clients: readonly {
    readonly client: string;
    readonly address: string | null;
    readonly kind: UseKind;
    readonly count_24h: number;
    readonly last_used_at: string;
  }[];
}

export interface Verdict {
  readonly safe: boolean;
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
}

export interface SecretStatus {
  readonly id: string;
  readonly state: SecretState;
  readonly fingerprint: string;
  readonly created_at: string;
  readonly activated_at: string | null;
  readonly retire_at: string | null;
  readonly revoked_at: string | null;
  readonly use: SecretUse;
  readonly held: {
    readonly connections: number;
    readonly subscriptions: number;
    readonly sign_ins: number;
  } | null;
  readonly safe_to_revoke: Verdict;
}

export interface SecretsStatus {
  readonly key: string;
  readonly secrets: readonly SecretStatus[];
  readonly safe_to_activate: Verdict;
  readonly next_steps: readonly RotationStep[];
  readonly applied: { readonly nodes: number; readonly of: number };
}

/** What a step of a rotation answers: where it stands, and what came of it. */
export interface StepAnswer extends SecretsStatus {
  /** A new secret, in this answer only. */
  readonly secret?: string;
  readonly ended?: {
    readonly connections: number;
    readonly subscriptions: number;
    readonly sign_ins: number;
    readonly within_seconds: number;
  };
}

export interface Step {
  readonly name: RotationStep;
  readonly body?: Readonly<Record<string, unknown>>;
}

const LIVE_MS = 2_000;

/** Where the rotation of a key stands, kept up to date. @param retireForSeconds for which "safe to activate" is worked out. */
export function useSecrets(appId: string, key: string, retireForSeconds: number) {
  return useQuery({
    queryKey: [...statusKey(appId, key), retireForSeconds],
    queryFn: () =>
      request<SecretsStatus>(
        "GET",
        `${secretsPath(appId, key)}${queryString({ retire_for_seconds: retireForSeconds })}`,
      ),
    refetchInterval: LIVE_MS,
  });
}

export function useRotationStep(appId: string, key: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, body = {} }: Step) =>
      withReauthentication(() =>
        request<StepAnswer>("POST", `${secretsPath(appId, key)}/${name}`, hasBody(name) ? body : undefined),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: statusKey(appId, key) }),
  });
}

/** Shows the value of a secret; the server writes down who saw it. */
export function useReveal(appId: string, key: string) {
  return useMutation({
    mutationFn: (secretId: string) =>
      withReauthentication(() =>
        request<{ readonly secret: string }>(
          "POST",
          `${secretsPath(appId, key)}/${encodeURIComponent(secretId)}/reveal`,
        ),
      ),
    // A secret that was looked at does not stay in memory.
    gcTime: 0,
  });
}

function hasBody(step: RotationStep): boolean {
  return step === "rotate" || step === "activate" || step === "revoke";
}

function statusKey(appId: string, key: string): readonly string[] {
  return ["apps", appId, "keys", key, "secrets"];
}

function secretsPath(appId: string, key: string): string {
  return appPath(appId, `/keys/${encodeURIComponent(key)}/secrets`);
}
