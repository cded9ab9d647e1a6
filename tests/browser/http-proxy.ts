/** A proxy of the kind that pusher-js falls back to HTTP for: it knows nothing of WebSocket. */
export class HttpProxy {
  readonly host = "127.0.0.1";
  /** Polls that are not answered yet. */
  waiting = 0;
  readonly #server: Bun.Server<undefined>;
  readonly #targetPort: number;
  readonly #isBuffering: boolean;

  /** @param isBuffering it passes an answer on once it has all of it. */
  constructor(targetPort: number, isBuffering: boolean) {
    this.#targetPort = targetPort;
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

  async #forward(request: Request): Promise<Response> {
    if (request.headers.get("upgrade") !== null) return new Response("No upgrades\n", { status: 400 });
    const url = new URL(request.url);
    url.port = String(this.#targetPort);
    const { method, headers, signal } = request;
    const poll = method === "POST" && url.pathname.endsWith("/xhr") ? 1 : 0;
    this.waiting += poll;
    try {
      const body = method === "POST" ? await request.bytes() : null;
      const answer = await fetch(url, { method, headers, body, signal });
      const content = this.#isBuffering ? await answer.bytes() : answer.body;
      return new Response(content, { status: answer.status, headers: answer.headers });
    } catch {
      return new Response("Bad gateway\n", { status: 502 });
    } finally {
      this.waiting -= poll;
    }
  }
}
