import { corsHeaders } from "./http-api/cors.ts";
import type { HttpApi } from "./http-api/http-api.ts";
import type { HttpFallback } from "./http-fallback/http-fallback.ts";
import { splitUrl } from "./split-url.ts";

export interface HttpEdgeOptions {
  readonly api: HttpApi;
  /** The transports of clients without WebSocket; undefined where they are off. */
  readonly fallback: HttpFallback | undefined;
  /** The admin API and the dashboard; undefined where they are not on this port. */
  readonly operators: ((request: Request) => Response | Promise<Response> | undefined) | undefined;
  /** The page for newcomers; undefined in production. */
  readonly firstPage: ((request: Request) => Response | Promise<Response> | undefined) | undefined;
  readonly pathPrefix: string;
  readonly corsOrigins: readonly string[];
}

/** Every request that is no WebSocket: the HTTP API first, since it is the one in a hurry. */
export function httpEdge(options: HttpEdgeOptions): (request: Request) => Response | Promise<Response> {
  const { fallback, operators, firstPage, corsOrigins } = options;
  const api = corsOrigins.length > 0 ? withCors(options.api, corsOrigins) : options.api;
  return (request) =>
    api(request) ??
    fallback?.answer(request) ??
    operators?.(request) ??
    firstPage?.(request) ??
    elsewhere(request, options);
}

function withCors(api: HttpApi, allowed: readonly string[]): HttpApi {
  return (request) => {
    const headers = corsHeaders(request.headers.get("origin"), allowed);
    const answer = api(request);
    if (!headers || !answer) return answer;
    if (request.method === "OPTIONS") return new Response(null, { status: 204, headers });
    return addHeaders(answer, headers);
  };
}

async function addHeaders(
  answer: Response | Promise<Response>,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const response = await answer;
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

function elsewhere(request: Request, { pathPrefix }: HttpEdgeOptions): Response {
  const { path } = splitUrl(request.url);
  const headers = { "content-type": "text/plain; charset=utf-8" };
  if (path.startsWith(`${pathPrefix}/app/`)) {
    return new Response("This address takes WebSocket connections.\n", {
      status: 426,
      headers: { ...headers, upgrade: "websocket", connection: "Upgrade" },
    });
  }
  if (path === "/" || path === `${pathPrefix}/`) return new Response("Usher is running.\n", { headers });
  return new Response("404 NOT FOUND\n", { status: 404, headers });
}
