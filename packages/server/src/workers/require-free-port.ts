import { createServer } from "node:net";
import { listenError } from "../start-error.ts";

/**
 * Workers share their port with whoever wants to, so that a second server on it would get every other client without a
 * word. Before they start nobody may be there.
 *
 * @throws StartError when somebody is.
 */
export async function requireFreePort(host: string, port: number): Promise<void> {
  if (port === 0) return;
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const server = createServer();
  const free = Promise.withResolvers<void>();
  server.on("error", (cause) => free.reject(listenError(cause, host, port, "USHER_PORT")));
  server.listen({ host: bare, port, exclusive: true }, () => server.close(() => free.resolve()));
  await free.promise;
}
