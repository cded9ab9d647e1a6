import type { Position } from "@usher/hub";

/** An event with its place in the one order of its channel. */
export interface Positioned<Event> {
  readonly position: Position;
  readonly event: Event;
}

/** What follows from what has come. */
export interface OrderStep<Event> {
  /** In this order. */
  readonly deliver: readonly Positioned<Event>[];
  /** There is a hole: what comes after this is to be fetched, and handed to `filled`. One is asked for at a time. */
  readonly fetchAfter: Position | undefined;
}

/** More than a channel's subscription can have been away for and still be worth the wait. */
const MOST_HELD = 1_000;

const NOTHING: OrderStep<never> = { deliver: [], fetchAfter: undefined };

/**
 * Puts the events of one channel in the order of their serials, as seen by one node: each once, none before the one that
 * precedes it. What has a hole before it is held until the hole is filled, or for nothing if it cannot be.
 */
export class EventOrder<Event> {
  /** Where this node stands in what all nodes share; undefined until the channel's copy is here. */
  #at: Position | undefined;
  /** In the order of arrival. */
  #held: Positioned<Event>[] = [];
  /** What was asked for last; undefined when it has come. */
  #fetching: Position | undefined;

  /** The last event that was delivered; undefined before `start`. */
  get at(): Position | undefined {
    return this.#at;
  }

  get heldCount(): number {
    return this.#held.length;
  }

  /** A copy of the channel has been read, which has everything up to this position. What came meanwhile follows it. */
  start(position: Position): OrderStep<Event> {
    this.#at = position;
    this.#fetching = undefined;
    // Of another epoch and before the first of this one: it is older than the copy.
    const first = this.#held.findIndex((held) => held.position.epoch === position.epoch);
    if (first > 0) this.#held.splice(0, first);
    return this.#step(undefined);
  }

  /** An event has arrived. */
  receive(position: Position, event: Event): OrderStep<Event> {
    if (this.#at && this.#held.length === 0 && isNext(this.#at, position)) {
      this.#at = position;
      return { deliver: [{ position, event }], fetchAfter: undefined };
    }
    this.#held.push({ position, event });
    if (this.#held.length > MOST_HELD) {
      if (this.#at) return this.abandon();
      this.#held.shift();
    }
    return this.#at && !this.#fetching ? this.#step(undefined) : NOTHING;
  }

  /** The subscription was away, and is there again: what it may have missed is to be fetched. */
  resume(): OrderStep<Event> {
    this.#fetching = this.#at && { ...this.#at };
    return { deliver: [], fetchAfter: this.#fetching };
  }

  /**
   * What was asked for has come.
   *
   * @param asked the position that was given. Another one than was given last is out of date, and nothing follows.
   * @param upTo where the channel stood when it was read.
   * @param events those after the position that was given, or of a new epoch from its start; as far as they are kept.
   */
  filled(asked: Position, upTo: Position, events: readonly Positioned<Event>[]): OrderStep<Event> {
    const at = this.#at;
    if (!at || asked !== this.#fetching) return NOTHING;
    this.#fetching = undefined;
    // What was held when another epoch had begun is the end of the epoch before.
    const isSameEpoch = upTo.epoch === at.epoch;
    const before = isSameEpoch ? [] : this.#takeHeld(({ position }) => position.epoch !== upTo.epoch);
    const deliver = [...before, ...events].filter(({ position }) => this.#pass(position));
    // What could not be read nobody has any more: it goes on behind that.
    this.#pass(upTo);
    const { deliver: held, fetchAfter } = this.#step(asked);
    return { deliver: [...deliver, ...held], fetchAfter };
  }

  /** What was asked for cannot be had: what is held is delivered past the hole. */
  unfillable(asked: Position): OrderStep<Event> {
    return asked === this.#fetching ? this.abandon() : NOTHING;
  }

  /** Nothing is waited for any longer: what is held is delivered past any hole. */
  abandon(): OrderStep<Event> {
    this.#fetching = undefined;
    const deliver = this.#takeHeld(() => true).filter(({ position }) => this.#pass(position));
    return { deliver, fetchAfter: undefined };
  }

  /**
   * Delivers what is held as far as there is no hole.
   *
   * @param asked what has just been fetched: what is missing after that is not to be had.
   */
  #step(asked: Position | undefined): OrderStep<Event> {
    const deliver: Positioned<Event>[] = [];
    let taken = 0;
    for (const positioned of this.#held) {
      if (this.#at && isHole(this.#at, positioned.position)) break;
      if (this.#pass(positioned.position)) deliver.push(positioned);
      taken++;
    }
    this.#held.splice(0, taken);
    if (this.#held.length === 0) return { deliver, fetchAfter: undefined };
    if (asked && this.#at && !isNews(asked, this.#at)) {
      return { deliver: [...deliver, ...this.abandon().deliver], fetchAfter: undefined };
    }
    this.#fetching = this.#at && { ...this.#at };
    return { deliver, fetchAfter: this.#fetching };
  }

  /** Moves on to a position; false where that lies behind. */
  #pass(position: Position): boolean {
    if (this.#at && !isNews(this.#at, position)) return false;
    this.#at = position;
    return true;
  }

  #takeHeld(isTaken: (positioned: Positioned<Event>) => boolean): Positioned<Event>[] {
    const taken = this.#held.filter(isTaken);
    this.#held = this.#held.filter((positioned) => !isTaken(positioned));
    return taken;
  }
}

function isNext(at: Position, { epoch, serial }: Position): boolean {
  return epoch === at.epoch && serial === at.serial + 1;
}

/** Another epoch is always a later one: an epoch never comes back. */
function isNews(at: Position, { epoch, serial }: Position): boolean {
  return epoch !== at.epoch || serial > at.serial;
}

/** The events of an epoch begin with 1. */
function isHole(at: Position, { epoch, serial }: Position): boolean {
  return serial > (epoch === at.epoch ? at.serial + 1 : 1);
}
