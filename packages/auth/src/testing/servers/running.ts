import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** An endpoint of one framework, with the example's rules. The session is the header `X-User`. */
export interface Running {
  readonly url: string;
  stop(): Promise<void>;
}

export interface FrameworkServer {
  readonly name: string;
  /** Whether a body parser of the framework reads bodies first, so that its limits count. */
  readonly isParsedBefore?: boolean;
  start(): Promise<Running>;
}

export async function listen(listener: RequestListener): Promise<Running> {
  return running(createServer(listener));
}

/** @param server one that does not listen yet. */
export async function running(server: Server): Promise<Running> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export function headerText(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
