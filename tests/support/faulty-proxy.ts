import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Of which side nothing more is heard by the other. */
export type Silence = "client" | "server" | "both";

/**
 * Stands between clients and one server, and does to their connections what networks do: it loses them, holds them up, or
 * swallows what is said on them without a word to anybody.
 */
export class FaultyProxy {
  readonly host = "127.0.0.1";
  readonly #targetPort: number;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #silence: Silence | undefined;
  #isHolding = false;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((client) => this.#forward(client));
  }

  static async start(targetPort: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(targetPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, proxy.host, resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Loses every open connection. Returns how many. */
  cut(): number {
    const pairs = [...this.#pairs];
    for (const pair of pairs) pair.client.destroy();
    return pairs.length;
  }

  /** What that side says is gone, on open connections and new ones alike. */
  swallow(silence: Silence): void {
    this.#silence = silence;
  }

  /** Keeps all that is said back, until `heal`. */
  hold(): void {
    this.#isHolding = true;
    for (const { client, server } of this.#pairs) {
      client.pause();
      server.pause();
    }
  }

  /** Passes on again. A connection of which something was swallowed is lost: what comes after a hole means nothing. */
  heal(): void {
    this.#isHolding = false;
    this.#silence = undefined;
    for (const { client, server, hasHole } of this.#pairs) {
      if (hasHole) client.destroy();
      client.resume();
      server.resume();
    }
  }

  stop(): void {
    this.cut();
    this.#server.close();
  }

  #forward(client: Socket): void {
    const server = connect(this.#targetPort, this.host);
    const pair: Pair = { client, server, hasHole: false };
    this.#pairs.add(pair);
    for (const [side, from, to] of [
      ["client", client, server],
      ["server", server, client],
    ] as const) {
      if (this.#isHolding) from.pause();
      from.on("data", (chunk) => {
        const isSwallowed = this.#silence === side || this.#silence === "both";
        if (isSwallowed) pair.hasHole = true;
        else to.write(chunk);
      });
      // Each is followed by "close".
      from.on("error", () => {});
      from.on("close", () => {
        this.#pairs.delete(pair);
        to.destroy();
      });
    }
  }
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  hasHole: boolean;
}
