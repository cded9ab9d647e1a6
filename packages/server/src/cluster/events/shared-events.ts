import type { CachedEvent, HistoryCopy, HistoryPage, PastEvent, Position } from "@usher/hub";
import type { MarkedEvent } from "../carried-event.ts";
import type { ClusterLink } from "../link/cluster-link.ts";
import type { ClusterNames } from "../link/cluster-names.ts";
import type { PlaceRef } from "../places/place-store.ts";
import type { Positioned } from "./event-order.ts";
import { PUBLISH, READ } from "./event-scripts.ts";

export interface SharedEventsOptions {
  readonly link: Pick<ClusterLink, "run" | "sign">;
  readonly names: Pick<ClusterNames, "place">;
  readonly codec: EventCodec;
  /** A text of digits and letters that no two calls give. */
  readonly freshEpoch: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Events as they are kept in Redis. */
export interface EventCodec {
  /** The text that is signed and sent. */
  encode(event: MarkedEvent): string;
  /** Undefined for what no node of this cluster has signed for this topic, and for what is no event. */
  decode(topic: string, signed: string): MarkedEvent | undefined;
}

/** What the history of a channel keeps. */
export interface HistoryBounds {
  readonly events: number;
  readonly seconds: number;
}

/** What is kept of an event. */
export interface Keep {
  /** As the event for newcomers of a cache channel; undefined where it does not become that. */
  readonly cacheForMs: number | undefined;
  /** Undefined where the channel has no history. */
  readonly history: HistoryBounds | undefined;
}

/** What a node needs to know of a channel's events to have it open. */
export interface EventsCopy {
  /** Where the channel stands; undefined where no event has been given a position and there is no history. */
  readonly position: Position | undefined;
  readonly cached: CachedEvent | null;
  readonly history: HistoryCopy | undefined;
}

/** What came after a position. */
export interface MissingEvents {
  /** Where the channel stands. */
  readonly position: Position;
  readonly events: readonly Positioned<MarkedEvent>[];
}

/**
 * The events of cache and history channels as all nodes of a cluster share them: what is kept of them, and their one order.
 *
 * An epoch begins with the first event or the first look, and ends when its position has not been used for a day, when the
 * memory of Redis is gone, and when another Redis process answers than before: it may lack the last second, and would give
 * serials again. All methods reject with a `LinkError` while Redis is away.
 */
export class SharedEvents {
  readonly #options: SharedEventsOptions;

  constructor(options: SharedEventsOptions) {
    this.#options = options;
  }

  /**
   * Gives an event the next serial of its channel, keeps it, and has it delivered on the place's topic to every node that
   * listens, this one included.
   */
  async publish(ref: PlaceRef, event: MarkedEvent, keep: Keep): Promise<Position> {
    const { link, names, codec, freshEpoch } = this.#options;
    const topic = names.place(ref);
    const { cacheForMs, history } = keep;
    const reply = await link.run(PUBLISH, keysOf(topic), [
      topic,
      link.sign(topic, codec.encode(event)),
      freshEpoch(),
      String(cacheForMs ?? 0),
      String(history?.events ?? 0),
      String((history?.seconds ?? 0) * 1000),
      String(history ? positionMs(history) : (cacheForMs ?? 0) + CACHE_POSITION_MS),
    ]);
    const [epoch, serial] = reply as [string, number];
    return { epoch, serial };
  }

  /** Listen to the place's topic before: what is published after this was read arrives there. */
  async openCopy(ref: PlaceRef, bounds: HistoryBounds | undefined): Promise<EventsCopy> {
    const read = await this.#read(ref, { bounds, isOpening: true });
    return {
      position: bounds || read.position.serial > 0 ? read.position : undefined,
      cached: read.cached,
      history: bounds && historyCopyOf(read),
    };
  }

  /** The event that newcomers of a cache channel are sent. */
  async readCached(ref: PlaceRef): Promise<CachedEvent | undefined> {
    return (await this.#read(ref, {})).cached ?? undefined;
  }

  /** Up to so many events after a serial. */
  async readHistory(
    ref: PlaceRef,
    bounds: HistoryBounds,
    afterSerial: number,
    limit: number,
  ): Promise<HistoryPage> {
    const { position, firstSerial, events } = await this.#read(ref, { bounds, afterSerial, limit });
    return { position, firstSerial, events: events.map(pastEventOf) };
  }

  /** What came after a position, or all that is kept where another epoch has begun since. */
  async missing(ref: PlaceRef, after: Position, bounds: HistoryBounds): Promise<MissingEvents> {
    const { position, events } = await this.#read(ref, {
      bounds,
      isOpening: true,
      afterSerial: after.serial,
      epoch: after.epoch,
    });
    return { position, events };
  }

  async #read(ref: PlaceRef, wanted: ReadWanted): Promise<EventsRead> {
    const { link, names, codec, freshEpoch, now } = this.#options;
    const topic = names.place(ref);
    const { bounds, isOpening = false, afterSerial = 0, epoch: ofEpoch = "", limit } = wanted;
    const reply = await link.run(READ, keysOf(topic), [
      freshEpoch(),
      String(isOpening && bounds ? positionMs(bounds) : 0),
      String(afterSerial),
      ofEpoch,
      String(bounds ? (limit ?? bounds.events) : 0),
      String((bounds?.seconds ?? 0) * 1000),
    ]);
    const [epoch, serial, loss, firstSerial, entries, cachedMs, cached] = reply as ReadReply;
    const message =
      cached === null || cached === undefined ? undefined : codec.decode(topic, cached)?.message;
    return {
      position: { epoch, serial },
      lastLoss: loss === "too_many" ? "too_many" : "too_old",
      firstSerial,
      events: entries.flatMap(([id, [, signed]]) => {
        const event = codec.decode(topic, signed);
        const [eventSerial, atMs] = id.split("-").map(Number) as [number, number];
        return event ? [{ position: { epoch, serial: eventSerial }, event, atMs }] : [];
      }),
      cached: message ? { message, expiresAtMs: now() + Math.max(0, cachedMs) } : null,
    };
  }
}

/** Whoever comes back within a day and has missed nothing is told so. */
const POSITION_MS = 24 * 60 * 60 * 1000;
/** Without a history a position orders what is on its way, and nothing else. */
const CACHE_POSITION_MS = 10 * 60 * 1000;

/** Renewed at least each time that an event could have become too old. */
function positionMs({ seconds }: HistoryBounds): number {
  return POSITION_MS + seconds * 1000;
}

function keysOf(topic: string): string[] {
  return [`${topic}:position`, `${topic}:history`, `${topic}:cached`];
}

interface ReadWanted {
  readonly bounds?: HistoryBounds | undefined;
  /** The position is to last: the node goes on from it. */
  readonly isOpening?: boolean;
  readonly afterSerial?: number;
  readonly epoch?: string;
  readonly limit?: number;
}

/** As the script gives it. */
type ReadReply = [
  epoch: string,
  serial: number,
  loss: string | null,
  firstSerial: number,
  entries: [id: string, fields: [name: string, signed: string]][],
  cachedMs: number,
  cached?: string | null,
];

interface DatedEvent extends Positioned<MarkedEvent> {
  readonly atMs: number;
}

interface EventsRead {
  readonly position: Position;
  readonly lastLoss: "too_old" | "too_many";
  readonly firstSerial: number;
  readonly events: readonly DatedEvent[];
  readonly cached: CachedEvent | null;
}

function pastEventOf({ position, event, atMs }: DatedEvent): PastEvent {
  const { message, exceptSocketId } = event;
  return { serial: position.serial, message, exceptSocketId, atMs };
}

/** Up to the last hole: a copy has none, and ends where the channel stands. */
function historyCopyOf({ position, lastLoss, events }: EventsRead): HistoryCopy {
  const { epoch, serial } = position;
  const isWhole = (index: number) => events[index]?.position.serial === serial - (events.length - 1 - index);
  let first = events.length;
  while (first > 0 && isWhole(first - 1)) first--;
  return { epoch, serial, events: events.slice(first).map(pastEventOf), lastLoss };
}
