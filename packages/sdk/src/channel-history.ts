import { checkTarget } from "./check-parameters.ts";
import type { QueryParams } from "./signed-query.ts";

export interface HistoryOptions {
  /** How many events a page has at most, 1 to 1000. Default 100. */
  readonly limit?: number | undefined;
  /** The page begins behind the event with this serial: `nextAfter` of the page before. */
  readonly after?: number | undefined;
  /** Ends the request and its retries. */
  readonly signal?: AbortSignal | undefined;
}

/** A page of what a channel keeps. */
export interface ChannelHistory {
  /** Another one means that serials began anew, after a restart of the server for example. */
  readonly epoch: string;
  /** Of the oldest event that is kept; of the next one where none is. */
  readonly firstSerial: number;
  /** Of the last event there was; 0 where there was none. */
  readonly lastSerial: number;
  /** Oldest first. */
  readonly events: readonly ChannelEvent[];
  /** `after` for the next page; null where this is the last. */
  readonly nextAfter: number | null;
}

export interface ChannelEvent {
  readonly serial: number;
  readonly name: string;
  /** As it was sent: text, usually JSON; on an encrypted channel, encrypted. */
  readonly data: string;
  readonly time: Date;
  /** The member that sent a client event on a presence channel. */
  readonly userId: string | undefined;
}

export function historyRequest(
  channel: string,
  { limit, after }: HistoryOptions,
): { readonly path: string; readonly params: QueryParams } {
  checkTarget(channel);
  return {
    path: `/channels/${encodeURIComponent(channel)}/events`,
    params: {
      ...(limit === undefined ? {} : { limit: String(limit) }),
      ...(after === undefined ? {} : { after: String(after) }),
    },
  };
}

/** Of the server's own making, so it is believed. */
export function decodeHistory(text: string): ChannelHistory {
  const { epoch, first_serial, last_serial, events, next_after } = JSON.parse(text);
  return {
    epoch,
    firstSerial: first_serial,
    lastSerial: last_serial,
    events: events.map(decodeEvent),
    nextAfter: next_after,
  };
}

function decodeEvent(event: {
  serial: number;
  name: string;
  data: string;
  time: string;
  user_id?: string;
}): ChannelEvent {
  const { serial, name, data, time, user_id: userId } = event;
  return { serial, name, data, time: new Date(time), userId };
}
