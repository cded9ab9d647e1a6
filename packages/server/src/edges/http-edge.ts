import { corsHeaders } from "./http-api/cors.ts";
import type { HttpApi } from "./http-api/http-api.ts";
import { splitUrl } from "./split-url.ts";

export interface HttpEdgeOptions {
  readonly api: HttpApi;
  /** The page for newcomers; undefined in production. */
  readonly firstPage: ((request: Request) => Response | Promise<Response> | undefined) | undefined;
  readonly pathPrefix: string;
  readonly corsOrigins: readonly string[];
}

/** Every request that is no WebSocket: the HTTP API first, since it is the one in a hurry. */
export function httpEdge(options: HttpEdgeOptions): (request: Request) => Response | Promise<Response> {
  const { api, firstPage, corsOrigins } = options;
  return (request) => {
    if (corsOrigins.length > 0) return withCors(request, options);
    return api(request) ?? firstPage?.(request) ?? elsewhere(request, options);
  };
}

async function withCors(request: Request, options: HttpEdgeOptions): Promise<Response> {
  const headers = corsHeaders(request.headers.get("origin"), options.corsOrigins);
  if (headers && request.method === "OPTIONS") return new Response(null, { status: 204, headers });
  const response = await (options.api(request) ??
    options.firstPage?.(request) ??
    elsewhere(request, options));
  for (const [name, value] of Object.entries(headers ?? {})) response.headers.set(name, value);
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
