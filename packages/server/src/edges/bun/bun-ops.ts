import { forwardedAddress, parseAddress } from "../client-address.ts";

export interface OpsListenOptions {
  readonly host: string;
  readonly port: number;
  /** Believe `X-Forwarded-For`. */
  readonly trustProxy: boolean;
}

/** Enough for every body that the admin API takes; which is too large for its route, it says itself. */
const MAX_BODY_BYTES = 33 * 1024 * 1024;

/**
 * Listens for the operators' requests; plain HTTP, no WebSocket.
 *
 * @param answer is given how to find out where a request came from; `null` where that is not known.
 */
export function listenForOps(
  { host, port, trustProxy }: OpsListenOptions,
  answer: (request: Request, addressOf: (request: Request) => string | null) => Response | Promise<Response>,
): { readonly port: number; readonly stop: () => Promise<void> } {
  const server = Bun.serve({
    hostname: host,
    port,
    development: false,
    reusePort: false,
    maxRequestBodySize: MAX_BODY_BYTES,
    // As long as on the main port: the debug console is quiet at times.
    idleTimeout: 120,
    fetch: (request, listening) =>
      answer(request, (asked) => {
        const forwarded = trustProxy ? forwardedAddress(asked.headers.get("x-forwarded-for")) : null;
        return forwarded ?? parseAddress(listening.requestIP(asked)?.address ?? "");
      }),
  });
  return { port: server.port ?? port, stop: () => server.stop(true) };
}
