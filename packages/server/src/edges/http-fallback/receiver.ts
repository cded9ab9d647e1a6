import { linesAnswer } from "./answers.ts";
import { ANSWER_LIMIT, PRELUDE } from "./lines.ts";

/** One request of a client that waits for lines. */
export interface Receiver {
  /** How many characters the answer may still take; below zero it takes none. */
  readonly room: number;
  /** Has it been answered for good? A full stream has not: its client reads on and then asks again. */
  readonly isAnswered: boolean;
  readonly lastWriteMs: number;
  /** Writes lines. A poll is over with the first of them. */
  write(lines: string, nowMs: number): void;
  /** Ends the answer; nothing happens when it is over already. */
  end(): void;
}

/** Called when the client or the network ended the request before we did. */
type OnGone = (receiver: Receiver) => void;

/**
 * An answer that goes on for as long as it is not full. Nothing is written past its limit, so what the engine holds for a
 * client that does not read is bounded too.
 */
export class StreamReceiver implements Receiver {
  readonly response: Response;
  readonly isAnswered = false;
  room = ANSWER_LIMIT;
  lastWriteMs: number;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(nowMs: number, onGone: OnGone) {
    this.lastWriteMs = nowMs;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.#controller = undefined;
        onGone(this);
      },
    });
    this.response = linesAnswer(body);
    this.write(PRELUDE, nowMs);
  }

  write(lines: string, nowMs: number): void {
    this.room -= lines.length;
    this.lastWriteMs = nowMs;
    this.#controller?.enqueue(ENCODER.encode(lines));
  }

  end(): void {
    this.#controller?.close();
    this.#controller = undefined;
  }
}

/** An answer that is given once there is something to say. */
export class PollReceiver implements Receiver {
  readonly response: Promise<Response>;
  readonly room = ANSWER_LIMIT;
  readonly lastWriteMs: number;
  #answer: ((response: Response) => void) | undefined;

  /** @param ended tells that the client or the network ended the request. */
  constructor(nowMs: number, ended: AbortSignal, onGone: OnGone) {
    this.lastWriteMs = nowMs;
    const { promise, resolve } = Promise.withResolvers<Response>();
    this.response = promise;
    this.#answer = resolve;
    ended.addEventListener(
      "abort",
      () => {
        if (this.isAnswered) return;
        this.end();
        onGone(this);
      },
      { once: true },
    );
  }

  get isAnswered(): boolean {
    return this.#answer === undefined;
  }

  write(lines: string): void {
    this.refuse(linesAnswer(lines));
  }

  /** Answers with something other than lines. */
  refuse(response: Response): void {
    this.#answer?.(response);
    this.#answer = undefined;
  }

  end(): void {
    this.write("");
  }
}

const ENCODER = new TextEncoder();
