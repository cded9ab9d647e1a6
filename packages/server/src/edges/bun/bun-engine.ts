import type { Connection } from "@usher/hub";
import { UsherError } from "@usher/protocol";
import type { ServerWebSocket } from "bun";
import { forwardedAddress, parseAddress } from "../client-address.ts";
import type { Engine, EngineHandlers, EngineOptions, Opening, Socket } from "../engine.ts";
import { splitUrl } from "../split-url.ts";

const BINARY_FRAMES = "binary frames are not supported";

/** Listens with Bun's own server, whose native topics carry every event. */
export function listenOnBun(options: EngineOptions, handlers: EngineHandlers): Engine {
  const server = Bun.serve<BunSocket>({
    hostname: options.host,
    port: options.port,
    // The edge refuses at the limit, with an explanation; past twice of it the engine hangs up without one.
    maxRequestBodySize: 2 * options.maxRequestBytes,
    // Long enough for the keep-alive connections of server libraries; the engine's own maximum is 255.
    idleTimeout: 120,
    development: false,
    // Left out, it is on, and a second server would share the port without a word.
    reusePort: options.sharesPort,
    fetch(request, listening) {
      if (!isUpgrade(request)) return handlers.request(request);
      const socket = new BunSocket(openingOf(request, options.trustProxy));
      // On success the engine has answered 101 already and wants no response.
      if (listening.upgrade(request, { data: socket })) return undefined;
      return new Response("This is not a valid WebSocket request.\n", { status: 400 });
    },
    error(cause) {
      handlers.failed(cause);
      return new Response("Internal error\n", { status: 500 });
    },
    websocket: {
      perMessageDeflate: false,
      maxPayloadLength: options.maxFrameBytes,
      backpressureLimit: options.hardBufferLimitBytes,
      closeOnBackpressureLimit: true,
      // The hub's sweep keeps time: the engine's timer does not see a dead client that is being pushed to.
      idleTimeout: 0,
      sendPings: false,
      open(ws) {
        const { opening } = ws.data;
        // Let go of it: thousands of idle sockets need not keep the addresses that they were opened with.
        ws.data.opening = undefined;
        ws.data.ws = ws;
        if (!opening) return;
        try {
          // Whatever its type says, a peer that has hung up already has no address.
          const address = opening.address ?? parseAddress(ws.remoteAddress ?? "");
          handlers.opened(ws.data, { ...opening, address });
        } catch (cause) {
          endAfter(cause, ws);
        }
      },
      message(ws, message) {
        try {
          if (typeof message === "string") handlers.text(ws.data, message);
          else handlers.refused(ws.data, new UsherError("message_invalid", { reason: BINARY_FRAMES }));
        } catch (cause) {
          endAfter(cause, ws);
        }
      },
      ping: (ws) => handlers.alive(ws.data),
      pong: (ws) => handlers.alive(ws.data),
      close(ws, code) {
        try {
          handlers.closed(ws.data, code);
        } catch (cause) {
          handlers.failed(cause);
        }
      },
    },
  });

  /** A fault of ours costs the connection that met it. Out of a callback it would end the process, and with it everybody. */
  function endAfter(cause: unknown, ws: ServerWebSocket<BunSocket>): void {
    handlers.failed(cause);
    ws.terminate();
  }

  return {
    address: { host: options.host, port: server.port ?? options.port },
    publish: (topic, text) => void server.publish(topic, text),
    addressOf: (request) => {
      const forwarded = options.trustProxy ? forwardedAddressOf(request) : null;
      return forwarded ?? parseAddress(server.requestIP(request)?.address ?? "");
    },
    stopListening: () => void server.stop(false),
    stop: async () => {
      await server.stop(true);
    },
  };
}

class BunSocket implements Socket {
  /** Only until the engine has opened the socket. */
  opening: Opening | undefined;
  connection: Connection | undefined = undefined;
  /** Set by the engine's `open`, before anyone else sees the socket. */
  ws!: ServerWebSocket<BunSocket>;

  constructor(from: Opening) {
    this.opening = from;
  }

  send(text: string): void {
    this.ws.send(text);
  }

  join(topic: string): void {
    this.ws.subscribe(topic);
  }

  leave(topic: string): void {
    this.ws.unsubscribe(topic);
  }

  publishToOthers(topic: string, text: string): void {
    this.ws.publish(topic, text);
  }

  ping(): void {
    this.ws.ping();
  }

  close(code: number, reason: string): void {
    this.ws.close(code, reason);
  }

  bufferedBytes(): number {
    return this.ws.getBufferedAmount();
  }
}

/** The method first: reading a header costs, and events come by POST. */
function isUpgrade(request: Request): boolean {
  return request.method === "GET" && request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** The engine itself knows the peer only; that one is added once the socket is open, where asking for it is cheapest. */
function openingOf(request: Request, trustProxy: boolean): Opening {
  const { path, rawQuery } = splitUrl(request.url);
  const forwardedProtocol = trustProxy ? request.headers.get("x-forwarded-proto") : null;
  return {
    path,
    rawQuery,
    pageOrigin: request.headers.get("origin") ?? undefined,
    address: trustProxy ? forwardedAddressOf(request) : null,
    isTls: forwardedProtocol === "https" || forwardedProtocol === "wss",
  };
}

function forwardedAddressOf(request: Request): string | null {
  return forwardedAddress(request.headers.get("x-forwarded-for"));
}
