import { type AuthHandler, createAuthHandler, type Rules } from "@usher/auth";
import { usageError } from "../cli-error.ts";
import type { FindUser } from "./rules.ts";

export interface EndpointOptions {
  readonly key: string;
  readonly secret: string;
  readonly masterKey: string | undefined;
  readonly channels: Rules<unknown>;
  readonly user: FindUser;
  /** Of pages that may read answers from elsewhere. */
  readonly origins: readonly string[];
  readonly jsonp: boolean;
  /** Answer only under names of this machine: a page elsewhere cannot lead its own name here. */
  readonly isLocalOnly: boolean;
  readonly onError: (error: unknown) => void;
  readonly onWarning: (message: string) => void;
}

/** Where pusher-js and Laravel Echo ask unless they are told otherwise. */
export const PATHS = {
  channel: ["/pusher/auth", "/broadcasting/auth"],
  user: ["/pusher/user-auth", "/broadcasting/user-auth"],
} as const;

/** The endpoint as a function of web-standard requests. */
export function createEndpoint(options: EndpointOptions): (request: Request) => Promise<Response> {
  const handler = createHandler(options);
  const paths: ReadonlySet<string> = new Set([...PATHS.channel, ...PATHS.user]);
  return async (request) => {
    const { hostname, pathname } = new URL(request.url);
    if (options.isLocalOnly && !isLoopback(hostname)) {
      return answer(403, "This endpoint answers under names of its own machine only");
    }
    return paths.has(pathname) ? handler(request) : answer(404, `Ask at ${[...paths].join(", ")}`);
  };
}

/** @param host a name or address, an IPv6 one with or without brackets. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

function createHandler(options: EndpointOptions): AuthHandler {
  const { key, secret, masterKey, channels, user, origins, jsonp, onError, onWarning } = options;
  try {
    return createAuthHandler<unknown>({
      key,
      secret,
      ...(masterKey !== undefined && { encryptionMasterKeyBase64: masterKey }),
      channels,
      user: (request, _, parameters) => user(request, parameters),
      ...(origins.length > 0 && { cors: { origins } }),
      ...(jsonp && { jsonp: { origins } }),
      onError,
      development: true,
      onWarning,
    });
  } catch (error) {
    if (error instanceof TypeError) {
      throw usageError(
        error.message,
        "Mend the rules, or the options that they need: --master-key, --origin.",
      );
    }
    throw error;
  }
}

function answer(status: number, error: string): Response {
  return Response.json({ error }, { status, headers: { "Cache-Control": "no-store" } });
}
