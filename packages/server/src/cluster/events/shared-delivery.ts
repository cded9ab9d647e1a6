import { randomBytes } from "node:crypto";
import type { CarriedEvent, OpenedPlace, Position } from "@usher/hub";
import type { MarkedEvent } from "../carried-event.ts";
import type { PlaceRef } from "../places/place-store.ts";
import { EventOrder, type OrderStep } from "./event-order.ts";
import type { HistoryBounds, Keep, SharedEvents } from "./shared-events.ts";
import { Unconfirmed } from "./unconfirmed.ts";

export interface SharedDeliveryOptions {
  readonly events: Pick<SharedEvents, "publish" | "openCopy" | "readCached" | "missing">;
  /** One text for one place. */
  readonly topicOf: (ref: PlaceRef) => string;
  /** What the history of a channel keeps now; undefined where it has none. */
  readonly boundsOf: (ref: PlaceRef) => HistoryBounds | undefined;
  /** How long an event stays the one for newcomers of a cache channel. */
  readonly cacheLifetimeMs: (appId: string) => number;
  /** Delivers an event on this node: `Hub.carried`, with its effects applied. */
  readonly deliver: (ref: PlaceRef, event: CarriedEvent, position: Position) => void;
  /** Told of each event that reached this node alone. */
  readonly onNotCarried: (error: unknown) => void;
  readonly freshEpoch: () => string;
  readonly monotonicNow: () => number;
}

/** What stays to be said of a place when it is opened, besides who is elsewhere. */
export type OpenedEvents = Pick<OpenedPlace, "cached" | "history">;

/**
 * Delivers the events of cache and history channels on this node, in the one order that all nodes have.
 *
 * To open a place: listen to its topic, `open`, `Hub.placesOpened` with what that gave, and `opened` in the same turn of the
 * loop. After an outage the same again; what was missed is delivered meanwhile, as far as the history has it.
 */
export class SharedDelivery {
  readonly #options: SharedDeliveryOptions;
  readonly #channels = new Map<string, SharedChannel>();
  /** What the marks of this node begin with. */
  readonly #sender = randomBytes(6).toString("base64url");
  #sendings = 0;

  constructor(options: SharedDeliveryOptions) {
    this.#options = options;
  }

  /**
   * Sends an event of an order that all nodes share. While Redis is away it is delivered here alone, in an epoch of this
   * node's own, so that whoever counts learns of the gap.
   */
  async publish(ref: PlaceRef, event: CarriedEvent): Promise<void> {
    const { events, boundsOf, cacheLifetimeMs, onNotCarried } = this.#options;
    const keep: Keep = {
      cacheForMs: event.isCached ? cacheLifetimeMs(ref.appId) : undefined,
      history: boundsOf(ref),
    };
    const channel = this.#channels.get(this.#options.topicOf(ref));
    const mark = `${this.#sender}.${(++this.#sendings).toString(36)}`;
    channel?.unconfirmed.sent(mark);
    try {
      await events.publish(ref, { ...event, mark }, keep);
      channel?.unconfirmed.confirmed(mark);
    } catch (error) {
      onNotCarried(error);
      if (channel?.unconfirmed.failed(mark, this.#options.monotonicNow()) === "arrived") return;
      this.#deliverHere(ref, event);
    }
  }

  /** An event has arrived on a place's topic, with the position that the script gave it. */
  received(ref: PlaceRef, event: MarkedEvent, position: Position): void {
    // What comes before the place is opened is in the copy, and what comes after it was closed is nobody's.
    const channel = this.#channels.get(this.#options.topicOf(ref));
    if (channel) this.#follow(ref, channel, channel.order.receive(position, event));
  }

  /** @param isFirst the hub knows nothing of the place, or has forgotten. */
  async open(ref: PlaceRef, isFirst: boolean): Promise<OpenedEvents> {
    const { events, boundsOf } = this.#options;
    const channel = this.#use(ref);
    if (isFirst || !channel.order.at) {
      const { position, cached, history } = await events.openCopy(ref, boundsOf(ref));
      channel.copiedAt = position ?? NOWHERE;
      return { cached, ...(history ? { history } : {}) };
    }
    await this.#fill(ref, channel, channel.order.resume());
    const bounds = boundsOf(ref);
    if (!bounds || channel.order.at.epoch === channel.hubEpoch) {
      return { cached: (await events.readCached(ref)) ?? null };
    }
    // Where nothing was sent in it yet, the hub has not heard that another epoch began: clients that come from nodes which know
    // of it would be told of a gap here, and once more when they go back.
    const { cached, history } = await events.openCopy(ref, bounds);
    return { cached, ...(history ? { history } : {}) };
  }

  /** The hub has what `open` gave: events go on from there. */
  opened(ref: PlaceRef, history: OpenedPlace["history"]): void {
    const channel = this.#channels.get(this.#options.topicOf(ref));
    if (channel && history) channel.hubEpoch = history.epoch;
    const copiedAt = channel?.copiedAt;
    if (!channel || !copiedAt) return;
    channel.copiedAt = undefined;
    this.#follow(ref, channel, channel.order.start(copiedAt));
  }

  closed(ref: PlaceRef): void {
    this.#channels.delete(this.#options.topicOf(ref));
  }

  #use(ref: PlaceRef): SharedChannel {
    const topic = this.#options.topicOf(ref);
    const known = this.#channels.get(topic);
    if (known) return known;
    const fresh: SharedChannel = {
      order: new EventOrder<MarkedEvent>(),
      unconfirmed: new Unconfirmed(),
      copiedAt: undefined,
      hubEpoch: undefined,
      own: undefined,
    };
    this.#channels.set(topic, fresh);
    return fresh;
  }

  #follow(ref: PlaceRef, channel: SharedChannel, step: OrderStep<MarkedEvent>): void {
    this.#deliver(ref, channel, step);
    if (step.fetchAfter) void this.#fill(ref, channel, step);
  }

  /** Fetches what is missing for as long as something is. A link that is down, or silent, fails within seconds. */
  async #fill(ref: PlaceRef, channel: SharedChannel, first: OrderStep<MarkedEvent>): Promise<void> {
    const { events, boundsOf } = this.#options;
    let after = first.fetchAfter;
    while (after) {
      const asked = after;
      const bounds = boundsOf(ref);
      const missing = bounds && (await events.missing(ref, asked, bounds).catch(() => undefined));
      // Closed meanwhile, and perhaps open again from a newer copy.
      if (this.#channels.get(this.#options.topicOf(ref)) !== channel) return;
      const step = missing
        ? channel.order.filled(asked, missing.position, missing.events)
        : channel.order.unfillable(asked);
      this.#deliver(ref, channel, step);
      after = step.fetchAfter;
    }
  }

  #deliver(ref: PlaceRef, channel: SharedChannel, { deliver }: OrderStep<MarkedEvent>): void {
    if (deliver.length > 0) channel.own = undefined;
    for (const { position, event } of deliver) {
      if (!channel.unconfirmed.arrived(event.mark)) continue;
      channel.hubEpoch = position.epoch;
      this.#options.deliver(ref, event, position);
    }
  }

  #deliverHere(ref: PlaceRef, event: CarriedEvent): void {
    const { deliver, freshEpoch, topicOf } = this.#options;
    const channel = this.#channels.get(topicOf(ref));
    if (channel) this.#deliver(ref, channel, channel.order.abandon());
    // Another one each time: between two of them there may have been events of the others.
    const own = channel?.own ?? { epoch: `here-${freshEpoch()}`, serial: 0 };
    const position = { ...own, serial: own.serial + 1 };
    if (channel) {
      channel.own = position;
      channel.hubEpoch = position.epoch;
    }
    deliver(ref, event, position);
  }
}

/** Where a channel stands on which no event has been given a position: before any that comes. */
const NOWHERE: Position = { epoch: "", serial: 0 };

/** A channel as this node follows it. */
interface SharedChannel {
  readonly order: EventOrder<MarkedEvent>;
  readonly unconfirmed: Unconfirmed;
  /** Up to where the hub will know of it, between `open` and `opened`. */
  copiedAt: Position | undefined;
  /** The epoch that the hub was told last; what it is in where the channel has a history. */
  hubEpoch: string | undefined;
  /** The last event that was delivered here alone, while none of the others' came. */
  own: Position | undefined;
}
