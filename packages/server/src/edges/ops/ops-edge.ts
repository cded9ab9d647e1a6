import { totalmem } from "node:os";
import type { Registry } from "@prometheus-io/client";
import type { OperatorsEdge } from "../operators-edge.ts";
import { splitUrl } from "../split-url.ts";

export interface OpsOptions {
  readonly registry: Registry;
  /** Why the server should get no new clients, or undefined when it should. */
  readonly notReadyBecause: () => string | undefined;
  /** The admin API and the dashboard; undefined where they are not on this port. */
  readonly operators: OperatorsEdge | undefined;
}

/** What operators and orchestrators ask: health, metrics, memory. On a port of its own, loopback unless told otherwise. */
export function opsEdge({
  registry,
  notReadyBecause,
  operators,
}: OpsOptions): (request: Request, addressOf: (request: Request) => string | null) => Promise<Response> {
  return async (request, addressOf) => {
    const answered = operators?.(request, addressOf);
    if (answered) return answered;
    if (request.method !== "GET" && request.method !== "HEAD") return text(405, "Method not allowed\n");
    switch (splitUrl(request.url).path) {
      case "/health/live":
      case "/live":
        return text(200, "live\n");
      case "/health/ready":
      case "/ready":
      case "/up": {
        const reason = notReadyBecause();
        return reason === undefined ? text(200, "ready\n") : text(503, `not ready: ${reason}\n`);
      }
      case "/metrics":
        return new Response(await registry.metrics(), { headers: { "content-type": registry.contentType } });
      case "/usage":
        return Response.json(memoryUsage());
      default:
        return text(404, "Here are /health/live, /health/ready, /metrics and /usage.\n");
    }
  };
}

/** In the shape that Soketi's `/usage` has, with bytes as numbers. */
function memoryUsage(): object {
  const total = totalmem();
  const used = process.memoryUsage.rss();
  return { memory: { free: total - used, used, total, percent: (used / total) * 100 } };
}

function text(status: number, body: string): Response {
  return new Response(body, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}
