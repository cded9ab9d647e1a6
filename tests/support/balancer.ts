import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { TestServer } from "./server.ts";

type Backend = Pick<TestServer, "host" | "port" | "opsPort">;

/** A load balancer that asks each server whether it is ready before it passes a connection on, and deals them out in turn. */
export class Balancer {
  readonly host = "127.0.0.1";
  readonly #backends: readonly Backend[];
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #turn = 0;

  private constructor(backends: readonly Backend[]) {
    this.#backends = backends;
    this.#server = createServer({ pauseOnConnect: true }, (client) => void this.#forward(client));
  }

  static async start(backends: readonly Backend[]): Promise<Balancer> {
    const balancer = new Balancer(backends);
    await new Promise<void>((resolve) => balancer.#server.listen(0, balancer.host, resolve));
    return balancer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
  }

  async #forward(client: Socket): Promise<void> {
    this.#open.add(client);
    client.on("error", () => client.destroy());
    client.on("close", () => this.#open.delete(client));
    const backend = await this.#readyOne();
    if (!backend) return void client.destroy();
    const upstream = connect(backend.port, backend.host);
    upstream.on("error", () => client.destroy());
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
    client.pipe(upstream).pipe(client);
    client.resume();
  }

  async #readyOne(): Promise<Backend | undefined> {
    // Taken once: others ask meanwhile.
    const first = this.#turn++ % this.#backends.length;
    for (const backend of [...this.#backends.slice(first), ...this.#backends.slice(0, first)]) {
      if (await isReady(backend)) return backend;
    }
    return undefined;
  }
}

/** What `/health/ready` says. */
export async function isReady({ host, opsPort }: Pick<Backend, "host" | "opsPort">): Promise<boolean> {
  const headers = { connection: "close" };
  const answer = await fetch(`http://${host}:${opsPort}/health/ready`, { headers }).catch(() => undefined);
  return answer?.status === 200;
}
