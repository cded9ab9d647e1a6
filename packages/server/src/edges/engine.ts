import type { Connection } from "@usher/hub";
import type { UsherError } from "@usher/protocol";

/**
 * What Usher needs from a WebSocket and HTTP engine, and what the engine calls in return. Each runtime has a folder of
 * its own that implements it; nothing else may know the runtime.
 *
 * Promises of an engine: frames to one socket arrive in the order of the calls, whether sent or published. After
 * `close` nothing more is sent. A socket whose waiting bytes pass the hard limit is closed at once, never given a
 * stream with a hole in it. Every opened socket is closed exactly once.
 */
export interface Engine {
  /** Where the engine listens; the port is the real one when 0 was asked for. */
  readonly address: { readonly host: string; readonly port: number };
  /** Sends to every WebSocket on the topic; the text is encoded once however many they are. */
  publish(topic: string, text: string): void;
  /**
   * Where a request that is being answered came from: an IP address, by the rules of `trustProxy`. Asking costs half a
   * microsecond, so ask for what is going to be kept.
   */
  addressOf(request: Request): string | null;
  /** Stops accepting connections. Open sockets and running requests go on. */
  stopListening(): void;
  /** Ends everything that is still open. */
  stop(): Promise<void>;
}

/** One open WebSocket, or a session over HTTP that stands in for one. It leaves all topics by itself when it closes. */
export interface Socket {
  /** The hub's side of it; set by the WebSocket edge once the handshake was accepted. */
  connection: Connection | undefined;
  send(text: string): void;
  join(topic: string): void;
  leave(topic: string): void;
  /** Sends to every WebSocket on the topic but this one. */
  publishToOthers(topic: string, text: string): void;
  /** Asks for a sign of life, which clients give by themselves: a WebSocket ping, or what stands for one over HTTP. */
  ping(): void;
  /** What was sent already still goes out first. */
  close(code: number, reason: string): void;
  /** Bytes that were sent and that the kernel has not taken yet. */
  bufferedBytes(): number;
}

/** The request that asked for a WebSocket. */
export interface Opening {
  readonly path: string;
  /** Without the question mark. */
  readonly rawQuery: string;
  readonly pageOrigin: string | undefined;
  /** An IP address; `null` where it is not known. */
  readonly address: string | null;
  readonly isTls: boolean;
}

export interface EngineHandlers {
  opened(socket: Socket, opening: Opening): void;
  text(socket: Socket, text: string): void;
  /** A frame that is refused before anyone looks at it, such as a binary one. */
  refused(socket: Socket, error: UsherError): void;
  /** A ping or pong came in. */
  alive(socket: Socket): void;
  closed(socket: Socket, code: number): void;
  request(request: Request): Response | Promise<Response>;
  /** A request or a frame ended in an exception that nobody caught: a fault of ours. */
  failed(cause: unknown): void;
}

export interface EngineOptions {
  readonly host: string;
  readonly port: number;
  /** Other processes listen on the same port, and the system deals connections out to them. */
  readonly sharesPort: boolean;
  readonly maxFrameBytes: number;
  readonly maxRequestBytes: number;
  /** Past this many waiting bytes a socket is closed without a word. */
  readonly hardBufferLimitBytes: number;
  /** Believe `X-Forwarded-Proto`, and the last entry of `X-Forwarded-For`. */
  readonly trustProxy: boolean;
}
