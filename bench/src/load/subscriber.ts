import type { Socket } from "bun";
import type { Access, Target } from "../job.ts";
import { EventDataReader } from "./event-data.ts";
import { encodeClientFrame, type FrameSink, FrameWalker, OPCODE } from "./frame-walker.ts";
import { signSubscription } from "./signing.ts";

/** Hears what happens to subscribers. One observer serves a thousand of them, so that nothing is allocated for each event. */
export interface SubscriberObserver {
  subscribed(subscriber: Subscriber): void;
  /** A benchmark event arrived; its data begins at `bytes[at]` and is valid only during the call. */
  delivered(subscriber: Subscriber, bytes: Uint8Array, at: number): void;
  /** The connection is gone, or never came to be. */
  ended(subscriber: Subscriber): void;
}

export interface Seat {
  readonly channel: string;
  readonly access: Access;
  /** Who sits here, on a presence channel. */
  readonly userId: string;
}

/** What the WebSocket standard calls a close frame without a code. */
const NO_CODE = 1005;

/** All frames of all subscribers have one shape, so one reader finds the place of the data for everybody. */
const reader = new EventDataReader();

/** One connection as a client library makes it: upgrade, greeting, subscription to one channel, then events. */
export class Subscriber implements FrameSink {
  isSubscribed = false;
  hasEnded = false;
  closeCode: number | null = null;
  errorFrame: string | null = null;
  #socket: Socket<Subscriber> | null = null;
  #isUpgraded = false;
  #upgradeAnswer = "";
  readonly #walker = new FrameWalker();
  readonly #target: Target;
  readonly #seat: Seat;
  readonly #observer: SubscriberObserver;

  constructor(target: Target, seat: Seat, observer: SubscriberObserver) {
    this.#target = target;
    this.#seat = seat;
    this.#observer = observer;
  }

  connect(): void {
    const { host, port } = this.#target;
    // A failure is reported by connectError; the promise has nothing to add.
    Bun.connect<Subscriber>({ hostname: host, port, data: this, socket: handlers }).catch(() => {});
  }

  /** Says goodbye as the protocol asks and lets the server close. */
  close(): void {
    this.#send(encodeClientFrame(OPCODE.close, Uint8Array.of(1000 >> 8, 1000 & 255)));
  }

  /** Ends the stream without a close frame: FIN. */
  hangUp(): void {
    this.#socket?.end();
  }

  /** Drops the connection: RST. */
  reset(): void {
    this.#socket?.terminate();
  }

  stopReading(): void {
    this.#socket?.pause();
  }

  readOn(): void {
    this.#socket?.resume();
  }

  opened(socket: Socket<Subscriber>): void {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.write(
      `GET /app/${this.#target.key}?protocol=7&client=js&version=8.4.0&flash=false HTTP/1.1\r\n` +
        `Host: ${this.#target.host}:${this.#target.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
  }

  received(chunk: Uint8Array): void {
    const frames = this.#isUpgraded ? chunk : this.#readUpgrade(chunk);
    if (frames) this.#walker.walk(frames, this);
  }

  frame(opcode: number, bytes: Uint8Array, start: number, end: number): void {
    if (opcode === OPCODE.text) this.#text(bytes, start, end);
    else if (opcode === OPCODE.ping) this.#send(encodeClientFrame(OPCODE.pong, bytes.subarray(start, end)));
    else if (opcode === OPCODE.close) this.#closeFrame(bytes.subarray(start, end));
  }

  gone(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.#observer.ended(this);
  }

  #readUpgrade(chunk: Uint8Array): Uint8Array | null {
    this.#upgradeAnswer += Buffer.from(chunk).toString("latin1");
    const end = this.#upgradeAnswer.indexOf("\r\n\r\n");
    if (end < 0) return null;
    if (!this.#upgradeAnswer.startsWith("HTTP/1.1 101")) {
      this.errorFrame = this.#upgradeAnswer.slice(0, this.#upgradeAnswer.indexOf("\r\n"));
      this.reset();
      return null;
    }
    // What follows the answer in this chunk is frames: the greeting often comes along.
    const frameBytes = this.#upgradeAnswer.length - end - 4;
    this.#isUpgraded = true;
    this.#upgradeAnswer = "";
    return chunk.subarray(chunk.length - frameBytes);
  }

  #text(bytes: Uint8Array, start: number, end: number): void {
    const at = this.isSubscribed ? reader.find(bytes, start, end) : -1;
    if (at >= 0) this.#observer.delivered(this, bytes, at);
    else this.#protocolMessage(Buffer.from(bytes.subarray(start, end)).toString());
  }

  #protocolMessage(text: string): void {
    if (text.includes('"pusher:connection_established"')) this.#subscribe(text);
    else if (text.includes('"pusher_internal:subscription_succeeded"')) this.#succeeded();
    else if (text.includes('"pusher:ping"')) this.#sendText('{"event":"pusher:pong","data":{}}');
    else if (/"pusher:(subscription_)?error"/.test(text)) this.#refused(text);
  }

  #refused(error: string): void {
    this.errorFrame = error;
    // Nothing more will come for a subscription that was refused, although the connection stays open.
    if (!this.isSubscribed) this.reset();
  }

  #succeeded(): void {
    if (this.isSubscribed) return;
    this.isSubscribed = true;
    this.#observer.subscribed(this);
  }

  #subscribe(greeting: string): void {
    const socketId = /\d+\.\d+/.exec(greeting)?.[0] ?? "";
    const { channel, access, userId } = this.#seat;
    const channelData = access === "presence" ? JSON.stringify({ user_id: userId }) : undefined;
    const auth = access === "public" ? "" : signSubscription(this.#target, socketId, channel, channelData);
    const data = { auth, channel, channel_data: channelData };
    this.#sendText(JSON.stringify({ event: "pusher:subscribe", data }));
  }

  #closeFrame(payload: Uint8Array): void {
    const [high, low] = payload;
    this.closeCode = high === undefined || low === undefined ? NO_CODE : high * 256 + low;
    this.#socket?.end(encodeClientFrame(OPCODE.close, payload.subarray(0, 2)));
  }

  #sendText(text: string): void {
    this.#send(encodeClientFrame(OPCODE.text, text));
  }

  #send(frame: Uint8Array): void {
    // Frames this small fit the kernel's buffer unless the server has stopped reading, and then nothing here matters.
    this.#socket?.write(frame);
  }
}

const handlers = {
  open: (socket: Socket<Subscriber>) => socket.data.opened(socket),
  data: (socket: Socket<Subscriber>, chunk: Buffer) => socket.data.received(chunk),
  close: (socket: Socket<Subscriber>) => socket.data.gone(),
  error: (socket: Socket<Subscriber>) => socket.data.gone(),
  connectError: (socket: Socket<Subscriber>) => socket.data.gone(),
};
