import { type Runtime, within } from "./runtime.ts";
import type { AuthorizationData, BatchedAuthorizationOptions, Fields } from "./types.ts";

/** How long the endpoint is taken to know batches, or not to know them, once it has shown which. */
const MEMORY_MS = 600_000;

/** What the endpoint says about one channel. Without an `auth` in `data` it is a refusal. */
export interface Verdict {
  /** 0 when no answer came. */
  readonly status: number;
  readonly data?: AuthorizationData | undefined;
  readonly reason?: unknown;
  /** Whether an endpoint that knows no batches would answer one like this. */
  readonly isForeign?: unknown;
  /** The last renewal of the headers before the request left. */
  readonly renewal: Promise<unknown> | undefined;
}

export interface Endpoint {
  /** Whether it is known to answer for one channel at a time only. */
  isForSingles(): boolean;
  /** Never rejects. */
  ask(
    socketId: string,
    channels: readonly Channel[],
    isAlone?: boolean,
  ): Promise<(channel: Channel) => Verdict>;
  /** Has the headers renewed, unless that has happened since. Never rejects: the next answer tells. */
  renew(since: Promise<unknown> | undefined): Promise<unknown>;
}

interface Channel {
  readonly name: string;
}

/** What may be said about one channel, or about a request as a whole. */
interface Entry {
  readonly status?: number;
  readonly data?: AuthorizationData | undefined;
  readonly error?: unknown;
  readonly message?: unknown;
}

/** An answer of either kind: about one channel, or with an entry for each. */
type Answer = AuthorizationData & Entry & { readonly [name: string]: Entry | undefined };

export function openEndpoint(options: BatchedAuthorizationOptions, runtime: Runtime): Endpoint {
  const { timeoutMs = 10_000 } = options;
  let batchesUntil = 0;
  let singlesUntil = 0;
  const renewed: Fields = {};
  let lastRenewal: Promise<unknown> | undefined;

  return {
    isForSingles: () => runtime.Date.now() < singlesUntil,

    async ask(socketId, channels, isAlone) {
      const renewal = lastRenewal;
      try {
        const [response, json] = await within(timeoutMs, runtime, (signal) =>
          post(socketId, channels, isAlone, signal),
        );
        const { status, ok } = response;
        const answer = ((ok && json) || {}) as Answer;
        const isMap = !isAlone && channels.some(({ name }) => answer[name]);
        const now = runtime.Date.now();
        if (isMap) batchesUntil = now + MEMORY_MS;
        // Not prolonged while it lasts: single requests say nothing about batches.
        if (isAlone && answer.auth && now > singlesUntil) singlesUntil = now + MEMORY_MS;
        const isForeign =
          !isAlone && !isMap && (answer.auth || (now > batchesUntil && status !== 429 && status <= 500));
        return ({ name }) => {
          const entry: Entry = isMap
            ? answer[name] || { status: 404, error: "not in the answer" }
            : { ...(json as Entry), status, data: isAlone ? answer : undefined };
          const { data, error, message = error } = entry;
          return { status: entry.status || 200, data, reason: message, isForeign, renewal };
        };
      } catch (error) {
        return () => ({ status: 0, renewal, reason: (error as Error | undefined)?.message });
      }
    },

    renew(since) {
      if (since === lastRenewal) {
        lastRenewal = within(timeoutMs, runtime, async () => options.refresh?.()).then(
          (headers) => Object.assign(renewed, headers),
          () => {},
        );
      }
      return lastRenewal as Promise<unknown>;
    },
  };

  /** Sends what `pusher-js-auth` sends or, for a channel by itself, what pusher-js sends. */
  async function post(
    socketId: string,
    channels: readonly Channel[],
    isAlone: boolean | undefined,
    signal: AbortSignal,
  ): Promise<readonly [Response, unknown]> {
    const params: Fields = { ...options.params, ...(await options.paramsProvider?.()) };
    const given: Fields = { ...options.headers, ...(await options.headersProvider?.()), ...renewed };
    const headers: Record<string, string> = { accept: "application/json" };
    // In lower case, or else two spellings of one name would be sent as one header with both values.
    for (const name in given) headers[name.toLowerCase()] = String(given[name]);
    headers["content-type"] = "application/x-www-form-urlencoded";
    let body = `socket_id=${encode(socketId)}`;
    channels.forEach(({ name }, index) => {
      body += `&channel_name${isAlone ? "" : `[${index}]`}=${encode(name)}`;
    });
    for (const name in params) body += `&${encode(name)}=${encode(params[name])}`;
    const response = await (options.fetch || fetch)(options.endpoint, {
      method: "POST",
      headers,
      body,
      credentials: options.credentials as RequestCredentials,
      signal,
    });
    return [response, await response.json().catch(() => {})];
  }
}

function encode(value: unknown): string {
  // Half a surrogate pair is the one thing that encodeURIComponent throws at.
  return encodeURIComponent(String(value).replace(/[\ud800-\udfff]/gu, "\ufffd"));
}
