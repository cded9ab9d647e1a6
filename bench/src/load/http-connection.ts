import type { Socket } from "bun";

export interface HttpConnectionOwner {
  /** A whole answer has come; `error` is its text unless it was a 200, and then `body` is what came. */
  answered(connection: HttpConnection, error: string | null, body: string): void;
  closed(connection: HttpConnection): void;
}

/** One keep-alive connection that carries one request at a time. */
export class HttpConnection {
  #socket: Socket<HttpConnection> | null = null;
  #unsent = "";
  #answer = "";
  readonly #owner: HttpConnectionOwner;

  static async open(host: string, port: number, owner: HttpConnectionOwner): Promise<HttpConnection> {
    const connection = new HttpConnection(owner);
    const socket = await Bun.connect<HttpConnection>({
      hostname: host,
      port,
      data: connection,
      socket: handlers,
    });
    socket.setNoDelay(true);
    connection.#socket = socket;
    return connection;
  }

  private constructor(owner: HttpConnectionOwner) {
    this.#owner = owner;
  }

  /** Sends a request of ASCII characters only, so that characters and bytes are the same. */
  send(request: string): void {
    this.#unsent = request;
    this.flush();
  }

  flush(): void {
    if (this.#unsent === "") return;
    const written = Math.max(0, this.#socket?.write(this.#unsent) ?? 0);
    this.#unsent = this.#unsent.slice(written);
  }

  received(chunk: Buffer): void {
    this.#answer += chunk.toString("latin1");
    if (!isComplete(this.#answer)) return;
    const answer = this.#answer;
    this.#answer = "";
    const error = answer.startsWith("HTTP/1.1 200") ? null : answer;
    this.#owner.answered(this, error, answer.slice(answer.indexOf("\r\n\r\n") + 4));
  }

  closed(): void {
    this.#owner.closed(this);
  }
}

/** Whether this is a whole HTTP answer: by its length or, from servers that send chunks, by the last of them. */
function isComplete(answer: string): boolean {
  const headEnd = answer.indexOf("\r\n\r\n");
  if (headEnd < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer)?.[1];
  return length === undefined ? answer.endsWith("0\r\n\r\n") : answer.length >= headEnd + 4 + Number(length);
}

const handlers = {
  data: (socket: Socket<HttpConnection>, chunk: Buffer) => socket.data.received(chunk),
  drain: (socket: Socket<HttpConnection>) => socket.data.flush(),
  close: (socket: Socket<HttpConnection>) => socket.data.closed(),
  error: () => {},
};
