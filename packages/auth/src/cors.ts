import { checkOrigins, type Origins } from "./origin.ts";

export interface CorsOptions {
  /** Pages on other origins that may read answers. Each is named; there is no wildcard. */
  readonly origins: Origins;
  /** Whether the browser may send cookies along. True by default. */
  readonly credentials?: boolean;
  /** How long a browser may remember the answer to a preflight. Two hours by default, the most that Chromium honours. */
  readonly maxAgeSeconds?: number;
}

/** @throws TypeError for origins that no browser sends. */
export function checkCors({ origins }: CorsOptions): void {
  checkOrigins(origins, "cors.origins");
}

/** The headers that let a page on one of the listed origins read the answer. */
export function corsHeaders(
  request: Request,
  cors: CorsOptions | undefined,
): Readonly<Record<string, string>> {
  if (cors === undefined) return {};
  const origin = request.headers.get("origin");
  // Without it, a cache could hand one origin's answer to another.
  const vary = { Vary: "Origin" };
  if (origin === null || !cors.origins.includes(origin)) return vary;
  const credentials = cors.credentials === false ? {} : { "Access-Control-Allow-Credentials": "true" };
  return { ...vary, "Access-Control-Allow-Origin": origin, ...credentials };
}

/** Whether a preflight may pass. Browsers ask one for every header beyond the plainest, such as a CSRF token. */
export function allowsPreflight(request: Request, cors: CorsOptions | undefined): cors is CorsOptions {
  return cors?.origins.includes(request.headers.get("origin") ?? "") ?? false;
}

export function preflightHeaders(request: Request, cors: CorsOptions): Readonly<Record<string, string>> {
  const asked = request.headers.get("access-control-request-headers");
  return {
    ...corsHeaders(request, cors),
    Vary: "Origin, Access-Control-Request-Headers",
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Max-Age": String(cors.maxAgeSeconds ?? 7200),
    // The origin is trusted to read answers, so it may ask in its own way. `*` would leave out Authorization.
    ...(asked === null ? {} : { "Access-Control-Allow-Headers": asked }),
  };
}
