import type { Settings } from "./options.ts";
import { ParameterError } from "./parameter-error.ts";
import { RequestError, type RequestFailure } from "./request-error.ts";
import { parseRetryAfter, retryDelayMs } from "./retry.ts";
import { type QueryParams, signedQueryString } from "./signed-query.ts";
import { wasNotSent } from "./unsent.ts";
import { VERSION } from "./version.ts";

export interface ApiRequest {
  readonly method: "GET" | "POST";
  /** After `/apps/{id}`, such as `/events`; escaped already. */
  readonly path: string;
  readonly params?: QueryParams | undefined;
  readonly body?: string | undefined;
  /** The same for every attempt: what the server is to do once, however often it is asked. */
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends one request to the HTTP API, again where that is safe, and resolves with the answer when it is a success.
 *
 * @throws RequestError for any other answer and for none.
 * @throws whatever the signal was aborted with.
 */
export async function sendRequest(settings: Settings, request: ApiRequest): Promise<Response> {
  const target = targetOf(settings, request.path);
  for (let attempt = 1; ; attempt++) {
    const answer = await attemptOnce(settings, request, target);
    if (answer instanceof Response) {
      // Said of keys that were sent, so a server's word for one event holds for the next.
      if (answer.headers.has("idempotency-key")) settings.server.mindsKeys = true;
      return answer;
    }
    const failure = new RequestError(answer, attempt);
    const isRepeatable =
      request.method === "GET" || (request.idempotencyKey !== undefined && settings.server.mindsKeys);
    const delayMs = retryDelayMs(settings.retry, isRepeatable, failure, attempt, settings.random());
    if (delayMs === undefined) throw failure;
    await settings.delay(delayMs, request.signal);
  }
}

/** Signed anew each time: a signature has a time in it. */
async function attemptOnce(
  settings: Settings,
  request: ApiRequest,
  target: URL,
): Promise<Response | RequestFailure> {
  const { token, now } = settings;
  const query = await signedQueryString(token, { ...request, path: target.pathname }, now());
  const url = `${target.href}?${query}`;
  try {
    const response = await fetchWhole(settings, request, url);
    return response.status < 300 ? response : await failureOf(response, url, now());
  } catch (error) {
    if (request.signal?.aborted) throw request.signal.reason;
    return { url, error, mayHaveBeenDelivered: !wasNotSent(error) };
  }
}

/**
 * Fetches and reads the answer to its end, within the time limit: a server that stops in the middle of its answer must
 * not hold its caller, and an answer that nobody reads would hold the connection.
 */
async function fetchWhole(settings: Settings, request: ApiRequest, url: string): Promise<Response> {
  const { signal, method, body } = request;
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort, { once: true });
  const timeOut = (): void =>
    controller.abort(new DOMException(`no answer within ${settings.timeoutMs} ms`, "TimeoutError"));
  const timer = settings.timeoutMs > 0 ? setTimeout(timeOut, settings.timeoutMs) : undefined;
  try {
    const response = await settings.fetch(url, {
      method,
      headers: headersOf(request),
      signal: controller.signal,
      // A signature is good for one path and method, so a redirected request could only fail with a worse explanation.
      redirect: "manual",
      ...(body === undefined ? {} : { body }),
    });
    const bytes = await response.arrayBuffer();
    const { status, statusText, headers } = response;
    return new Response(hasNoBody(status) ? null : bytes, { status, statusText, headers });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

function headersOf({ body, idempotencyKey }: ApiRequest): Record<string, string> {
  return {
    "X-Pusher-Library": `usher-sdk ${VERSION}`,
    ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    ...(idempotencyKey === undefined ? {} : { "Idempotency-Key": idempotencyKey }),
  };
}

/** Statuses with which a `Response` must not have a body. */
function hasNoBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

async function failureOf(response: Response, url: string, nowMs: number): Promise<RequestFailure> {
  const { status, headers } = response;
  const location = headers.get("location");
  const body = await response.text();
  return {
    url,
    status,
    body:
      location === null ? body : `redirected to ${location}; give the host, port and scheme that it leads to`,
    retryAfterMs: parseRetryAfter(headers.get("retry-after"), nowMs),
    // A refusal has no effect. What a failing server or proxy did before it failed, nobody knows.
    mayHaveBeenDelivered: status >= 500,
  };
}

/** What is asked for, as it goes over the wire: the signature covers the path, and URLs escape some of what they get. */
function targetOf({ origin, pathPrefix, appId }: Settings, path: string): URL {
  if (typeof path !== "string" || !path.startsWith("/")) {
    throw new ParameterError("request_invalid", "path must begin with a slash, such as /channels");
  }
  if (/[?#]/.test(path)) {
    throw new ParameterError("request_invalid", "path must have no query; give its parameters as `params`");
  }
  const base = `${pathPrefix}/apps/${appId}`;
  const target = new URL(`${origin}${base}${path}`);
  if (target.pathname.startsWith(`${base}/`) && !/\/\.\.?(?:\/|$)/.test(path)) return target;
  throw new ParameterError("request_invalid", `path must not have '.' or '..' as a segment: '${path}'`);
}
