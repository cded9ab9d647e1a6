/**
 * Cross-origin answers for the HTTP API, for the origins that the operator listed. None by default: requests are signed
 * with a secret, and no secret belongs in a page.
 */
export function corsHeaders(
  origin: string | null,
  allowed: readonly string[],
): Record<string, string> | undefined {
  if (origin === null || allowed.length === 0) return undefined;
  if (!allowed.includes("*") && !allowed.includes(origin)) return undefined;
  return {
    "access-control-allow-origin": allowed.includes("*") ? "*" : origin,
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-allow-headers": "Content-Type, X-Pusher-Library",
    "access-control-max-age": "600",
    vary: "Origin",
  };
}
