import { useMutation, useQuery } from "@tanstack/react-query";
import { appPath } from "./apps.ts";
import { request } from "./request.ts";

export type CheckState = "passed" | "failed" | "doubtful" | "not_reached";
export type SignedKind = "channel" | "user" | "request";

export interface Explanation {
  readonly cause: string;
  readonly message: string;
  readonly fix: string;
  readonly string_to_sign: string | null;
  /** A second cause. */
  readonly also: string | null;
  readonly matched_secret: {
    readonly state: string;
    readonly id: string;
    readonly app_id: string;
    readonly fingerprint: string | null;
  } | null;
  readonly evidence: Readonly<Record<string, string | number>>;
  readonly tried: readonly string[];
  readonly checks: readonly { readonly name: string; readonly state: CheckState }[];
}

export interface Refusal {
  readonly id: string;
  readonly at: string;
  readonly operation: string;
  readonly code: string;
  readonly reason: string;
  readonly hint: string;
  readonly channel: string | null;
  readonly socket_id: string | null;
  readonly client: string | null;
  readonly address: string | null;
  readonly explanation: Explanation | null;
}

export interface Paste {
  readonly pasted: string;
  readonly socket_id?: string;
  readonly channel?: string;
  readonly user?: boolean;
}

export interface PasteAnswer {
  readonly kind: SignedKind;
  readonly is_answer: boolean;
  readonly explanation: Explanation;
}

export interface EndpointQuestion {
  readonly url: string;
  readonly user_auth_url?: string;
  readonly channels: readonly string[];
  readonly denied: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly origin?: string;
}

export interface CheckedRequest {
  readonly name: string;
  readonly method: string;
  readonly status: number | null;
  readonly client: string;
  readonly problems: readonly {
    readonly code: string;
    readonly level: "fails" | "warns";
    readonly message: string;
    readonly fix: string;
  }[];
}

export interface EndpointReport {
  readonly ok: boolean;
  readonly requests: readonly CheckedRequest[];
}

const LIVE_MS = 3_000;

/** The last refusals of an app, the latest first, kept up to date. */
export function useRefusals(appId: string) {
  return useQuery({
    queryKey: ["apps", appId, "refusals"],
    queryFn: () =>
      request<{ readonly items: readonly Refusal[]; readonly since: string }>(
        "GET",
        appPath(appId, "/refusals"),
      ),
    refetchInterval: LIVE_MS,
  });
}

export function useExplain(appId: string) {
  return useMutation({
    mutationFn: (paste: Paste) => request<PasteAnswer>("POST", appPath(appId, "/explain"), paste),
    // What was pasted may hold what nobody else should see.
    gcTime: 0,
  });
}

export function useCheckEndpoint(appId: string) {
  return useMutation({
    mutationFn: (question: EndpointQuestion) =>
      request<EndpointReport>("POST", appPath(appId, "/check-endpoint"), question),
    // The headers of a user's session are among the variables.
    gcTime: 0,
  });
}
