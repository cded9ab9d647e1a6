import { isIP } from "node:net";
import { urlProblem } from "./endpoint.ts";
import { isForbiddenAddress } from "./forbidden-addresses.ts";
import type { PostErrorCode, PostResult } from "./post-error.ts";

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Post = (request: PostRequest) => Promise<PostResult>;

export interface GuardedFetchOptions {
  /** For development: lets requests reach addresses that are not public. */
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
  /** All addresses of a host name. Rejects when there are none. */
  readonly resolve: (hostName: string) => Promise<readonly string[]>;
  /** A certificate authority besides the system's. */
  readonly ca?: string;
}

const MOST_RESPONSE_BYTES = 1_024;

/**
 * Posts to addresses that strangers gave.
 *
 * The name is resolved here, its addresses are checked, and the connection goes to the very address that was checked: a
 * name that answers differently the next moment changes nothing. The certificate is checked against the name all the
 * same. No redirect is followed. Of the answer no more than its first kilobyte is read. Never rejects.
 */
export function guardedFetch(options: GuardedFetchOptions): Post {
  return async (request) => {
    if (urlProblem(request.url) !== undefined) return failure("url_invalid", urlProblem(request.url));
    const url = new URL(request.url);
    // One time limit for everything: whoever is slow in steps is slow.
    const signal = AbortSignal.timeout(options.timeoutMs);
    try {
      const addresses = await beforeAbort(signal, addressesOf(url, options.resolve));
      const address = addresses.find((candidate) => options.allowPrivate || !isForbiddenAddress(candidate));
      if (address === undefined) return forbidden(url);
      return await post(url, address, request, options.ca, signal);
    } catch (error) {
      return failure(codeOf(error, signal), messageOf(error));
    }
  };
}

async function addressesOf(url: URL, resolve: GuardedFetchOptions["resolve"]): Promise<readonly string[]> {
  const name = hostNameOf(url);
  if (isIP(name)) return [name];
  try {
    return await resolve(name);
  } catch (cause) {
    throw new HostNotFound(`${name} does not resolve: ${messageOf(cause)}`, { cause });
  }
}

class HostNotFound extends Error {}

/** Without the brackets that an IPv6 address has in a URL. */
function hostNameOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

async function post(
  url: URL,
  address: string,
  { headers, body }: PostRequest,
  ca: string | undefined,
  signal: AbortSignal,
): Promise<PostResult> {
  const target = new URL(url);
  target.hostname = isIP(address) === 6 ? `[${address}]` : address;
  const isNamed = isIP(hostNameOf(url)) === 0;
  const response = await fetch(target, {
    method: "POST",
    body,
    // Compressed, a kilobyte of answer may stand for a gigabyte.
    headers: { ...headers, "accept-encoding": "identity", host: url.host },
    redirect: "manual",
    decompress: false,
    signal,
    tls: { ...(isNamed ? { serverName: url.hostname } : {}), ...(ca === undefined ? {} : { ca }) },
  } satisfies BunFetchRequestInit);
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

/** A resolver cannot be told to stop; its answer is no longer waited for. */
function beforeAbort<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
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
