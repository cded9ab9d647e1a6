import { useMutation, useQuery } from "@tanstack/react-query";
import type {
  CheckedEndpointAnswer,
  ExplainedAnswer,
  ExplanationAnswer,
  RefusalAnswer,
} from "@usher/server/admin-types";
import { appPath } from "./apps.ts";
import { request } from "./request.ts";

export type CheckState = Explanation["checks"][number]["state"];
export type SignedKind = PasteAnswer["kind"];

export type Explanation = ExplanationAnswer;

export type Refusal = RefusalAnswer;

export interface Paste {
  readonly pasted: string;
  readonly socket_id?: string;
  readonly channel?: string;
  readonly user?: boolean;
}

export type PasteAnswer = ExplainedAnswer;

export interface EndpointQuestion {
  readonly url: string;
  readonly user_auth_url?: string;
  readonly channels: readonly string[];
  readonly denied: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly origin?: string;
}

export type CheckedRequest = EndpointReport["requests"][number];

export type EndpointReport = CheckedEndpointAnswer;

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
