import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";

/** The smallest load balancer: a new connection goes to the current target, an open one stays where it is. */
export class TcpProxy {
  readonly host = "127.0.0.1";
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #targetPort: number;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((client) => this.#forward(client));
  }

  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, proxy.host, resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** New connections go there from now on. */
  retarget(port: number): void {
    this.#targetPort = port;
  }

  /** Loses every open connection, as a network does that goes away. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  stop(): void {
    this.cut();
    this.#server.close();
  }

  #forward(client: Socket): void {
    const upstream = connect(this.#targetPort, this.host);
    client.pipe(upstream).pipe(client);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#open.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#open.delete(socket);
        other.destroy();
      });
    }
  }
}
