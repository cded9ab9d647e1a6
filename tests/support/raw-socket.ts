import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { PATIENCE_MS, within } from "./time-limit.ts";

/** Frame types of RFC 6455. */
export const OPCODE = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface RawFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

export interface UpgradeResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * A WebSocket client on bare TCP, for what the standard one does not let a test do: send control and binary frames,
 * leave pings unanswered, break the rules. It answers nothing by itself.
 */
export class RawSocket {
  readonly response: UpgradeResponse;
  readonly #tcp: Socket;
  readonly #reader: ByteReader;

  private constructor(tcp: Socket, reader: ByteReader, response: UpgradeResponse) {
    this.#tcp = tcp;
    this.#reader = reader;
    this.response = response;
  }

  /** Asks for an upgrade and reads the answer, whatever it is. */
  static async open(
    host: string,
    port: number,
    path: string,
    headers: Record<string, string> = {},
  ): Promise<RawSocket> {
    const tcp = connect(port, host);
    const reader = new ByteReader(tcp);
    const all = {
      Host: `${host}:${port}`,
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    tcp.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    const head = await reader.until("\r\n\r\n");
    return new RawSocket(tcp, reader, parseHead(head));
  }

  send(opcode: number, payload: string | Uint8Array = "", isFinal = true): void {
    this.#tcp.write(encodeFrame(opcode, Buffer.from(payload), isFinal));
  }

  sendText(text: string): void {
    this.send(OPCODE.text, text);
  }

  async next(ms: number = PATIENCE_MS): Promise<RawFrame> {
    const [first = 0, second = 0] = await this.#reader.take(2, ms);
    const marker = second & 0x7f;
    const length =
      marker === 126
        ? (await this.#reader.take(2)).readUInt16BE()
        : marker === 127
          ? Number((await this.#reader.take(8)).readBigUInt64BE())
          : marker;
    return { opcode: first & 0x0f, payload: await this.#reader.take(length) };
  }

  /** The text of the next frame, which must be a text frame. */
  async nextText(ms?: number): Promise<string> {
    const { opcode, payload } = await this.next(ms);
    if (opcode !== OPCODE.text) throw new Error(`expected a text frame, got opcode ${opcode}: ${payload}`);
    return payload.toString("utf8");
  }

  /** Reads on until the server closes; the code is 1006 when it does so without a close frame. */
  async closeCode(): Promise<number> {
    try {
      for (;;) {
        const { opcode, payload } = await this.next();
        if (opcode === OPCODE.close) return payload.length >= 2 ? payload.readUInt16BE() : 1005;
      }
    } catch (error) {
      if (error instanceof EndOfStream) return 1006;
      throw error;
    }
  }

  /** Stops reading, so that what the server sends piles up: first in the kernel, then in the server. */
  pause(): void {
    this.#tcp.pause();
  }

  resume(): void {
    this.#tcp.resume();
  }

  /** Cuts the connection at once, without a word. */
  destroy(): void {
    this.#tcp.destroy();
  }
}

class EndOfStream extends Error {}

class ByteReader {
  #buffered = Buffer.alloc(0);
  #hasEnded = false;
  #wake: (() => void) | undefined;

  constructor(tcp: Socket) {
    tcp.on("data", (chunk: Buffer) => {
      this.#buffered = Buffer.concat([this.#buffered, chunk]);
      this.#wake?.();
    });
    const end = (): void => {
      this.#hasEnded = true;
      this.#wake?.();
    };
    tcp.on("end", end);
    tcp.on("close", end);
    tcp.on("error", end);
  }

  async take(count: number, ms: number = PATIENCE_MS): Promise<Buffer> {
    while (this.#buffered.length < count) await this.#more(ms);
    return this.#cut(count);
  }

  /** Text up to a separator, which is read too and left out. */
  async until(separator: string): Promise<string> {
    for (;;) {
      const at = this.#buffered.indexOf(separator);
      if (at !== -1) return this.#cut(at + separator.length).toString("latin1", 0, at);
      await this.#more(PATIENCE_MS);
    }
  }

  #cut(count: number): Buffer {
    const taken = this.#buffered.subarray(0, count);
    this.#buffered = this.#buffered.subarray(count);
    return taken;
  }

  async #more(ms: number): Promise<void> {
    if (this.#hasEnded) throw new EndOfStream(`the connection ended after ${this.#buffered}`);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await within(ms, promise, () => `no more bytes after ${this.#buffered}`);
  }
}

function encodeFrame(opcode: number, payload: Buffer, isFinal: boolean): Buffer {
  const mask = randomBytes(4);
  const first = (isFinal ? 0x80 : 0) | opcode;
  const masked = Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return Buffer.concat([Buffer.from([first, ...encodeLength(payload.length)]), mask, masked]);
}

function encodeLength(length: number): number[] {
  if (length < 126) return [0x80 | length];
  const wide = Buffer.alloc(length < 65_536 ? 2 : 8);
  if (wide.length === 2) wide.writeUInt16BE(length);
  else wide.writeBigUInt64BE(BigInt(length));
  return [0x80 | (wide.length === 2 ? 126 : 127), ...wide];
}

function parseHead(head: string): UpgradeResponse {
  const [statusLine = "", ...lines] = head.split("\r\n");
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  return { status: Number(statusLine.split(" ")[1]), headers };
}
