/** For every answer of the HTTP transports. Any page may ask: requests carry no credentials, and knowing the session is what counts. */
const CROSS_ORIGIN = { "access-control-allow-origin": "*" } as const;

const NEVER_KEPT = "no-store, no-transform";

/** To the question that browsers ask before a request from another origin, which is each of them: no two have one address. */
export function preflightAnswer(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...CROSS_ORIGIN,
      "access-control-allow-methods": "OPTIONS, POST",
      "access-control-allow-headers": "Content-Type",
      "access-control-max-age": "7200",
    },
  });
}

/** Lines for the client; it reads them only with status 200. */
export function linesAnswer(body: string | ReadableStream<Uint8Array>): Response {
  return new Response(body, {
    headers: {
      ...CROSS_ORIGIN,
      "content-type": "application/javascript; charset=UTF-8",
      "cache-control": NEVER_KEPT,
      "x-content-type-options": "nosniff",
      // Asks nginx and those that imitate it to pass lines on as they come.
      "x-accel-buffering": "no",
    },
  });
}

export function takenAnswer(): Response {
  return new Response(null, { status: 204, headers: { ...CROSS_ORIGIN, "cache-control": NEVER_KEPT } });
}

/** Status and text; pusher-js takes any status but 200 as the end of the connection and starts anew. */
export function refusalAnswer(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(`${text}\n`, {
    status,
    headers: {
      ...CROSS_ORIGIN,
      "content-type": "text/plain; charset=utf-8",
      "cache-control": NEVER_KEPT,
      ...headers,
    },
  });
}

export function unknownSession(): Response {
  return refusalAnswer(404, "Session not found.");
}
