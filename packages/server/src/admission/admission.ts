import { UsherError } from "@usher/protocol";
import { endWithError } from "../apply-effects.ts";
import type { EngineHandlers, Opening, Socket } from "../edges/engine.ts";
import type { Meters } from "../metrics/meters.ts";
import { TokenBucket } from "./token-bucket.ts";

type SocketHandlers = Omit<EngineHandlers, "request" | "failed">;

export interface AdmissionOptions {
  /** Greets whoever is let in, and hears of nobody else. */
  readonly handlers: SocketHandlers;
  /** Most clients a second; `null` for no limit. */
  readonly perSecond: number | null;
  /** How long a client may wait for its greeting; whoever would have to wait longer is refused. */
  readonly longestWaitMs: number;
  /** Newcomers are refused anyway, so there is nothing to wait for. */
  readonly isClosed: () => boolean;
  readonly meters: Pick<Meters, "handshakeRefused">;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicNow: () => number;
  /** Calls back once; the returned function takes that back. */
  readonly later: (callback: () => void, ms: number) => () => void;
}

/** A server that was at rest takes as many as it takes in that time at once. */
const BURST_SECONDS = 0.25;
const TICK_MS = 10;

/**
 * Lets clients in at a pace, so that a wave of them, as after the death of another node, costs those who are connected
 * nothing: each that comes in has a signature to check and members to be told of.
 *
 * Whoever has to wait has an open socket and gets the greeting when its turn comes, which clients wait for as they wait for
 * a slow network. Whoever would wait too long is refused with 4100, on which clients come back in a second. A refusal over
 * HTTP would not do: pusher-js takes it for a dead network and stays away for 15 seconds.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #bucket: TokenBucket;
  readonly #room: number;
  /** First come, first in. */
  readonly #waiting = new Map<Socket, Opening>();
  #cancelTick: (() => void) | undefined;
  /** Clients that had to wait, since the start. */
  delayed = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    const perSecond = options.perSecond ?? Number.POSITIVE_INFINITY;
    const burst = Math.max(1, perSecond * BURST_SECONDS);
    this.#bucket = new TokenBucket(perSecond, burst, options.monotonicNow());
    this.#room = Math.floor((perSecond * options.longestWaitMs) / 1000);
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** The handlers, with this in front of them; themselves where there is no limit. */
  inFront(): SocketHandlers {
    const { handlers, perSecond, isClosed, monotonicNow } = this.#options;
    if (perSecond === null) return handlers;
    return {
      ...handlers,
      opened: (socket, opening) => {
        const isFree = this.#waiting.size === 0 && this.#bucket.take(monotonicNow());
        if (isFree || isClosed()) handlers.opened(socket, opening);
        else this.#wait(socket, opening);
      },
      closed: (socket, code) => {
        if (!this.#waiting.delete(socket)) handlers.closed(socket, code);
      },
    };
  }

  /** Lets all that wait in at once, which is how they hear that the server is closed; call it when it closes. */
  flush(): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    for (const [socket, opening] of this.#waiting) this.#admit(socket, opening);
  }

  #wait(socket: Socket, opening: Opening): void {
    if (this.#waiting.size >= this.#room) {
      const { code, spec, message } = new UsherError("too_many_handshakes");
      this.#options.meters.handshakeRefused(code, undefined);
      endWithError(socket, spec.closeCode ?? 1011, message);
      return;
    }
    this.delayed++;
    this.#waiting.set(socket, opening);
    this.#cancelTick ??= this.#options.later(() => this.#tick(), TICK_MS);
  }

  #tick(): void {
    this.#cancelTick = undefined;
    const nowMs = this.#options.monotonicNow();
    for (const [socket, opening] of this.#waiting) {
      if (!this.#bucket.take(nowMs)) break;
      this.#admit(socket, opening);
    }
    if (this.#waiting.size > 0) this.#cancelTick = this.#options.later(() => this.#tick(), TICK_MS);
  }

  #admit(socket: Socket, opening: Opening): void {
    this.#waiting.delete(socket);
    this.#options.handlers.opened(socket, opening);
  }
}
