import type { SocketId } from "@usher/protocol";
import type { EventMessage } from "./event-cache.ts";

/** One event of a channel's history. */
export interface PastEvent {
  /** 1 for the first event of an epoch, and one more for each that follows. */
  readonly serial: number;
  readonly message: EventMessage;
  /** The connection that did not receive it: its sender, or the one that a server named. */
  readonly exceptSocketId: SocketId | undefined;
  readonly atMs: number;
}

/** A place in the history of a channel: after the event with this serial. */
export interface Position {
  /** Serials of different epochs have nothing to do with each other. */
  readonly epoch: string;
  readonly serial: number;
}

/** Why an event that was once here no longer is. */
export type LossReason = "too_old" | "too_many";

/** The last events of one channel. Serials have no holes, so the first serial and the count tell all of them. */
export class ChannelLog {
  readonly epoch: string;
  // What lies before #start is gone; it is cut off when that is half of the array.
  #events: (PastEvent | undefined)[] = [];
  #start = 0;
  #lastSerial: number;
  #lastLoss: LossReason;

  /** @param serial of the event before the first one that will be here. */
  constructor(epoch: string, serial = 0, lastLoss: LossReason = "too_old") {
    this.epoch = epoch;
    this.#lastSerial = serial;
    this.#lastLoss = lastLoss;
  }

  get position(): Position {
    return { epoch: this.epoch, serial: this.#lastSerial };
  }

  get size(): number {
    return this.#events.length - this.#start;
  }

  /** The serial of the oldest event that is here; of the next one where there is none. */
  get firstSerial(): number {
    return this.#lastSerial - this.size + 1;
  }

  /** Why the event before the first one is not here any more. */
  get lastLoss(): LossReason {
    return this.#lastLoss;
  }

  get first(): PastEvent | undefined {
    return this.#events[this.#start];
  }

  append(message: EventMessage, exceptSocketId: SocketId | undefined, atMs: number): PastEvent {
    const event = { serial: ++this.#lastSerial, message, exceptSocketId, atMs };
    this.#events.push(event);
    return event;
  }

  /** Forgets the oldest event. */
  dropFirst(reason: LossReason): PastEvent | undefined {
    const event = this.#events[this.#start];
    if (!event) return undefined;
    // Let go of it at once: the array itself is cut off later.
    this.#events[this.#start] = undefined;
    this.#lastLoss = reason;
    if (++this.#start * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#start);
      this.#start = 0;
    }
    return event;
  }

  find(serial: number): PastEvent | undefined {
    if (serial < this.firstSerial) return undefined;
    return this.#events[this.#start + serial - this.firstSerial];
  }

  /** Up to so many events after a serial, oldest first. */
  after(serial: number, limit = Number.POSITIVE_INFINITY): PastEvent[] {
    const from = this.#start + Math.max(0, serial + 1 - this.firstSerial);
    // Nothing at or behind #start is ever undefined.
    return this.#events.slice(from, from + limit) as PastEvent[];
  }
}
