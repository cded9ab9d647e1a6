import { ANSWER_LIMIT, PRELUDE } from "../edges/http-fallback/lines.ts";
import type { Receiver } from "../edges/http-fallback/receiver.ts";
import { idsByNode, KEEP_MS, SILENCE_MS } from "./relay-times.ts";
import type { Say, SessionMessage } from "./session-messages.ts";
import type { SessionOwner } from "./session-relay.ts";

type Tell = (nodeId: string, message: SessionMessage) => void;

/** Requests that came to other nodes and are for sessions of this one. A session has one of them at a time. */
export class RelayedReceivers {
  owner: SessionOwner | undefined;
  readonly #tell: Tell;
  readonly #monotonicNow: () => number;
  readonly #receivers = new Map<string, RelayedReceiver>();
  #keptMs = 0;

  constructor(tell: Tell, monotonicNow: () => number) {
    this.#tell = tell;
    this.#monotonicNow = monotonicNow;
  }

  hear(from: string, message: Say<"send" | "sendAway" | "lost" | "receive" | "gone" | "waiting">): void {
    switch (message.what) {
      case "send": {
        const { id, session, origin, frames } = message;
        const isTaken = this.owner?.take(session, origin, { kind: "frames", frames }) ?? false;
        this.#tell(from, { what: "answer", id, isTaken });
        break;
      }
      case "sendAway":
        this.owner?.take(message.session, message.origin, { kind: "tooMuch", code: message.code });
        break;
      case "lost":
        this.owner?.breakOff(message.session, message.origin);
        this.#tell(from, { what: "heard", session: message.session });
        break;
      case "receive":
        this.#receive(from, message);
        break;
      case "gone":
        this.#gone(keyOf(from, message.id));
        break;
      case "waiting":
        this.#waiting(from, message.ids);
        break;
    }
  }

  sweep(): void {
    const nowMs = this.#monotonicNow();
    for (const [key, { heardMs }] of this.#receivers) if (nowMs - heardMs > SILENCE_MS) this.#gone(key);
    if (nowMs - this.#keptMs < KEEP_MS) return;
    this.#keptMs = nowMs;
    for (const [nodeId, keys] of idsByNode(this.#receivers)) {
      const requests = keys.flatMap((key) => this.#receivers.get(key) ?? []);
      this.#tell(nodeId, { what: "kept", requests: requests.map(({ id, sent }) => ({ id, sent })) });
    }
  }

  nodeGone(nodeId: string): void {
    for (const [key, receiver] of this.#receivers) if (receiver.nodeId === nodeId) this.#gone(key);
  }

  #receive(from: string, { id, session, origin, isPoll }: Say<"receive">): void {
    const key = keyOf(from, id);
    const onEnded = () => this.#receivers.delete(key);
    const receiver = new RelayedReceiver(
      from,
      id,
      session,
      isPoll,
      this.#tell,
      onEnded,
      this.#monotonicNow(),
    );
    this.#receivers.set(key, receiver);
    // The first word, before any line.
    this.#tell(from, { what: "kept", requests: [{ id, sent: 0 }] });
    if (this.owner?.receive(session, origin, receiver)) return;
    this.#receivers.delete(key);
    this.#tell(from, { what: "answer", id, isTaken: false });
  }

  #waiting(from: string, ids: readonly number[]): void {
    for (const id of ids) {
      const receiver = this.#receivers.get(keyOf(from, id));
      if (receiver) receiver.heardMs = this.#monotonicNow();
    }
  }

  #gone(key: string): void {
    const receiver = this.#receivers.get(key);
    if (!receiver) return;
    this.#receivers.delete(key);
    this.owner?.receiverGone(receiver.session, receiver);
  }
}

function keyOf(nodeId: string, id: number): string {
  return `${nodeId}/${id}`;
}

/** A request of a client that waits at another node. */
class RelayedReceiver implements Receiver {
  readonly nodeId: string;
  readonly id: number;
  readonly session: string;
  room: number;
  isAnswered = false;
  lastWriteMs: number;
  /** When the other node last said that the client waits. */
  heardMs: number;
  /** Messages with lines. */
  sent = 0;
  readonly #isPoll: boolean;
  readonly #tell: Tell;
  readonly #onEnded: () => void;
  #isEnded = false;

  constructor(
    nodeId: string,
    id: number,
    session: string,
    isPoll: boolean,
    tell: Tell,
    onEnded: () => void,
    nowMs: number,
  ) {
    this.nodeId = nodeId;
    this.id = id;
    this.session = session;
    this.#isPoll = isPoll;
    this.#tell = tell;
    this.#onEnded = onEnded;
    // The other node writes the prelude.
    this.room = isPoll ? ANSWER_LIMIT : ANSWER_LIMIT - PRELUDE.length;
    this.lastWriteMs = nowMs;
    this.heardMs = nowMs;
  }

  write(lines: string, nowMs: number): void {
    if (this.#isEnded) return;
    this.lastWriteMs = nowMs;
    this.#tell(this.nodeId, { what: "lines", id: this.id, number: this.sent++, lines });
    if (this.#isPoll) {
      this.isAnswered = true;
      this.#over();
    } else {
      this.room -= lines.length;
    }
  }

  end(): void {
    if (this.#isEnded) return;
    if (this.#isPoll) {
      this.write("", this.lastWriteMs);
      return;
    }
    this.#tell(this.nodeId, { what: "end", id: this.id });
    this.#over();
  }

  #over(): void {
    this.#isEnded = true;
    this.#onEnded();
  }
}
