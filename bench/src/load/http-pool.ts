import { HttpConnection, type HttpConnectionOwner } from "./http-connection.ts";

interface Waiting {
  readonly request: string;
  readonly resolve: (body: string) => void;
  readonly reject: (error: Error) => void;
}

/** Keep-alive connections to one server, each with a request under way or waiting for one. */
export class HttpPool implements HttpConnectionOwner {
  requests = 0;
  readonly #idle: HttpConnection[] = [];
  readonly #queue: Waiting[] = [];
  readonly #underWay = new Map<HttpConnection, Waiting>();
  readonly #host: string;

  static async open(host: string, port: number, connections: number): Promise<HttpPool> {
    const pool = new HttpPool(`${host}:${port}`);
    const open = () => HttpConnection.open(host, port, pool);
    pool.#idle.push(...(await Promise.all(Array.from({ length: connections }, open))));
    return pool;
  }

  private constructor(host: string) {
    this.#host = host;
  }

  /** Resolves to the body of a 200; anything else is an error. @param headers each with its line end. */
  post(path: string, headers: string, body: string): Promise<string> {
    this.requests++;
    return new Promise((resolve, reject) => {
      const head = `POST ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n${headers}Content-Length: ${body.length}\r\n\r\n`;
      this.#queue.push({ request: head + body, resolve, reject });
      this.#proceed();
    });
  }

  answered(connection: HttpConnection, error: string | null, body: string): void {
    const waiting = this.#underWay.get(connection);
    this.#underWay.delete(connection);
    this.#idle.push(connection);
    if (error === null) waiting?.resolve(body);
    else waiting?.reject(new Error(error));
    this.#proceed();
  }

  closed(connection: HttpConnection): void {
    this.#underWay.get(connection)?.reject(new Error("the endpoint closed a connection"));
  }

  #proceed(): void {
    while (this.#idle.length > 0 && this.#queue.length > 0) {
      const connection = this.#idle.pop();
      const waiting = this.#queue.shift();
      if (!connection || !waiting) return;
      this.#underWay.set(connection, waiting);
      connection.send(waiting.request);
    }
  }
}
