import { type App, channelNameLimit, type HistoryPage, type PastEvent } from "@usher/hub";
import { type ChannelName, fail, ok, parseChannelName, type Result, UsherError } from "@usher/protocol";
import type { ViewContext } from "../cluster/channel-view.ts";

/** A stretch of a channel's history as the HTTP API and the admin API write it. */
export interface HistoryJson {
  /** Serials of another epoch have nothing to do with these. */
  readonly epoch: string;
  /** Of the oldest event that is kept; of the next one where none is. */
  readonly first_serial: number;
  /** Of the last event there was; 0 where there was none. */
  readonly last_serial: number;
  /** Oldest first. */
  readonly events: readonly PastEventJson[];
  /** `after` of the next page; null where this is the last. */
  readonly next_after: number | null;
}

export interface PastEventJson {
  readonly serial: number;
  readonly name: string;
  readonly data: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** The member that sent a client event. */
  readonly user_id?: string;
}

export const DEFAULT_HISTORY_LIMIT = 100;
export const MOST_HISTORY_LIMIT = 1_000;

/**
 * Reads one page of the events that a channel keeps: at once where this node has them.
 *
 * @param after a serial; the page begins behind it, or with the oldest event that is kept.
 */
export function readHistory(
  app: App,
  rawChannel: string,
  { after, limit }: { readonly after: number; readonly limit: number },
  { hub, nowMs, reads }: ViewContext,
): Result<HistoryJson> | Promise<Result<HistoryJson>> {
  const channel = parseChannelName(rawChannel, channelNameLimit(app.settings));
  if (!channel.ok) return channel;
  const name = channel.value;
  const readHere = () => hub.stateFor(app).history?.page(name, after, limit, nowMs);
  if (!reads || reads.isOpen(app.id, name) || !hub.stateFor(app).history?.keeps(name)) {
    return printPage(name, readHere());
  }
  return reads
    .history(app, name, after, limit)
    .catch(readHere)
    .then((page) => printPage(name, page));
}

function printPage(channel: ChannelName, page: HistoryPage | undefined): Result<HistoryJson> {
  if (!page) return fail(new UsherError("history_not_kept", { channel }));
  const { position, firstSerial, events } = page;
  const last = events.at(-1);
  return ok({
    epoch: position.epoch,
    first_serial: firstSerial,
    last_serial: position.serial,
    events: events.map(printEvent),
    next_after: last && last.serial < position.serial ? last.serial : null,
  });
}

function printEvent({ serial, message, atMs }: PastEvent): PastEventJson {
  const { event, data, userId } = message;
  return {
    serial,
    name: event,
    data,
    time: new Date(atMs).toISOString(),
    ...(userId === undefined ? {} : { user_id: userId }),
  };
}
