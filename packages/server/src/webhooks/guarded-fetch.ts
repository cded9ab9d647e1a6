import { urlProblem } from "./endpoint.ts";
import { AddressForbidden, type GuardOptions, guardedRequest, HostNotFound } from "./guarded-request.ts";
import type { PostErrorCode, PostResult } from "./post-error.ts";

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Post = (request: PostRequest) => Promise<PostResult>;

export interface GuardedFetchOptions extends GuardOptions {
  readonly timeoutMs: number;
}

const MOST_RESPONSE_BYTES = 1_024;

/**
 * Posts to addresses that strangers gave, guarded as `guardedRequest` says. Of the answer no more than its first kilobyte
 * is read. Never rejects.
 */
export function guardedFetch(options: GuardedFetchOptions): Post {
  const send = guardedRequest(options);
  return async ({ url: address, headers, body }) => {
    const problem = urlProblem(address);
    if (problem !== undefined) return failure("url_invalid", problem);
    const url = new URL(address);
    // One time limit for everything: whoever is slow in steps is slow.
    const signal = AbortSignal.timeout(options.timeoutMs);
    try {
      return await resultOf(
        await send(url, { method: "POST", headers: Object.entries(headers), body, signal }),
      );
    } catch (error) {
      if (error instanceof AddressForbidden) return forbidden(url);
      return failure(codeOf(error, signal), messageOf(error));
    }
  };
}

async function resultOf(response: Response): Promise<PostResult> {
  const text = await beginningOf(response);
  const { status } = response;
  if (status >= 200 && status < 300) return { status, error: null, response: text };
  return { status, error: status >= 300 && status < 400 ? "redirected" : "status", response: text };
}

/** The status has said what counts, so a body that breaks off or comes too late is no failure. */
async function beginningOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  try {
    while (reader && bytes < MOST_RESPONSE_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      bytes += value.length;
    }
    if (bytes >= MOST_RESPONSE_BYTES) await reader?.cancel();
  } catch {
    // See above.
  }
  return new TextDecoder()
    .decode(Buffer.concat(chunks).subarray(0, MOST_RESPONSE_BYTES))
    .replaceAll("\0", "");
}

function forbidden(url: URL): PostResult {
  return failure(
    "address_forbidden",
    `${url.hostname} has no public address; webhook_allow_private lets webhooks reach private ones`,
  );
}

function failure(error: PostErrorCode, response: string | undefined): PostResult {
  return { status: null, error, response: response ?? null };
}

function codeOf(error: unknown, signal: AbortSignal): PostErrorCode {
  if (signal.aborted) return "timeout";
  if (error instanceof HostNotFound) return "host_not_found";
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  return /TLS|CERT|SSL|SELF_SIGNED|ISSUER/.test(code) ? "tls_failed" : "connection_failed";
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, MOST_RESPONSE_BYTES);
}
