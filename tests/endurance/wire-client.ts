import { connect, type Socket } from "node:net";

// With a mask of zeros the masked bytes are the bytes, which saves a client of a hundred thousand the work.
const NO_MASK = Buffer.alloc(4);

/**
 * A client on bare TCP that says what it is told, however rude, and costs little: thousands at a time fit into one
 * process. It keeps what it receives as text, one character for each byte.
 */
export class WireClient {
  /** Resolves when the connection has ended, in whatever way. */
  readonly ended: Promise<void>;
  received = "";
  readonly #tcp: Socket;
  #hasEnded = false;
  #wake: () => void = () => {};

  constructor(address: { readonly host: string; readonly port: number }) {
    this.#tcp = connect(address.port, address.host);
    this.#tcp.setNoDelay(true);
    this.#tcp.setEncoding("latin1");
    this.#tcp.on("data", (chunk) => {
      this.received += String(chunk);
      this.#wake();
    });
    // Ends are what these tests are about; each is followed by "close".
    this.#tcp.on("error", () => {});
    this.ended = new Promise((resolve) => {
      this.#tcp.on("close", () => {
        this.#hasEnded = true;
        this.#wake();
        resolve();
      });
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Bytes as they are, or text with one byte for each character. */
  write(bytes: string | Uint8Array): void {
    if (typeof bytes === "string") this.#tcp.write(bytes, "latin1");
    else this.#tcp.write(bytes);
  }

  /** Asks for a WebSocket at a path. */
  upgrade(path: string): void {
    this.write(upgradeRequest(path));
  }

  /** One text frame. */
  say(text: string): void {
    this.write(frame(0x81, Buffer.from(text)));
  }

  /** Says goodbye as the WebSocket standard wants it. */
  sayGoodbye(): void {
    this.write(frame(0x88, Buffer.from([0x03, 0xe8])));
  }

  /** Ends the connection with a FIN, without a word. */
  hangUp(): void {
    this.#tcp.end();
  }

  /** Ends the connection with a RST, as a crashed machine's successor would. */
  reset(): void {
    this.#tcp.resetAndDestroy();
  }

  /** Resolves to whether the text has come, by now or before the connection ends. */
  async hears(text: string): Promise<boolean> {
    while (!this.received.includes(text)) {
      if (this.#hasEnded) return false;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    return true;
  }
}

export function upgradeRequest(path: string, headers = ""): string {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`;
}

/** A frame with the first byte given: FIN, reserved bits and opcode. */
export function frame(first: number, payload: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([first, ...lengthBytes(payload.length)]), NO_MASK, payload]);
}

function lengthBytes(length: number): number[] {
  if (length < 126) return [0x80 | length];
  if (length < 65_536) return [0x80 | 126, length >> 8, length & 0xff];
  const wide = Buffer.alloc(8);
  wide.writeBigUInt64BE(BigInt(length));
  return [0x80 | 127, ...wide];
}
