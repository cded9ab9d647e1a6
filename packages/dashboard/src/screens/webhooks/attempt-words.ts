import type { WebhookAttempt } from "../../api/webhooks.ts";

const FAILURES: Readonly<Record<string, string>> = {
  status: "not a 2xx",
  redirected: "it redirects; give the address that it leads to",
  timeout: "no answer within 4 seconds",
  connection_failed: "nobody listens there, or the connection broke off",
  host_not_found: "the name does not resolve",
  tls_failed: "the certificate is not valid for the name",
  address_forbidden: "it has no public address, and webhook_allow_private is off",
  url_invalid: "it is no http or https address",
};

/** What came of a request, in a few words: `200 in 12 ms`, `503: it did not say 2xx`. */
export function resultInWords({
  status,
  error,
  duration_ms,
}: Pick<WebhookAttempt, "status" | "error" | "duration_ms">): string {
  if (error === null) return `${status} in ${duration_ms} ms`;
  const why = failureInWords(error);
  return status === null ? why : `${status}: ${why}`;
}

export function failureInWords(error: string): string {
  return FAILURES[error] ?? error;
}
