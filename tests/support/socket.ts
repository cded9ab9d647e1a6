import { type AppCredentials, channelAuth, userAuth } from "./sign.ts";
import { PATIENCE_MS, within } from "./time-limit.ts";

/** A frame from the server as it came in, and its text. */
export interface Frame {
  readonly event: string;
  readonly channel?: string;
  readonly data?: unknown;
  readonly user_id?: string;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export interface OpenOptions {
  /** Offered in `Sec-WebSocket-Protocol`. */
  readonly protocols?: readonly string[];
  readonly headers?: Record<string, string>;
  /** Waited for before what others did is looked at; nothing where there is one server. */
  readonly settle?: (() => Promise<void>) | undefined;
}

// The runtime's own WebSocket takes headers; the type that the DOM library gives it does not say so.
const HeaderWebSocket = WebSocket as unknown as new (
  url: string,
  options: { readonly protocols: string[]; readonly headers: Record<string, string> },
) => WebSocket;

/**
 * A client's end of one connection, for reading frame by frame.
 *
 * To show that something does not arrive, send a ping and look at what comes before the pong: frames to one socket keep
 * their order, so no waiting is needed.
 */
export class TestSocket {
  readonly closed: Promise<Closed>;
  readonly opened: Promise<void>;
  readonly #webSocket: WebSocket;
  readonly #app: AppCredentials;
  readonly #settle: (() => Promise<void>) | undefined;
  readonly #arrived: string[] = [];
  readonly #seen: string[] = [];
  #wake: (() => void) | undefined;
  #end: Closed | undefined;
  #socketId: string | undefined;

  constructor(url: string, app: AppCredentials, options: OpenOptions = {}) {
    this.#app = app;
    this.#settle = options.settle;
    this.#webSocket = new HeaderWebSocket(url, {
      protocols: [...(options.protocols ?? [])],
      headers: options.headers ?? {},
    });
    const opened = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<Closed>();
    this.opened = opened.promise;
    this.closed = closed.promise;
    this.#webSocket.onopen = () => opened.resolve();
    this.#webSocket.onmessage = ({ data }: MessageEvent<unknown>) => {
      this.#arrived.push(String(data));
      this.#wake?.();
    };
    this.#webSocket.onclose = ({ code, reason }) => {
      this.#end = { code, reason };
      opened.resolve();
      closed.resolve(this.#end);
      this.#wake?.();
    };
  }

  /** Known once `established` has resolved. */
  get socketId(): string {
    if (this.#socketId === undefined) throw new Error("the connection is not established yet");
    return this.#socketId;
  }

  /** The subprotocol that the server chose; empty for none. */
  get protocol(): string {
    return this.#webSocket.protocol;
  }

  /** Reads the greeting, which must be the first frame. */
  async established(): Promise<Frame> {
    const frame = await this.nextEvent("pusher:connection_established");
    const { socket_id } = dataOf(frame);
    if (typeof socket_id !== "string") throw new Error(`no socket_id in ${JSON.stringify(frame)}`);
    this.#socketId = socket_id;
    return frame;
  }

  /** The text of the next frame, in the order of arrival. */
  async nextText(ms: number = PATIENCE_MS): Promise<string> {
    if (this.#arrived.length === 0 && !this.#end) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await within(ms, promise, () => `no frame; before it came ${this.#history()}`);
    }
    const text = this.#arrived.shift();
    if (text === undefined) {
      throw new Error(`closed with ${JSON.stringify(this.#end)} after ${this.#history()}`);
    }
    this.#seen.push(text);
    return text;
  }

  async next(ms?: number): Promise<Frame> {
    return parseFrame(await this.nextText(ms));
  }

  /** The next frame, which must be this event: nothing else may come in between. */
  async nextEvent(event: string, ms?: number): Promise<Frame> {
    const frame = await this.next(ms);
    if (frame.event !== event) {
      throw new Error(`expected ${event}, got ${JSON.stringify(frame)}; before it came ${this.#history()}`);
    }
    return frame;
  }

  sendText(text: string): void {
    this.#webSocket.send(text);
  }

  send(frame: object): void {
    this.sendText(JSON.stringify(frame));
  }

  /** What the server has sent by the time it answers a ping; empty when it had nothing to say. */
  async framesBeforePong(): Promise<Frame[]> {
    await this.#settle?.();
    this.send({ event: "pusher:ping", data: {} });
    const frames: Frame[] = [];
    for (;;) {
      const frame = await this.next();
      if (frame.event === "pusher:pong") return frames;
      frames.push(frame);
    }
  }

  /** The `auth` that an app's server would give this connection. */
  authFor(channel: string, channelData?: string, app: AppCredentials = this.#app): string {
    return channelAuth(app, this.socketId, channel, channelData);
  }

  /** Sends a subscription as given, signed or not. */
  subscribe(
    channel: string,
    ticket: { readonly auth?: string | undefined; readonly channel_data?: string | undefined } = {},
  ): void {
    this.send({ event: "pusher:subscribe", data: { channel, ...ticket } });
  }

  /** Subscribes with whatever the channel asks for, and returns the success frame. */
  async join(channel: string, member?: object | string): Promise<Frame> {
    await this.#settle?.();
    const channelData = typeof member === "object" ? JSON.stringify(member) : member;
    const isProtected = channel.startsWith("private-") || channel.startsWith("presence-");
    this.subscribe(channel, {
      ...(isProtected ? { auth: this.authFor(channel, channelData) } : {}),
      ...(channelData === undefined ? {} : { channel_data: channelData }),
    });
    const frame = await this.nextEvent("pusher_internal:subscription_succeeded");
    if (frame.channel !== channel) throw new Error(`expected ${channel}, got ${JSON.stringify(frame)}`);
    return frame;
  }

  unsubscribe(channel: string): void {
    this.send({ event: "pusher:unsubscribe", data: { channel } });
  }

  /** Signs in with a true signature and returns the success frame. */
  async signIn(user: object | string): Promise<Frame> {
    await this.#settle?.();
    this.sendSignIn(user);
    return this.nextEvent("pusher:signin_success");
  }

  sendSignIn(user: object | string): void {
    const userData = typeof user === "string" ? user : JSON.stringify(user);
    const auth = userAuth(this.#app, this.socketId, userData);
    this.send({ event: "pusher:signin", data: { auth, user_data: userData } });
  }

  close(code?: number): Promise<Closed> {
    this.#webSocket.close(code);
    return this.ended();
  }

  /** How the connection ended; fails when it does not end in time. */
  ended(ms: number = PATIENCE_MS): Promise<Closed> {
    return within(ms, this.closed, () => `still open; so far came ${this.#history()}`);
  }

  #history(): string {
    return this.#seen.length === 0 ? "nothing" : this.#seen.slice(-10).join(" ");
  }
}

/** `data` of a frame, which the protocol sends as the JSON text of an object. */
export function dataOf(frame: Frame): Record<string, unknown> {
  if (typeof frame.data !== "string") throw new Error(`data is no string in ${JSON.stringify(frame)}`);
  return asObject(JSON.parse(frame.data), frame.data);
}

/** `data` of a `pusher:error`, which alone is an object and not a string. */
export function errorOf(frame: Frame): { readonly code: unknown; readonly message: string } {
  if (frame.event !== "pusher:error") throw new Error(`expected pusher:error, got ${JSON.stringify(frame)}`);
  const { code, message } = asObject(frame.data, JSON.stringify(frame));
  return { code, message: String(message) };
}

function parseFrame(text: string): Frame {
  const frame = asObject(JSON.parse(text), text);
  if (typeof frame.event !== "string") throw new Error(`a frame without an event: ${text}`);
  return frame as object as Frame;
}

function asObject(value: unknown, text: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`not an object: ${text}`);
  }
  return value as Record<string, unknown>;
}
