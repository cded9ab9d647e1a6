/** An event as a sender holds it. */
export interface HeldEvent {
  readonly id: string;
  readonly eventId: string;
  readonly channel: string;
  /** JSON of the event. */
  readonly body: string;
  readonly createdAtMs: number;
  /** How often it was sent before, in vain. */
  readonly attempts: number;
  /** When it may be sent again; `null` for one that was never sent. */
  readonly nextTryAtMs: number | null;
  /** Names the requests it went in. */
  readonly batchId: string | null;
}

/** What goes into one request, the first time and every other time. */
export interface Delivery {
  readonly batchId: string;
  /** In order, and all that there is of each channel up to the last. Never empty. */
  readonly events: HeldEvent[];
  attempts: number;
}

/** All of one endpoint that may be in memory; the rest waits on disk. */
const MOST_HELD = 2_000;
/** Of one channel, so that a busy one leaves room for the others. */
const MOST_OF_ONE_CHANNEL = 200;

interface Channel {
  readonly name: string;
  /** The oldest first; those of a delivery under way are no longer in it. */
  events: HeldEvent[];
  /** A delivery with events of this channel is under way, or waits to be tried again. */
  isBusy: boolean;
  /** The id of its newest event that was ever held; later ones may be on disk. */
  lastId: string;
  /** There are more on disk. */
  hasMore: boolean;
  /** They are being read. */
  isReading: boolean;
}

/**
 * What became of an event that was offered: it is in memory; it stays on disk, and its channel will ask for it; or there is
 * no room for any, so that the reading has to go on from here later.
 */
export type Taken = "held" | "left" | "full";

/**
 * What one endpoint is owed, in memory: decides what goes next.
 *
 * Of one channel one delivery is under way at a time, the oldest events first; while it is tried again the channel's later
 * events wait and other channels go on. Channels take turns.
 */
export class EndpointQueue {
  readonly #channels = new Map<string, Channel>();
  /** Those that have events and are not busy; the one that waits longest comes first. */
  readonly #ready = new Set<Channel>();
  readonly #again: Delivery[] = [];
  /** By batch id, deliveries of another process that wait to be tried again. */
  readonly #restored = new Map<string, Delivery>();
  readonly #hungry = new Set<Channel>();
  #held = 0;

  /** Events in memory, those under way included. */
  get held(): number {
    return this.#held;
  }

  get isFull(): boolean {
    return this.#held >= MOST_HELD;
  }

  /** Takes an event that comes after all of its channel that were taken before. */
  add(event: HeldEvent): Taken {
    if (this.isFull) return "full";
    const channel = this.#channelOf(event.channel);
    if (channel.hasMore || channel.isReading || channel.events.length >= MOST_OF_ONE_CHANNEL) {
      channel.hasMore = true;
      if (channel.events.length === 0 && !channel.isBusy && !channel.isReading) this.#hungry.add(channel);
      return "left";
    }
    this.#hold(channel, event);
    return "held";
  }

  /**
   * Takes an event that another process has tried to send. What went in one request goes in one again.
   *
   * @returns the delivery when this is its first event, which then waits for `tryAgain`; "held" for a further one; undefined
   *   when the rest of its request is under way already, so that it has to be added like any other.
   */
  restore(event: HeldEvent): Delivery | "held" | undefined {
    const batchId = event.batchId ?? event.id;
    const channel = this.#channelOf(event.channel);
    const known = this.#restored.get(batchId);
    if (!known && (channel.isBusy || channel.lastId !== "")) return undefined;
    channel.isBusy = true;
    channel.lastId = event.id;
    this.#held++;
    if (known) {
      known.events.push(event);
      return "held";
    }
    const delivery: Delivery = { batchId, events: [event], attempts: event.attempts };
    this.#restored.set(batchId, delivery);
    return delivery;
  }

  /** How many events could go now, up to `most`, and when the oldest of them was made. */
  peek(most: number): { readonly events: number; readonly oldestMs: number } {
    let events = 0;
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const channel of this.#ready) {
      events += channel.events.length;
      oldestMs = Math.min(oldestMs, channel.events[0]?.createdAtMs ?? oldestMs);
      if (events >= most) break;
    }
    return { events: Math.min(events, most), oldestMs };
  }

  get hasRetry(): boolean {
    return this.#again.length > 0;
  }

  /** What goes next, with up to `most` events; undefined when nothing may go. */
  next(most: number): Delivery | undefined {
    return this.#again.shift() ?? this.#gather(most);
  }

  /** The delivery is done with, one way or the other: its channels go on. */
  finish(delivery: Delivery): void {
    this.#held -= delivery.events.length;
    for (const name of new Set(delivery.events.map(({ channel }) => channel))) {
      const channel = this.#channels.get(name);
      if (!channel) continue;
      channel.isBusy = false;
      if (channel.events.length > 0) this.#ready.add(channel);
      else if (channel.hasMore) this.#hungry.add(channel);
      else this.#channels.delete(name);
    }
  }

  /** The delivery's wait is over. */
  tryAgain(delivery: Delivery): void {
    this.#restored.delete(delivery.batchId);
    this.#again.push(delivery);
  }

  /** A channel whose events in memory have run out while there are more on disk, and from where to read on. */
  takeHungry(): { readonly channel: string; readonly afterId: string; readonly most: number } | undefined {
    for (const channel of this.#hungry) {
      this.#hungry.delete(channel);
      channel.hasMore = false;
      channel.isReading = true;
      return { channel: channel.name, afterId: channel.lastId, most: MOST_OF_ONE_CHANNEL };
    }
    return undefined;
  }

  /** What was read for a hungry channel. @param isAll whether that was all there was on disk at that time. */
  feed(name: string, events: readonly HeldEvent[], isAll: boolean): void {
    const channel = this.#channelOf(name);
    // Events that were written while these were read have been left on disk, and that stays noted.
    const leftMeanwhile = channel.hasMore;
    channel.isReading = false;
    for (const event of events) if (event.id > channel.lastId) this.#hold(channel, event);
    channel.hasMore = leftMeanwhile || !isAll;
    if (channel.events.length > 0 || channel.isBusy) return;
    if (channel.hasMore) this.#hungry.add(channel);
    else this.#channels.delete(name);
  }

  #gather(most: number): Delivery | undefined {
    const events: HeldEvent[] = [];
    for (const channel of this.#ready) {
      this.#ready.delete(channel);
      channel.isBusy = true;
      events.push(...channel.events.splice(0, most - events.length));
      if (events.length >= most) break;
    }
    const [first] = events.sort(byId);
    return first && { batchId: first.id, events, attempts: 0 };
  }

  #hold(channel: Channel, event: HeldEvent): void {
    channel.events.push(event);
    channel.lastId = event.id;
    this.#held++;
    if (!channel.isBusy) this.#ready.add(channel);
  }

  #channelOf(name: string): Channel {
    const known = this.#channels.get(name);
    if (known) return known;
    const fresh: Channel = { name, events: [], isBusy: false, lastId: "", hasMore: false, isReading: false };
    this.#channels.set(name, fresh);
    return fresh;
  }
}

function byId(a: HeldEvent, b: HeldEvent): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
