import { type AppCredentials, channelAuth } from "../support/sign.ts";
import { PATIENCE_MS, within } from "../support/time-limit.ts";

/** What became of a request that carried a signature. `interrupted`: the connection ended before there was an answer. */
export type Outcome = "accepted" | "refused" | "interrupted";

/** Some connections that subscribe to one private channel after the other, and come back when they are sent away. */
export class Subscribers {
  readonly #connections: readonly Subscriber[];
  #next = 0;

  private constructor(connections: readonly Subscriber[]) {
    this.#connections = connections;
  }

  static async connect(url: string, app: AppCredentials, count: number): Promise<Subscribers> {
    const connections = Array.from({ length: count }, () => new Subscriber(url, app));
    await Promise.all(connections.map((connection) => connection.established()));
    return new Subscribers(connections);
  }

  /** Subscribes on the next connection in turn, which may have to come back first. */
  async subscribe(channel: string): Promise<Outcome> {
    const connection = this.#connections[this.#next++ % this.#connections.length];
    if (!connection) throw new Error("there are no connections");
    await connection.established();
    return connection.subscribe(channel);
  }

  /** The codes with which connections were closed, all together. */
  get closeCodes(): readonly number[] {
    return this.#connections.flatMap(({ closeCodes }) => closeCodes);
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}

class Subscriber {
  readonly closeCodes: number[] = [];
  readonly #url: string;
  readonly #app: AppCredentials;
  readonly #answers = new Map<string, (outcome: Outcome) => void>();
  #webSocket: WebSocket;
  #socketId = Promise.withResolvers<string>();
  #isDone = false;

  constructor(url: string, app: AppCredentials) {
    this.#url = url;
    this.#app = app;
    this.#webSocket = this.#open();
  }

  async established(): Promise<string> {
    return within(PATIENCE_MS, this.#socketId.promise, () => "no greeting");
  }

  async subscribe(channel: string): Promise<Outcome> {
    const socketId = await this.established();
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#answers.set(channel, resolve);
    const auth = channelAuth(this.#app, socketId, channel);
    this.#webSocket.send(JSON.stringify({ event: "pusher:subscribe", data: { channel, auth } }));
    return within(PATIENCE_MS, promise, () => `no answer about ${channel}`);
  }

  close(): void {
    this.#isDone = true;
    this.#webSocket.close();
  }

  #open(): WebSocket {
    const webSocket = new WebSocket(this.#url);
    webSocket.onmessage = ({ data }: MessageEvent<unknown>) => this.#received(String(data));
    webSocket.onclose = ({ code }) => this.#closed(code);
    return webSocket;
  }

  #received(text: string): void {
    const frame = JSON.parse(text) as { event: string; channel?: string; data?: unknown };
    if (frame.event === "pusher:connection_established") {
      this.#socketId.resolve((JSON.parse(String(frame.data)) as { socket_id: string }).socket_id);
    }
    if (frame.event === "pusher_internal:subscription_succeeded") this.#answer(frame.channel, "accepted");
    if (frame.event === "pusher:subscription_error") this.#answer(frame.channel, "refused");
  }

  #answer(channel: string | undefined, outcome: Outcome): void {
    if (channel === undefined) return;
    this.#answers.get(channel)?.(outcome);
    this.#answers.delete(channel);
  }

  #closed(code: number): void {
    for (const channel of [...this.#answers.keys()]) this.#answer(channel, "interrupted");
    if (this.#isDone) return;
    this.closeCodes.push(code);
    this.#socketId = Promise.withResolvers();
    this.#webSocket = this.#open();
  }
}
