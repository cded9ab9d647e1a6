/**
 * A proxy of the kind that pusher-js falls back to HTTP for: it knows nothing of WebSocket. Where there are several servers
 * behind it, each request goes to another one.
 */
export class HttpProxy {
  readonly host = "127.0.0.1";
  /** Polls that are not answered yet. */
  waiting = 0;
  readonly #server: Bun.Server<undefined>;
  /** Requests that were passed on, by port. */
  readonly passed = new Map<number, number>();
  readonly #targetPorts: () => readonly number[];
  readonly #isBuffering: boolean;
  #turn = 0;

  /** @param isBuffering it passes an answer on once it has all of it. */
  constructor(target: number | (() => readonly number[]), isBuffering: boolean) {
    this.#targetPorts = typeof target === "number" ? () => [target] : target;
    this.#isBuffering = isBuffering;
    this.#server = Bun.serve({
      hostname: this.host,
      port: 0,
      idleTimeout: 0,
      fetch: (request) => this.#forward(request),
    });
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  stop(): Promise<void> {
    return this.#server.stop(true);
  }

  #nextPort(): number {
    const ports = this.#targetPorts();
    return ports[this.#turn++ % ports.length] ?? 0;
  }

  async #forward(request: Request): Promise<Response> {
    if (request.headers.get("upgrade") !== null) return new Response("No upgrades\n", { status: 400 });
    const url = new URL(request.url);
    const port = this.#nextPort();
    url.port = String(port);
    this.passed.set(port, (this.passed.get(port) ?? 0) + 1);
    const { method, headers, signal } = request;
    const poll = method === "POST" && url.pathname.endsWith("/xhr") ? 1 : 0;
    this.waiting += poll;
    try {
      const body = method === "POST" ? await request.bytes() : null;
      const answer = await fetch(url, { method, headers, body, signal });
      const content = this.#isBuffering ? await answer.bytes() : answer.body && untilLost(answer.body);
      return new Response(content, { status: answer.status, headers: answer.headers });
    } catch {
      return new Response("Bad gateway\n", { status: 502 });
    } finally {
      this.waiting -= poll;
    }
  }
}

/** Ends where the server died in the middle of it. */
function untilLost(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      const next = await reader.read().catch(() => undefined);
      if (next?.value) controller.enqueue(next.value);
      else controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
