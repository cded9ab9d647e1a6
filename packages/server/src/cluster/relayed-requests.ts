import { refusalAnswer, unknownSession } from "../edges/http-fallback/answers.ts";
import { type Sent, sentAnswer } from "../edges/http-fallback/frame-receiver.ts";
import { PollReceiver, StreamReceiver } from "../edges/http-fallback/receiver.ts";
import { FIRST_WORD_MS, idsByNode, KEEP_MS, SILENCE_MS } from "./relay-times.ts";
import type { Say, SessionMessage } from "./session-messages.ts";

/** A client's request, and where its session is: nowhere, unless there is a node. */
export interface Asker {
  readonly nodeId: string | undefined;
  readonly session: string;
  readonly origin: string | null;
}

interface WaitingSend {
  readonly asker: Asker;
  readonly nodeId: string;
  readonly sinceMs: number;
  readonly answer: (isTaken: boolean | undefined) => void;
}

interface WaitingReceiver {
  readonly nodeId: string;
  readonly receiver: PollReceiver | StreamReceiver;
  /** Messages with lines. */
  received: number;
  heardMs: number;
  hasHeard: boolean;
}

/** A session that is to be told that it has lost something. */
interface Lost {
  readonly nodeId: string;
  readonly origin: string | null;
  readonly untilMs: number;
}

const SEND_MS = 5_000;
/** For so long a node is told that a session of it has lost something; its client is about to notice by itself then. */
const LOST_MS = 120_000;
const MOST_SENDS = 4_096;
const MOST_RECEIVERS = 20_000;
const MOST_LOST = 4_096;

/** Requests that came to this node and are for sessions of others. */
export class RelayedRequests {
  readonly #tell: (nodeId: string, message: SessionMessage) => void;
  readonly #monotonicNow: () => number;
  readonly #sends = new Map<number, WaitingSend>();
  readonly #receivers = new Map<number, WaitingReceiver>();
  readonly #lost = new Map<string, Lost>();
  /** What each session sends at the same time. */
  readonly #senders = new Map<string, { sendsInFlight: number }>();
  #lastId = 0;
  #keptMs = 0;

  constructor(tell: (nodeId: string, message: SessionMessage) => void, monotonicNow: () => number) {
    this.#tell = tell;
    this.#monotonicNow = monotonicNow;
  }

  async send(asker: Asker, read: (sender: { sendsInFlight: number }) => Promise<Sent>): Promise<Response> {
    const { nodeId, session, origin } = asker;
    if (nodeId === undefined) return unknownSession();
    const sent = await this.#read(session, read);
    if (sent.kind === "tooMuch") this.#tell(nodeId, { what: "sendAway", session, origin, code: sent.code });
    if (sent.kind !== "frames") return sentAnswer(sent);
    if (this.#sends.size >= MOST_SENDS) {
      this.#tell(nodeId, { what: "sendAway", session, origin, code: "over_capacity" });
      return sentAnswer({ kind: "tooMuch", code: "over_capacity" });
    }
    const id = ++this.#lastId;
    const { promise, resolve: answer } = Promise.withResolvers<boolean | undefined>();
    this.#sends.set(id, { asker, nodeId, sinceMs: this.#monotonicNow(), answer });
    this.#tell(nodeId, { what: "send", id, session, origin, frames: [...sent.frames] });
    const isTaken = await promise;
    if (isTaken === undefined) return refusalAnswer(503, "The session cannot be reached.");
    return isTaken ? sentAnswer(sent) : unknownSession();
  }

  receive(asker: Asker, isPoll: boolean, ended: AbortSignal): Response | Promise<Response> {
    const { nodeId, session, origin } = asker;
    if (nodeId === undefined || ended.aborted) return unknownSession();
    if (this.#receivers.size >= MOST_RECEIVERS) return refusalAnswer(503, "Too many requests at once.");
    const id = ++this.#lastId;
    const nowMs = this.#monotonicNow();
    const onGone = () => {
      if (this.#receivers.delete(id)) this.#tell(nodeId, { what: "gone", id });
    };
    const receiver = isPoll ? new PollReceiver(nowMs, ended, onGone) : new StreamReceiver(nowMs, onGone);
    this.#receivers.set(id, { nodeId, receiver, received: 0, heardMs: nowMs, hasHeard: false });
    this.#tell(nodeId, { what: "receive", id, session, origin, isPoll });
    return receiver.response;
  }

  hear(from: string, message: Say<"answer" | "lines" | "end" | "kept" | "heard">): void {
    switch (message.what) {
      case "answer":
        this.#answered(from, message);
        break;
      case "lines":
        this.#lines(from, message);
        break;
      case "end":
        this.#end(from, message.id);
        break;
      case "kept":
        for (const { id, sent } of message.requests) this.#kept(from, id, sent);
        break;
      case "heard":
        if (this.#lost.get(message.session)?.nodeId === from) this.#lost.delete(message.session);
        break;
    }
  }

  sweep(): void {
    const nowMs = this.#monotonicNow();
    for (const [id, send] of this.#sends) if (nowMs - send.sinceMs > SEND_MS) this.#giveUp(id, send);
    for (const [id, { heardMs, hasHeard }] of this.#receivers) {
      if (nowMs - heardMs > (hasHeard ? SILENCE_MS : FIRST_WORD_MS)) this.#break(id);
    }
    for (const [session, { nodeId, origin, untilMs }] of this.#lost) {
      if (nowMs > untilMs) this.#lost.delete(session);
      else this.#tell(nodeId, { what: "lost", session, origin });
    }
    if (nowMs - this.#keptMs < KEEP_MS) return;
    this.#keptMs = nowMs;
    for (const [nodeId, ids] of idsByNode(this.#receivers)) this.#tell(nodeId, { what: "waiting", ids });
  }

  nodeGone(nodeId: string): void {
    for (const [id, send] of this.#sends) {
      if (send.nodeId !== nodeId) continue;
      this.#sends.delete(id);
      send.answer(undefined);
    }
    for (const [id, receiver] of this.#receivers) if (receiver.nodeId === nodeId) this.#break(id);
    for (const [session, lost] of this.#lost) if (lost.nodeId === nodeId) this.#lost.delete(session);
  }

  async #read(session: string, read: (sender: { sendsInFlight: number }) => Promise<Sent>): Promise<Sent> {
    const sender = this.#senders.get(session) ?? { sendsInFlight: 0 };
    this.#senders.set(session, sender);
    try {
      return await read(sender);
    } finally {
      if (sender.sendsInFlight === 0) this.#senders.delete(session);
    }
  }

  #answered(from: string, { id, isTaken }: Say<"answer">): void {
    const send = this.#sends.get(id);
    if (send?.nodeId === from) {
      this.#sends.delete(id);
      send.answer(isTaken);
    } else if (!isTaken && this.#receivers.get(id)?.nodeId === from) {
      this.#refuse(id);
    }
  }

  #lines(from: string, { id, number, lines }: Say<"lines">): void {
    const waiting = this.#kept(from, id, number);
    if (!waiting) return;
    waiting.received++;
    waiting.receiver.write(lines, waiting.heardMs);
    if (waiting.receiver.isAnswered) this.#receivers.delete(id);
  }

  #end(from: string, id: number): void {
    const waiting = this.#receivers.get(id);
    if (waiting?.nodeId !== from) return;
    this.#receivers.delete(id);
    waiting.receiver.end();
  }

  /** The session has sent so much up to now; undefined where that is not what came. */
  #kept(from: string, id: number, sent: number): WaitingReceiver | undefined {
    const waiting = this.#receivers.get(id);
    if (waiting?.nodeId !== from) return undefined;
    if (sent !== waiting.received) {
      this.#break(id);
      return undefined;
    }
    waiting.heardMs = this.#monotonicNow();
    waiting.hasHeard = true;
    return waiting;
  }

  /** Something was lost, or the node is silent. */
  #break(id: number): void {
    const waiting = this.#receivers.get(id);
    if (waiting) this.#tell(waiting.nodeId, { what: "gone", id });
    this.#refuse(id);
  }

  /** The client starts anew. */
  #refuse(id: number): void {
    const receiver = this.#receivers.get(id)?.receiver;
    this.#receivers.delete(id);
    if (receiver instanceof PollReceiver) receiver.refuse(unknownSession());
    else receiver?.end();
  }

  /** Nobody knows whether the frames were taken. */
  #giveUp(id: number, { asker: { session, origin }, nodeId, answer }: WaitingSend): void {
    this.#sends.delete(id);
    if (this.#lost.size < MOST_LOST) {
      this.#lost.set(session, { nodeId, origin, untilMs: this.#monotonicNow() + LOST_MS });
    }
    answer(undefined);
  }
}
