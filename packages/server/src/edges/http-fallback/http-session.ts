import type { Connection } from "@usher/hub";
import type { Socket } from "../engine.ts";
import { closeLine, HEARTBEAT, quoteFrame, STILL_HERE } from "./lines.ts";
import { Outbox } from "./outbox.ts";
import type { Receiver } from "./receiver.ts";
import type { SessionTopics, TopicMember } from "./session-topics.ts";

/** How a session began. */
export type Transport = "xhr_streaming" | "xhr_polling";

/** What a session needs of the edge that made it. */
export interface SessionSurroundings {
  readonly topics: SessionTopics;
  /** To every WebSocket on a topic. */
  readonly publishToWebSockets: (topic: string, text: string) => void;
  /** Past this many waiting characters the session is reported as behind. */
  readonly maxBuffered: number;
  /** Past this many it is cut off at once. */
  readonly hardLimit: number;
  /** Monotonic, in milliseconds. */
  readonly monotonicNow: () => number;
  /** The client does not keep up. Never called while the hub is being asked something. */
  readonly onBehind: (session: HttpSession, waiting: number) => void;
  /** The session takes no more frames; called once, and never while the hub is being asked something. */
  readonly onClosed: (session: HttpSession, code: number) => void;
  /** Nothing is left to hand over; called once. */
  readonly onFinished: (session: HttpSession) => void;
}

/** For this long a session waits for its client to ask again; then the client is gone. */
export const GRACE_MS = 5_000;
/** Below the idle limits of common proxies, the shortest of which are 30 seconds. */
export const HEARTBEAT_MS = 25_000;

/** What browsers, proxies and pusher-js call a connection that broke. */
const LOST = 1006;

/**
 * A client's connection over HTTP: the same to the hub as a WebSocket.
 *
 * Frames wait in a queue and go out with whichever request of the client waits for them, in order and each once. A request
 * that ends before its answer was full may have taken frames with it, so the session is over then, just as a WebSocket
 * whose TCP connection broke: no client is ever given a stream with a hole in it, and stock clients do not come back to
 * such a session.
 */
export class HttpSession implements Socket, TopicMember {
  readonly id: string;
  readonly transport: Transport;
  /** Of the page that opened it: no other page may speak for it. */
  readonly pageOrigin: string | null;
  connection: Connection | undefined = undefined;
  /** Requests whose bodies are under way. */
  sendsInFlight = 0;
  readonly #around: SessionSurroundings;
  readonly #topics = new Set<string>();
  readonly #outbox = new Outbox();
  #receiver: Receiver | undefined;
  /** Since when nobody asks. */
  #aloneSinceMs: number;
  #owesSignOfLife = false;
  #isFlushDue = false;
  #closing: { readonly line: string; readonly sinceMs: number } | undefined;
  #isFinished = false;

  constructor(id: string, transport: Transport, pageOrigin: string | null, around: SessionSurroundings) {
    this.id = id;
    this.transport = transport;
    this.pageOrigin = pageOrigin;
    this.#around = around;
    this.#aloneSinceMs = around.monotonicNow();
  }

  /** Neither side has ended it. */
  get isOpen(): boolean {
    return this.#closing === undefined && !this.#isFinished;
  }

  send(text: string): void {
    this.push(quoteFrame(text));
  }

  push(quoted: string): void {
    if (!this.isOpen) return;
    this.#outbox.add(quoted);
    const { hardLimit } = this.#around;
    if (this.#outbox.characters > hardLimit && this.bufferedBytes() > hardLimit) this.#lose();
    else this.#flushSoon();
  }

  join(topic: string): void {
    if (!this.isOpen) return;
    this.#topics.add(topic);
    this.#around.topics.join(topic, this);
  }

  leave(topic: string): void {
    this.#topics.delete(topic);
    this.#around.topics.leave(topic, this);
  }

  publishToOthers(topic: string, text: string): void {
    this.#around.publishToWebSockets(topic, text);
  }

  ping(): void {
    if (this.#receiver && this.#receiver.room >= 0) this.#write(HEARTBEAT, this.#receiver);
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.#closing = { line: closeLine(code, reason), sinceMs: this.#around.monotonicNow() };
    this.#closed(code);
    this.#flushSoon();
  }

  bufferedBytes(): number {
    this.#flush();
    return this.#outbox.characters;
  }

  /**
   * The client asks for what there is and what will come; whoever asked before is told to stop.
   *
   * @param lead what the answer begins with.
   */
  receiveWith(receiver: Receiver, lead = ""): void {
    const before = this.#receiver;
    if (before) {
      if (before.room >= 0) before.write(closeLine(2010, "Another connection still open"), this.#now());
      before.end();
    }
    this.#receiver = receiver;
    this.#flush(lead);
  }

  /** The client's request ended before its answer did. */
  receiverGone(receiver: Receiver): void {
    if (receiver !== this.#receiver) return;
    this.#receiver = undefined;
    this.#aloneSinceMs = this.#now();
    // A stock client leaves a full answer and asks again; any other it leaves for good.
    if (receiver.room >= 0) this.#lose();
  }

  /** Something of the client's got lost on its way: it has to start anew. */
  breakOff(): void {
    this.#lose();
  }

  /** The client wants to hear something, anything. */
  answerPing(): void {
    this.#owesSignOfLife = true;
    this.#flushSoon();
  }

  /** Does what is due by the clock alone. */
  sweep(nowMs: number): void {
    if (this.#closing) {
      if (nowMs - this.#closing.sinceMs > GRACE_MS) this.#finish();
    } else if (!this.#receiver) {
      if (nowMs - this.#aloneSinceMs > GRACE_MS) this.#lose();
    } else if (nowMs - this.#receiver.lastWriteMs >= HEARTBEAT_MS) {
      this.ping();
    }
  }

  /** As when a TCP connection breaks: what is waiting is not delivered. */
  #lose(): void {
    if (this.isOpen) this.#closed(LOST);
    this.#finish();
  }

  #closed(code: number): void {
    for (const topic of this.#topics) this.#around.topics.leave(topic, this);
    this.#topics.clear();
    // The hub may have asked for this and be in the middle of something else.
    queueMicrotask(() => this.#around.onClosed(this, code));
  }

  #finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#outbox.clear();
    this.#receiver?.end();
    this.#receiver = undefined;
    this.#around.onFinished(this);
  }

  /** Frames of one turn go out as one line. */
  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    queueMicrotask(() => {
      this.#isFlushDue = false;
      const waiting = this.bufferedBytes();
      if (this.isOpen && waiting > this.#around.maxBuffered) this.#around.onBehind(this, waiting);
    });
  }

  #flush(lead = ""): void {
    const receiver = this.#receiver;
    if (!receiver || receiver.room < 0) return;
    let lines = lead + this.#outbox.take(receiver.room - lead.length);
    const isEnd = this.#closing !== undefined && this.#outbox.isEmpty && lines.length <= receiver.room;
    if (isEnd) lines += this.#closing?.line;
    else if (lines === "" && this.#owesSignOfLife) lines = STILL_HERE;
    if (lines === "") return;
    this.#write(lines, receiver);
    if (isEnd) this.#finish();
  }

  #write(lines: string, receiver: Receiver): void {
    this.#owesSignOfLife = false;
    receiver.write(lines, this.#now());
    if (!receiver.isAnswered) return;
    this.#receiver = undefined;
    this.#aloneSinceMs = this.#now();
  }

  #now(): number {
    return this.#around.monotonicNow();
  }
}
