import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { TestServer } from "../support/server.ts";

/** Passes each request to the next node, and can lose an answer on its way back. */
export class LosingBalancer {
  readonly host = "127.0.0.1";
  /** Which node each request went to. */
  readonly passedTo: TestServer[] = [];
  readonly #nodes: readonly TestServer[];
  readonly #server: Server;
  #losing: ((node: TestServer, answer: Promise<string>) => Promise<unknown>) | undefined;

  private constructor(nodes: readonly TestServer[]) {
    this.#nodes = nodes;
    this.#server = createServer((request, response) => void this.#forward(request, response));
  }

  static async start(nodes: readonly TestServer[]): Promise<LosingBalancer> {
    const balancer = new LosingBalancer(nodes);
    await new Promise<void>((resolve) => balancer.#server.listen(0, balancer.host, resolve));
    return balancer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Whoever sends the next request loses the connection once this has resolved, and hears no answer. */
  loseNext(losing: (node: TestServer, answer: Promise<string>) => Promise<unknown>): void {
    this.#losing = losing;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const losing = this.#losing;
    this.#losing = undefined;
    const node = this.#nodes[this.passedTo.length % this.#nodes.length] as TestServer;
    this.passedTo.push(node);
    const { method = "GET", url = "/" } = request;
    const headers = { "content-type": "application/json", ...keyOf(request) };
    const body = await buffer(request);
    const asked = fetch(`http://${node.host}:${node.port}${url}`, {
      method,
      headers,
      ...(method === "GET" ? {} : { body: new Uint8Array(body) }),
    });
    if (losing) {
      const answer = asked.then((answer) => answer.text());
      // Lost all the same.
      answer.catch(() => {});
      await losing(node, answer);
      request.socket.destroy();
      return;
    }
    const answer = await asked;
    const text = await answer.text();
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(text);
  }
}

function keyOf({ headers }: IncomingMessage): Record<string, string> {
  const key = headers["idempotency-key"];
  return typeof key === "string" ? { "idempotency-key": key } : {};
}
