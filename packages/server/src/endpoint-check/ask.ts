/** One request as a browser would send it. */
export interface EndpointRequest {
  readonly method: "POST" | "GET" | "OPTIONS";
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

export type Answer =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly headers: Headers;
      readonly body: string;
      /** Where the request was sent on to, within its origin. */
      readonly redirects: readonly string[];
    }
  | { readonly kind: "elsewhere"; readonly status: number; readonly to: string }
  | {
      readonly kind: "none";
      readonly reason: "unreachable" | "timeout" | "too_large" | "endless";
      readonly detail: string;
    };

/** Sends a request and follows no redirect; rejects when there is no answer. */
export type SendRequest = (url: string, init: SentRequest) => Promise<Response>;

export interface SentRequest {
  readonly method: string;
  readonly headers: [name: string, value: string][];
  readonly body?: string;
  readonly redirect: "manual";
  readonly signal: AbortSignal;
}

/**
 * Asks, and follows redirects as a browser does, but never to another origin: an endpoint must not choose where on the
 * network of whoever checks it a request goes.
 */
export async function ask(request: EndpointRequest, timeoutMs: number, send: SendRequest): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await follow(request, signal, send);
  } catch (error) {
    if (signal.aborted) return { kind: "none", reason: "timeout", detail: String(timeoutMs / 1_000) };
    const detail = error instanceof Error ? error.message : String(error);
    return { kind: "none", reason: "unreachable", detail };
  }
}

const MOST_REDIRECTS = 5;
const MOST_BYTES = 65_536;

async function follow(first: EndpointRequest, signal: AbortSignal, send: SendRequest): Promise<Answer> {
  const redirects: string[] = [];
  let request = first;
  for (;;) {
    const { method, url, headers, body } = request;
    const response = await send(url, {
      method,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      ...(body !== undefined && { body }),
      redirect: "manual",
      signal,
    });
    const { status } = response;
    const location = response.headers.get("location");
    if (status < 300 || status >= 400 || location === null) {
      const text = await readBounded(response);
      if (text === undefined) return { kind: "none", reason: "too_large", detail: "" };
      return { kind: "answered", status, headers: response.headers, body: text, redirects };
    }
    await response.body?.cancel();
    const to = URL.canParse(location, url) ? new URL(location, url) : undefined;
    if (to?.origin !== new URL(url).origin) {
      return { kind: "elsewhere", status, to: to?.href ?? location };
    }
    if (redirects.length === MOST_REDIRECTS) return { kind: "none", reason: "endless", detail: "" };
    redirects.push(to.href);
    request = redirected(request, status, to.href);
  }
}

/** Browsers turn a redirected POST into GET, but for 307 and 308. */
function redirected(request: EndpointRequest, status: number, url: string): EndpointRequest {
  if (request.method !== "POST" || status === 307 || status === 308) return { ...request, url };
  const headers = request.headers.filter(([name]) => name.toLowerCase() !== "content-type");
  return { method: "GET", url, headers };
}

/** The body as text; undefined when it is longer than an answer could be. */
async function readBounded(response: Response): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
