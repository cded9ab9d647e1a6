/** A request as a server got it. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query, as written into the request line. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: string;
}

export interface AnsweringServer {
  readonly port: number;
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  stop(): Promise<void>;
}

/**
 * An HTTP server on 127.0.0.1 that notes what it gets and answers as it is told.
 *
 * @param answer gets the number of the request, from 1. A promise that never resolves is a server that hangs.
 */
export function startAnsweringServer(
  answer: (count: number, request: SeenRequest) => Response | Promise<Response> = () => Response.json({}),
): AnsweringServer {
  const seen: SeenRequest[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      const { origin } = new URL(request.url);
      const { method, url, headers } = request;
      seen.push({ method, target: url.slice(origin.length), headers, body: await request.text() });
      return answer(seen.length, seen.at(-1) as SeenRequest);
    },
  });
  const port = server.port as number;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    seen,
    stop: () => server.stop(true),
  };
}
