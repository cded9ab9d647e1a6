import { printable } from "../printable.ts";
import type { Answered } from "./ajax-answer.ts";
import { type Problem, problem } from "./problems.ts";

/** What keeps a page on this origin from reading the answer. */
export function corsProblems({ headers }: Answered, origin: string): readonly Problem[] {
  const allowed = headers.get("access-control-allow-origin");
  if (allowed === "*") return sendsCredentials(headers) ? [problem("cors_wildcard_credentials")] : [];
  return allowed === origin ? [] : [problem("cors_missing", { origin })];
}

/** May a page on an origin that nobody has heard of read answers made with a user's cookies? */
export function strangerProblems({ headers }: Answered, stranger: string): readonly Problem[] {
  const isReflected = headers.get("access-control-allow-origin") === stranger;
  return isReflected && sendsCredentials(headers) ? [problem("cors_reflects_any_origin")] : [];
}

/** @param names of the headers that the page sends, in lower case. */
export function preflightProblems(
  answer: Answered,
  origin: string,
  names: readonly string[],
): readonly Problem[] {
  const { status, headers, redirects } = answer;
  if (status < 200 || status > 299 || redirects.length > 0) {
    const shown = redirects.length > 0 ? "of a redirect" : status;
    return [problem("preflight_failed", { headers: names.join(", "), status: shown })];
  }
  const list = (headers.get("access-control-allow-headers") ?? "").split(",");
  const allowed = new Set(list.map((name) => name.trim().toLowerCase()));
  const hasWildcard = allowed.has("*") && !sendsCredentials(headers);
  const missing = names.filter((name) => !allowed.has(name) && !(hasWildcard && name !== "authorization"));
  return [
    ...corsProblems(answer, origin),
    ...(missing.length === 0
      ? []
      : [problem("preflight_headers_missing", { headers: printable(missing.join(", ")) })]),
  ];
}

function sendsCredentials(headers: Headers): boolean {
  return headers.get("access-control-allow-credentials") === "true";
}
