import type { ServerWebSocket } from "bun";

export interface ReceivedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

/** A server that answers as a test tells it to, and remembers what it was asked. */
export interface FakeServer {
  readonly url: string;
  readonly requests: ReceivedRequest[];
  /** Addresses of the WebSockets that were opened. */
  readonly opened: URL[];
  stop(): Promise<void>;
}

export interface FakeAnswers {
  readonly http?: (request: ReceivedRequest) => Response;
  readonly opened?: (socket: ServerWebSocket<undefined>) => void;
  /** Called with the parsed frame. */
  readonly frame?: (socket: ServerWebSocket<undefined>, frame: { event: string; data: Frame }) => void;
}

export type Frame = Readonly<Record<string, string>>;

export function startFakeServer({ http, opened, frame }: FakeAnswers): FakeServer {
  const requests: ReceivedRequest[] = [];
  const sockets: URL[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request, self) {
      const url = new URL(request.url);
      if (self.upgrade(request, { data: undefined })) {
        sockets.push(url);
        return undefined;
      }
      const { method, headers } = request;
      const received = { method, url, headers, body: await request.text() };
      requests.push(received);
      return http?.(received) ?? Response.json({});
    },
    websocket: {
      data: undefined,
      open: (socket) => opened?.(socket),
      message: (socket, text) => frame?.(socket, JSON.parse(String(text))),
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    requests,
    opened: sockets,
    stop: () => server.stop(true),
  };
}
