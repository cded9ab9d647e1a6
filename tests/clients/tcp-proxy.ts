import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";

/** The smallest load balancer: a new connection goes to the current target, an open one stays where it is. */
export class TcpProxy {
  readonly host = "127.0.0.1";
  readonly #server: Server;
  /** Each client's side, with the server's. */
  readonly #open = new Map<Socket, Socket>();
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

  /** Loses every open connection, or those that are chosen, as a network does that goes away. Returns how many. */
  cut(isChosen: () => boolean = () => true): number {
    const chosen = [...this.#open.keys()].filter(isChosen);
    for (const socket of chosen) socket.destroy();
    return chosen.length;
  }

  /** Passes nothing on any more, either way, on the connections that are chosen, and lets nobody know. Returns how many. */
  stall(isChosen: () => boolean): number {
    const chosen = [...this.#open].filter(isChosen);
    for (const ends of chosen) {
      for (const socket of ends) {
        socket.unpipe();
        socket.pause();
      }
    }
    return chosen.length;
  }

  stop(): void {
    this.cut();
    this.#server.close();
  }

  #forward(client: Socket): void {
    const upstream = connect(this.#targetPort, this.host);
    client.pipe(upstream).pipe(client);
    this.#open.set(client, upstream);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#open.delete(client);
        other.destroy();
      });
    }
  }
}
