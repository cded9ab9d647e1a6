import { type App, channelNameLimit, type Hub, type PastEvent } from "@usher/hub";
import { fail, ok, parseChannelName, type Result, UsherError } from "@usher/protocol";

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
 * Reads one page of the events that a channel keeps.
 *
 * @param after a serial; the page begins behind it, or with the oldest event that is kept.
 */
export function readHistory(
  hub: Hub,
  app: App,
  rawChannel: string,
  { after, limit }: { readonly after: number; readonly limit: number },
  nowMs: number,
): Result<HistoryJson> {
  const channel = parseChannelName(rawChannel, channelNameLimit(app.settings));
  if (!channel.ok) return channel;
  const page = hub.stateFor(app).history?.page(channel.value, after, limit, nowMs);
  if (!page) return fail(new UsherError("history_not_kept", { channel: channel.value }));
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
