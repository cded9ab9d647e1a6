import { parseMasterKey } from "./authorize-channel.ts";
import type { Cipher } from "./cipher.ts";
import { ParameterError } from "./parameter-error.ts";
import { DEFAULT_RETRY, type RetryPolicy } from "./retry.ts";
import { Token } from "./token.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface UsherOptions {
  readonly appId: string | number;
  readonly key: string;
  /** Several while a secret is being replaced: the first signs, all of them verify. */
  readonly secret: string | readonly string[];
  /** The server's name or address, without scheme and port. Needed unless there is a `cluster`. */
  readonly host?: string | undefined;
  /** That of the scheme unless given. */
  readonly port?: number | string | undefined;
  /** Wins over `useTLS`. */
  readonly scheme?: "http" | "https" | undefined;
  /** Default false. */
  readonly useTLS?: boolean | undefined;
  /** A cluster of the hosted service; `host` wins over it. */
  readonly cluster?: string | undefined;
  /** In front of `/apps`, for a server behind a path. It is signed, as it is part of what the server is asked for. */
  readonly pathPrefix?: string | undefined;
  /** How long one attempt may take in all, in milliseconds; 0 for no limit. Default 10,000. */
  readonly timeout?: number | undefined;
  /** What to do about requests that fail; `false` sends each once. */
  readonly retry?: false | Partial<RetryPolicy> | undefined;
  /**
   * Whether each event is sent under a key of its own, `Idempotency-Key`, so that a repeat is delivered once by servers
   * that mind it. Default true.
   */
  readonly idempotencyKeys?: boolean | undefined;
  /** 32 bytes in base64; the keys of encrypted channels are made from it. */
  readonly encryptionMasterKeyBase64?: string | undefined;
  /** Encrypts events on encrypted channels; `@usher/sdk/encrypted` has one. */
  readonly cipher?: Cipher | undefined;
  /** Instead of the platform's: for a proxy, for tracing, for tests. */
  readonly fetch?: Fetch | undefined;
  /** Milliseconds since 1970; for tests. */
  readonly now?: (() => number) | undefined;
  /** From 0 up to but not including 1; for tests. */
  readonly random?: (() => number) | undefined;
  /** Waits between attempts; for tests. Rejects when the signal is aborted. */
  readonly delay?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

/** Options with every question answered. */
export interface Settings {
  readonly appId: string;
  readonly token: Token;
  /** `http://127.0.0.1:6001`. */
  readonly origin: string;
  readonly pathPrefix: string;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly idempotencyKeys: boolean;
  /** What has been seen of the server since. */
  readonly server: { mindsKeys: boolean };
  readonly masterKey: Uint8Array | undefined;
  readonly cipher: Cipher | undefined;
  readonly fetch: Fetch;
  readonly now: () => number;
  readonly random: () => number;
  readonly delay: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** @throws ParameterError for options that cannot work; better at start than at the first event. */
export function resolveOptions(options: UsherOptions): Settings {
  refuseOldOptions(options);
  return {
    appId: parseAppId(options.appId),
    token: new Token(options.key, options.secret),
    origin: originOf(options),
    pathPrefix: parsePathPrefix(options.pathPrefix ?? ""),
    timeoutMs: atLeast(0, options.timeout ?? 10_000, "timeout"),
    retry: resolveRetry(options.retry ?? {}),
    idempotencyKeys: options.idempotencyKeys ?? true,
    server: { mindsKeys: false },
    masterKey:
      options.encryptionMasterKeyBase64 === undefined
        ? undefined
        : parseMasterKey(options.encryptionMasterKeyBase64),
    cipher: options.cipher,
    // Looked up at each call, so that tests and tracers may replace it later.
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    now: options.now ?? Date.now,
    random: options.random ?? Math.random,
    delay: options.delay ?? wait,
  };
}

/** The options of `scheme://key:secret@host:port/prefix/apps/id`. */
export function optionsFromUrl(url: string): Omit<UsherOptions, "cluster"> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const [, pathPrefix, appId] = /^(.*)\/apps\/([^/]+)\/?$/.exec(parsed?.pathname ?? "") ?? [];
  const scheme = parsed?.protocol.slice(0, -1);
  if (!parsed || appId === undefined || (scheme !== "http" && scheme !== "https")) {
    // Not shown, as there is a secret in it.
    throw invalid("The URL must have the form scheme://key:secret@host:port/apps/id");
  }
  return {
    scheme,
    host: parsed.hostname,
    port: parsed.port === "" ? undefined : parsed.port,
    pathPrefix: pathPrefix ?? "",
    appId: decodeURIComponent(appId),
    key: decodeURIComponent(parsed.username),
    secret: decodeURIComponent(parsed.password),
  };
}

/** The hosted service's host for one of its clusters. */
export function clusterHost(cluster: string): string {
  return `api-${cluster}.pusher.com`;
}

/** Names that the official library had, or has where ours cannot: silently doing without would be worse than an error. */
const OLD_OPTIONS: Readonly<Record<string, string>> = {
  encrypted: "`encrypted` is called `useTLS`",
  encryptionMasterKey: "Give the key as `encryptionMasterKeyBase64`, 32 bytes in base64",
  agent: "`agent` belongs to Node's own HTTP client; give a `fetch` that goes where it went",
};

function refuseOldOptions(options: object): void {
  for (const [name, message] of Object.entries(OLD_OPTIONS)) {
    if (Object.hasOwn(options, name) && (options as Record<string, unknown>)[name] !== undefined) {
      throw invalid(message);
    }
  }
}

function parseAppId(appId: unknown): string {
  const text = typeof appId === "number" ? String(appId) : appId;
  if (typeof text === "string" && /^[\w.~-]+$/.test(text) && text !== "NaN") return text;
  throw invalid("appId must be the app's id, such as 3 or my-app");
}

function originOf({ host, cluster, port, scheme, useTLS }: UsherOptions): string {
  const name = host || (cluster ? clusterHost(cluster) : undefined);
  if (name === undefined) {
    throw invalid(
      "host is missing: give the name of your server. Only with a `cluster` are events sent to the hosted service",
    );
  }
  const usedScheme = scheme ?? (useTLS ? "https" : "http");
  if (usedScheme !== "http" && usedScheme !== "https") throw invalid("scheme must be http or https");
  const usedPort = port === undefined || port === "" ? "" : `:${parsePort(port)}`;
  const text = `${usedScheme}://${isBareIpv6(name) ? `[${name}]` : name}${usedPort}`;
  if (/[/?#@\\\s]/.test(name) || !URL.canParse(text) || (name.includes(":") && !isIpv6(name))) {
    throw invalid(`host must be a name or an address without scheme, port and path, not '${name}'`);
  }
  return text;
}

function isIpv6(host: string): boolean {
  return isBareIpv6(host) || /^\[[^\]]+\]$/.test(host);
}

function isBareIpv6(host: string): boolean {
  return /^[0-9a-f:.]+$/i.test(host) && host.split(":").length > 2;
}

function parsePort(port: unknown): number {
  const number = typeof port === "string" && /^\d+$/.test(port) ? Number(port) : port;
  if (typeof number === "number" && Number.isInteger(number) && number > 0 && number < 65_536) return number;
  throw invalid(`port must be a number from 1 to 65535, not '${String(port)}'`);
}

function parsePathPrefix(pathPrefix: string): string {
  const path = pathPrefix.replace(/\/+$/, "");
  if (path === "" || /^(?:\/[\w.~-]+)+$/.test(path)) return path;
  throw invalid(`pathPrefix must be a path such as /realtime, not '${pathPrefix}'`);
}

function resolveRetry(retry: false | Partial<RetryPolicy>): RetryPolicy {
  if (retry === false) return { ...DEFAULT_RETRY, maxAttempts: 1 };
  const policy = { ...DEFAULT_RETRY, ...retry };
  if (policy.delivery !== "at-most-once" && policy.delivery !== "at-least-once") {
    throw invalid("retry.delivery must be at-most-once or at-least-once");
  }
  return {
    maxAttempts: atLeast(1, policy.maxAttempts, "retry.maxAttempts"),
    baseDelayMs: atLeast(0, policy.baseDelayMs, "retry.baseDelayMs"),
    maxDelayMs: atLeast(0, policy.maxDelayMs, "retry.maxDelayMs"),
    delivery: policy.delivery,
  };
}

function atLeast(least: number, value: unknown, name: string): number {
  if (typeof value === "number" && value >= least && value < 2 ** 31) return value;
  throw invalid(`${name} must be a number from ${least}, not '${String(value)}'`);
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  // Not Promise.withResolvers, which Node 20 does not have.
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

function invalid(message: string): ParameterError {
  return new ParameterError("option_invalid", message);
}
