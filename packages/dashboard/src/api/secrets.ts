import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type {
  RevokedAnswer,
  RotatedAnswer,
  SecretStatusAnswer,
  SecretsAnswer,
  VerdictAnswer,
} from "@usher/server/admin-types";
import { appPath } from "./apps.ts";
import { withReauthentication } from "./reauthentication.ts";
import { queryString, request } from "./request.ts";

export type SecretState = SecretStatus["state"];
export type UseKind = keyof SecretUse["by_kind"];
export type RotationStep = SecretsStatus["next_steps"][number];

export type SecretUse = SecretStatus["use"];

export type Verdict = VerdictAnswer;

export type SecretStatus = SecretStatusAnswer;

export type SecretsStatus = SecretsAnswer;

/** What a step of a rotation answers: where it stands, and what came of it; a new secret in this answer only. */
export type StepAnswer = SecretsAnswer & Partial<RotatedAnswer> & Partial<RevokedAnswer>;

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
