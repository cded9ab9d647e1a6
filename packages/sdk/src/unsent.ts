/**
 * Did `fetch` fail before the request could leave: no such host, nobody listening, no connection in time?
 *
 * True only for what is known to mean that. A connection that was reset may have carried the request already.
 */
export function wasNotSent(error: unknown): boolean {
  if (!isObject(error)) return false;
  if (typeof error.code === "string" && BEFORE_SENDING.has(error.code)) return true;
  if (typeof error.message === "string" && DENO_BEFORE_SENDING.test(error.message)) return true;
  // Several addresses of one host were tried: all of them must have failed early.
  if (Array.isArray(error.errors) && error.errors.length > 0) return error.errors.every(wasNotSent);
  return wasNotSent(error.cause);
}

const BEFORE_SENDING: ReadonlySet<string> = new Set([
  // Node
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  // Bun
  "ConnectionRefused",
  "FailedToOpenSocket",
]);

/** Deno has no codes. No URL can look like this, as there are spaces in it. */
const DENO_BEFORE_SENDING = /: client error \(Connect\): /;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
