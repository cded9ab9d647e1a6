import { ADMIN_BASE_PATH, type LocalAccess } from "@usher/server/light";
import { CliError } from "../cli-error.ts";
import { unreachable } from "../http-api.ts";

/** One request to the admin API, below its base path. */
export interface AdminRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Each part is encoded already. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Sent as JSON; undefined for none. */
  readonly body: unknown;
}

export interface AdminAnswer {
  readonly status: number;
  readonly text: string;
}

/** Carries requests to an admin API, wherever it is. Throws a `CliError` when it is not to be had. */
export type AdminTransport = (request: AdminRequest) => Promise<AdminAnswer>;

const TIMEOUT_MS = 30_000;

/** Over the network, with a token. @param url without a slash at its end. */
export function overHttp(url: string, token: string): AdminTransport {
  return async (request) => {
    try {
      return await send(url, token, request);
    } catch (error) {
      throw unreachable(url, error);
    }
  };
}

/**
 * Over the loopback interface to the server of this data folder. Its file may be left behind by a server that was killed, so
 * when nobody listens there, `otherwise` answers.
 */
export function overLoopback({ url, token }: LocalAccess, otherwise: AdminTransport): AdminTransport {
  return async (request) => {
    try {
      return await send(url, token, request);
    } catch (error) {
      if (isRefusedConnection(error)) return otherwise(request);
      throw unreachable(url, error);
    }
  };
}

async function send(url: string, token: string, request: AdminRequest): Promise<AdminAnswer> {
  const query = new URLSearchParams(request.query).toString();
  const response = await fetch(`${url}${ADMIN_BASE_PATH}${request.path}${query && `?${query}`}`, {
    method: request.method,
    headers: {
      accept: "application/json",
      authorization: `Bearer ${token}`,
      ...(request.body !== undefined && { "content-type": "application/json" }),
    },
    ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
    // The token is for this server alone.
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return { status: response.status, text: await response.text() };
}

/** Nothing of the request has arrived anywhere then. */
function isRefusedConnection(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    ["ECONNREFUSED", "ConnectionRefused"].includes(String(error.code))
  );
}

/** For a place where a token is needed and none is known. */
export function notLoggedIn(url: string): CliError {
  return new CliError(
    "notAllowed",
    "not_authenticated",
    `${url} asks who you are`,
    "Give a token with USHER_TOKEN or --token, or leave --url and USHER_URL out to use this machine's own data folder.",
  );
}
