import { type ChannelName, channelTraits, type SocketId } from "@usher/protocol";
import type { AppSettings } from "./app.ts";
import { ChannelLog, type LossReason, type PastEvent, type Position } from "./channel-log.ts";
import type { EventMessage } from "./event-cache.ts";
import type { HistoryCopy } from "./place.ts";

/** What an app wants to have kept. */
export type HistorySettings = Pick<AppSettings, "historyPrefixes" | "historyEvents" | "historySeconds">;

/**
 * Why a client cannot be given what it missed. `epoch_changed`: it stood in a history that is not there any more, after a
 * restart or because the room was needed. `too_old`: what it missed is older than the app has events kept. `too_many`: more
 * than are kept, or than are sent at once.
 */
export type GapReason = "epoch_changed" | LossReason;

/** What a client missed since a position, in order; or why nobody can tell. */
export type Missed =
  | { readonly kind: "events"; readonly events: readonly PastEvent[] }
  | { readonly kind: "gap"; readonly reason: GapReason; readonly position: Position };

/**
 * How an event stood to those before it. `repeated`: it is written down already. `restarted`: others have passed by between,
 * so the log begins with it, and whoever counts has to be told where.
 */
export type Recorded = "next" | "repeated" | "restarted";

type Event = Pick<PastEvent, "message" | "exceptSocketId">;

/** A stretch of a channel's history. */
export interface HistoryPage {
  /** Where the channel stands. */
  readonly position: Position;
  /** The oldest serial that is kept; of the next event where none is. */
  readonly firstSerial: number;
  /** Oldest first. */
  readonly events: readonly PastEvent[];
}

// Guards, not features. A channel without events costs a few hundred bytes, for as long as somebody may come back to it.
const MOST_CHANNELS = 10_000;
const MOST_CHARACTERS = 64 * 1_048_576;
/** Less than what may wait for one slow connection, by default. */
const MOST_CHARACTERS_AT_ONCE = 512 * 1_024;

/**
 * The last events of one app's channels, with a serial each: what clients are given that come back.
 *
 * Bounded in channels and characters; the channel that was used least recently gives way, with its epoch. So an epoch ends
 * whenever a serial could be given twice or an event could have gone by unnoticed.
 */
export class ChannelHistory {
  #settings: HistorySettings;
  #prefixes: readonly string[] = [];
  readonly #epochPrefix: string;
  #epochs = 0;
  // Kept in order of use, so that the least recently used comes first.
  readonly #logs = new Map<ChannelName, ChannelLog>();
  #characters = 0;

  /** @param random uniform from 0 up to but not including 1; two histories are told apart by it. */
  constructor(settings: HistorySettings, random: () => number) {
    this.#settings = settings;
    this.configure(settings);
    this.#epochPrefix = Math.floor(random() * 2 ** 48).toString(36);
  }

  /** How much is held, for guards and tests. */
  get size(): { readonly channels: number; readonly characters: number } {
    return { channels: this.#logs.size, characters: this.#characters };
  }

  /** Takes over new settings. What they do not cover is forgotten: events will go by there that nobody writes down. */
  configure(settings: HistorySettings): void {
    this.#settings = settings;
    this.#prefixes = (settings.historyPrefixes ?? []).map((prefix) => (prefix === "*" ? "" : prefix));
    for (const [channel, log] of this.#logs) if (!this.keeps(channel)) this.#forget(channel, log);
  }

  keeps(channel: ChannelName): boolean {
    if (!this.#prefixes.some((prefix) => channel.startsWith(prefix))) return false;
    return channelTraits(channel).access !== "user";
  }

  /**
   * Writes an event down before it is sent. Nothing happens on a channel that has no history.
   *
   * @param position that it has in the history that all nodes of a cluster share. Without one it comes next in a history of
   *   this node alone.
   * @returns undefined where the channel has no history.
   */
  record(
    message: EventMessage,
    exceptSocketId: SocketId | undefined,
    nowMs: number,
    position?: Position,
  ): Recorded | undefined {
    const channel = message.channel as ChannelName;
    if (!this.keeps(channel)) return undefined;
    const event = { message, exceptSocketId };
    const recorded = position ? this.#follow(channel, position, event) : this.#followAlone(channel);
    if (recorded === "repeated") return recorded;
    const log = this.#use(channel);
    this.#append(log, event, nowMs);
    this.#makeRoom(log);
    return recorded;
  }

  /**
   * Takes over what all nodes have of a channel's history.
   *
   * @returns what had not come by here, where that is known to be all of it; otherwise who stood in the history that was here
   *   has missed something.
   */
  adopt(channel: ChannelName, copy: HistoryCopy): readonly PastEvent[] | "restarted" {
    if (!this.keeps(channel)) return [];
    const known = this.#logs.get(channel);
    const isSame = known?.epoch === copy.epoch;
    const serial = known?.position.serial ?? 0;
    // More has come by while it was read.
    if (isSame && serial > copy.serial) return [];
    if (known) this.#forget(channel, known);
    const log = new ChannelLog(copy.epoch, copy.serial - copy.events.length, copy.lastLoss);
    this.#logs.set(channel, log);
    for (const event of copy.events) this.#append(log, event, event.atMs);
    this.#makeRoom(log);
    if (!known) return [];
    const isContinued = isSame && copy.serial - copy.events.length <= serial;
    return isContinued ? copy.events.filter((event) => event.serial > serial) : "restarted";
  }

  /** Forgets a channel's history, with its epoch. */
  forget(channel: ChannelName): void {
    const log = this.#logs.get(channel);
    if (log) this.#forget(channel, log);
  }

  /** Where a channel stands; undefined where it has no history. */
  position(channel: ChannelName): Position | undefined {
    return this.keeps(channel) ? this.#use(channel).position : undefined;
  }

  /** What came after a position; undefined where the channel has no history. */
  missed(channel: ChannelName, { epoch, serial }: Position, nowMs: number): Missed | undefined {
    if (!this.keeps(channel)) return undefined;
    const log = this.#use(channel);
    this.#dropOld(log, nowMs);
    const { position } = log;
    if (epoch !== position.epoch || serial > position.serial) {
      return { kind: "gap", reason: "epoch_changed", position };
    }
    if (serial + 1 < log.firstSerial) return { kind: "gap", reason: log.lastLoss, position };
    const events = log.after(serial);
    const characters = events.reduce((sum, { message }) => sum + message.data.length, 0);
    if (characters > MOST_CHARACTERS_AT_ONCE) return { kind: "gap", reason: "too_many", position };
    return { kind: "events", events };
  }

  /** Up to so many events after a serial; undefined where the channel has no history. */
  page(channel: ChannelName, afterSerial: number, limit: number, nowMs: number): HistoryPage | undefined {
    if (!this.keeps(channel)) return undefined;
    const log = this.#use(channel);
    this.#dropOld(log, nowMs);
    return {
      position: log.position,
      firstSerial: log.firstSerial,
      events: log.after(afterSerial, limit),
    };
  }

  /** Forgets what has become too old. The channels stay, so that whoever missed nothing is told so. */
  purge(nowMs: number): void {
    for (const log of this.#logs.values()) this.#dropOld(log, nowMs);
  }

  /** The log of a channel, begun if there is none, as the most recently used. */
  #use(channel: ChannelName): ChannelLog {
    const known = this.#logs.get(channel);
    if (known) this.#logs.delete(channel);
    const log = known ?? new ChannelLog(`${this.#epochPrefix}-${(++this.#epochs).toString(36)}`);
    this.#logs.set(channel, log);
    if (!known) this.#makeRoom(log);
    return log;
  }

  /** Sees to it that the next event of a channel will have this position. */
  #follow(channel: ChannelName, { epoch, serial }: Position, event: Event): Recorded {
    const known = this.#logs.get(channel);
    if (known?.epoch === epoch) {
      const lastSerial = known.position.serial;
      if (serial === lastSerial + 1) return "next";
      if (serial <= lastSerial && !isOther(known.find(serial), event)) return "repeated";
    }
    if (known) this.#forget(channel, known);
    this.#logs.set(channel, new ChannelLog(epoch, serial - 1));
    // Where it gave way to others, nothing has passed by.
    return known ? "restarted" : "next";
  }

  /** The other nodes will give the next serial of their epoch to another event. */
  #followAlone(channel: ChannelName): Recorded {
    const known = this.#logs.get(channel);
    if (!known || known.epoch.startsWith(`${this.#epochPrefix}-`)) return "next";
    this.#forget(channel, known);
    return "restarted";
  }

  #append(log: ChannelLog, { message, exceptSocketId }: Event, atMs: number): void {
    this.#characters += costOf(log.append(message, exceptSocketId, atMs));
    while (log.size > this.#settings.historyEvents) this.#dropFirst(log, "too_many");
  }

  #makeRoom(inUse: ChannelLog): void {
    while (this.#logs.size > MOST_CHANNELS || this.#characters > MOST_CHARACTERS) {
      const [channel, log] = this.#logs.entries().next().value ?? [];
      if (channel === undefined || !log) return;
      if (log !== inUse) this.#forget(channel, log);
      else if (!this.#dropFirst(log, "too_many")) return;
    }
  }

  #forget(channel: ChannelName, log: ChannelLog): void {
    this.#logs.delete(channel);
    for (const event of log.after(0)) this.#characters -= costOf(event);
  }

  #dropOld(log: ChannelLog, nowMs: number): void {
    const oldestMs = nowMs - this.#settings.historySeconds * 1000;
    for (let first = log.first; first && first.atMs < oldestMs; first = log.first) {
      this.#dropFirst(log, "too_old");
    }
  }

  #dropFirst(log: ChannelLog, reason: LossReason): boolean {
    const event = log.dropFirst(reason);
    if (event) this.#characters -= costOf(event);
    return event !== undefined;
  }
}

/** Does another event have its serial? That of one which is not kept any more is taken for the same. */
function isOther(known: PastEvent | undefined, { message, exceptSocketId }: Event): boolean {
  if (!known) return false;
  const { event, data } = known.message;
  return event !== message.event || data !== message.data || known.exceptSocketId !== exceptSocketId;
}

/** What an event holds besides its text, in characters; roughly. */
const EVENT_OVERHEAD = 100;

function costOf({ message }: PastEvent): number {
  return message.data.length + message.event.length + EVENT_OVERHEAD;
}
