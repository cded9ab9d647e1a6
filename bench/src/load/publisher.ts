import type { Target } from "../job.ts";
import { HttpConnection, type HttpConnectionOwner } from "./http-connection.ts";
import { signedQuery } from "./signing.ts";

/** Triggers events through Pusher's HTTP API over a few keep-alive connections. */
export class Publisher implements HttpConnectionOwner {
  httpErrors = 0;
  firstError: string | null = null;
  #onIdle: () => void = () => {};
  readonly #idle: HttpConnection[] = [];
  readonly #target: Target;
  readonly #path: string;

  static async open(target: Target, connections: number): Promise<Publisher> {
    const publisher = new Publisher(target);
    await Promise.all(Array.from({ length: connections }, () => publisher.#connect()));
    return publisher;
  }

  private constructor(target: Target) {
    this.#target = target;
    this.#path = `/apps/${target.appId}/events`;
  }

  /** Registers what to do when a connection has become free for the next event. */
  onIdle(listener: () => void): void {
    this.#onIdle = listener;
  }

  get isIdle(): boolean {
    return this.#idle.length > 0;
  }

  /** Signs and sends one event on a free connection; ask `isIdle` first. */
  publish(channel: string, data: string): void {
    const body = `{"name":"tick","channels":["${channel}"],"data":"${data}"}`;
    const query = signedQuery(this.#target, this.#path, body, Math.floor(Date.now() / 1000));
    this.#idle
      .pop()
      ?.send(
        `POST ${this.#path}?${query} HTTP/1.1\r\nHost: ${this.#target.host}:${this.#target.port}\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
  }

  answered(connection: HttpConnection, error: string | null): void {
    if (error !== null) this.#fail(error);
    this.#idle.push(connection);
    this.#onIdle();
  }

  closed(connection: HttpConnection): void {
    const place = this.#idle.indexOf(connection);
    if (place >= 0) this.#idle.splice(place, 1);
    else this.#fail("the server closed a connection with a request under way");
    this.#connect().then(this.#onIdle, (error: Error) => this.#fail(error.message));
  }

  async #connect(): Promise<void> {
    this.#idle.push(await HttpConnection.open(this.#target.host, this.#target.port, this));
  }

  #fail(error: string): void {
    this.httpErrors++;
    this.firstError ??= error;
  }
}
