import { connect, createServer, type Socket } from "node:net";

/** Stands between a client and Redis, and can swallow what one of them says without closing anything. */
export interface StallingProxy {
  readonly port: number;
  /** Swallows what is said to clients that have subscribed to something: their subscriptions are deaf. */
  deafen(): void;
  /** Swallows everything. */
  stall(): void;
  /** Passes on again, for connections made from now on. */
  heal(): void;
  close(): void;
}

export async function startStallingProxy(redisPort: number): Promise<StallingProxy> {
  const sockets = new Set<Socket>();
  const swallowing = new Set<Socket>();
  const subscribers = new Set<Socket>();
  let isStalled = false;
  const server = createServer((client) => {
    const upstream = connect(redisPort, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
    }
    if (isStalled) swallowing.add(client);
    client.on("data", (data) => {
      if (data.includes("ssubscribe")) subscribers.add(client);
      if (!isStalled) upstream.write(data);
    });
    upstream.on("data", (data) => {
      if (!isStalled && !swallowing.has(client)) client.write(data);
    });
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    deafen: () => {
      for (const client of subscribers) swallowing.add(client);
    },
    stall: () => {
      isStalled = true;
    },
    heal: () => {
      isStalled = false;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
