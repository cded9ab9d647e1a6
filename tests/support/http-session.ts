import type { AppCredentials } from "./sign.ts";
import { channelAuth } from "./sign.ts";
import type { Frame } from "./socket.ts";
import { PATIENCE_MS, within } from "./time-limit.ts";

/** What a session needs of a server. */
interface Where {
  readonly httpUrl: string;
  readonly app: AppCredentials;
}

export interface SessionOptions {
  /** Before `/app`; what pusher-js puts there by itself unless given. */
  readonly httpPath?: string;
  readonly key?: string;
  readonly query?: string;
  /** The origin of the page. */
  readonly origin?: string;
  readonly headers?: Record<string, string>;
  /** `{server}/{session}`; made up unless given. */
  readonly id?: string;
}

const ALPHABET = "0123456789abcdefghijklmnopqrstuv";

/** What pusher-js makes up for each connection over HTTP. */
export function newSessionId(): string {
  const random = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => ALPHABET[byte % 32]);
  return `${Math.floor(Math.random() * 1000)}/${random.join("")}`;
}

/** A client's end of one connection over HTTP, request by request. */
export class TestSession {
  readonly id: string;
  readonly #where: Where;
  readonly #options: SessionOptions;
  #socketId: string | undefined;
  #count = 0;

  constructor(where: Where, options: SessionOptions = {}) {
    this.#where = where;
    this.#options = options;
    this.id = options.id ?? newSessionId();
  }

  get socketId(): string {
    if (this.#socketId === undefined) throw new Error("the session is not established yet");
    return this.#socketId;
  }

  url(action: string): string {
    const { httpPath = "/pusher", key = this.#where.app.key } = this.#options;
    const { query = "protocol=7&client=js&version=8.6.0" } = this.#options;
    const start = action === "xhr_send" ? "" : `${query}&`;
    return `${this.#where.httpUrl}${httpPath}/app/${key}/${this.id}/${action}?${start}t=${Date.now()}&n=${++this.#count}`;
  }

  post(action: string, body?: string, signal?: AbortSignal): Promise<Response> {
    const { origin, headers } = this.#options;
    return fetch(this.url(action), {
      method: "POST",
      headers: { "content-type": "application/json", ...(origin && { origin }), ...headers },
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
    });
  }

  send(...frames: readonly object[]): Promise<Response> {
    return this.post("xhr_send", JSON.stringify(frames.map((frame) => JSON.stringify(frame))));
  }

  /** Polls once and resolves with the lines of the answer. */
  async poll(): Promise<readonly string[]> {
    const response = await within(PATIENCE_MS, this.post("xhr"), () => "no answer to a poll");
    if (response.status !== 200) throw new Error(`a poll was answered ${response.status}`);
    return (await response.text()).split("\n").slice(0, -1);
  }

  /** Opens the session with a poll and resolves once its greeting has come. */
  async openWithPoll(): Promise<this> {
    const [open] = await this.poll();
    if (open !== "o") throw new Error(`expected o, got ${open}`);
    const [line] = await this.poll();
    this.greeted(framesOf(line)[0]);
    return this;
  }

  /** Opens the session with a stream whose prelude and greeting are read. */
  async openWithStream(): Promise<Stream> {
    const stream = await this.stream();
    const open = await stream.nextLine();
    if (open !== "o") throw new Error(`expected o, got ${open}`);
    this.greeted(await stream.next());
    return stream;
  }

  /** One more stream; its prelude is read. */
  async stream(): Promise<Stream> {
    const controller = new AbortController();
    const response = await this.post("xhr_streaming", undefined, controller.signal);
    const stream = new Stream(response, controller);
    if (response.status === 200) await stream.nextLine();
    return stream;
  }

  greeted(frame: Frame | undefined): void {
    if (frame?.event !== "pusher:connection_established")
      throw new Error(`greeted with ${JSON.stringify(frame)}`);
    this.#socketId = (JSON.parse(String(frame.data)) as { socket_id: string }).socket_id;
  }

  subscribe(channel: string, member?: object): Promise<Response> {
    const channel_data = member && JSON.stringify(member);
    const isPublic = !channel.startsWith("private-") && !channel.startsWith("presence-");
    const auth = isPublic ? undefined : channelAuth(this.#where.app, this.socketId, channel, channel_data);
    return this.send({ event: "pusher:subscribe", data: { channel, auth, channel_data } });
  }
}

/** One answer that goes on. */
export class Stream {
  readonly response: Response;
  /** All characters that came, as a browser counts them. */
  #length = 0;
  readonly #abort: AbortController;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #decoder = new TextDecoder();
  readonly #frames: Frame[] = [];
  #text = "";

  constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    this.#reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
  }

  /** This is when pusher-js ends the request and makes another: when it has read more than 256 Ki characters, and all there are. */
  get isUsedUp(): boolean {
    return this.#length > 256 * 1_024 && this.#text === "" && this.#frames.length === 0;
  }

  /** Undefined once the answer is over. */
  async nextLine(ms: number = PATIENCE_MS): Promise<string | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return line;
      }
      const read = this.#reader?.read() ?? Promise.resolve({ done: true, value: undefined });
      const { done, value } = await within(ms, read, () => "no line on a stream");
      if (done) return undefined;
      const text = this.#decoder.decode(value, { stream: true });
      this.#length += text.length;
      this.#text += text;
    }
  }

  /** The next frame; lines without any are passed over. */
  async next(): Promise<Frame> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame) return frame;
      const line = await this.nextLine();
      if (line === undefined) throw new Error("the stream is over");
      if (line.startsWith("c")) throw new Error(`closed: ${line}`);
      this.#frames.push(...framesOf(line));
    }
  }

  async nextEvent(event: string): Promise<Frame> {
    const frame = await this.next();
    if (frame.event !== event) throw new Error(`expected ${event}, got ${JSON.stringify(frame)}`);
    return frame;
  }

  /** The code and reason with which the session was closed, and the last frame before. */
  async closed(): Promise<{
    readonly code: number;
    readonly reason: string;
    readonly last: Frame | undefined;
  }> {
    let last = this.#frames.at(-1);
    for (;;) {
      const line = await this.nextLine();
      if (line === undefined) throw new Error("the stream ended without a close");
      last = framesOf(line).at(-1) ?? last;
      if (!line.startsWith("c")) continue;
      const [code, reason] = JSON.parse(line.slice(1)) as [number, string];
      return { code, reason, last };
    }
  }

  abort(): void {
    this.#abort.abort();
  }
}

/** The frames of an `a[...]` line; none of any other. */
export function framesOf(line: string | undefined): Frame[] {
  if (!line?.startsWith("a")) return [];
  return (JSON.parse(line.slice(1)) as string[]).map((text) => JSON.parse(text) as Frame);
}
