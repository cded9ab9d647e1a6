import type { ChannelName, ResumeRequest } from "@usher/protocol";
import type { Connection } from "./connection.ts";
import type { Ticket } from "./ticket.ts";

/** A join that was granted and waits until it is known what is elsewhere. */
export interface ParkedJoin {
  readonly ticket: Ticket;
  readonly resume: ResumeRequest | undefined;
}

const NO_CONNECTIONS: ReadonlyMap<Connection, ParkedJoin> = new Map();
const NO_CHANNELS: ReadonlyMap<ChannelName, ParkedJoin> = new Map();

/** The joins of one app that wait for their channels to be open, in the order in which they came. */
export class ParkedJoins {
  readonly #onChannel = new Map<ChannelName, Map<Connection, ParkedJoin>>();
  readonly #ofConnection = new Map<Connection, Map<ChannelName, ParkedJoin>>();

  get size(): number {
    return this.#onChannel.size + this.#ofConnection.size;
  }

  has(connection: Connection, channel: ChannelName): boolean {
    return this.on(channel).has(connection);
  }

  on(channel: ChannelName): ReadonlyMap<Connection, ParkedJoin> {
    return this.#onChannel.get(channel) ?? NO_CONNECTIONS;
  }

  of(connection: Connection): ReadonlyMap<ChannelName, ParkedJoin> {
    return this.#ofConnection.get(connection) ?? NO_CHANNELS;
  }

  /** Every connection that has a parked join, with them. */
  all(): Iterable<[Connection, ReadonlyMap<ChannelName, ParkedJoin>]> {
    return this.#ofConnection;
  }

  /** Parks a join, or changes it in its place. */
  set(connection: Connection, channel: ChannelName, join: ParkedJoin): void {
    setIn(this.#onChannel, channel, connection, join);
    setIn(this.#ofConnection, connection, channel, join);
  }

  /** Returns whether it was there. */
  delete(connection: Connection, channel: ChannelName): boolean {
    deleteIn(this.#ofConnection, connection, channel);
    return deleteIn(this.#onChannel, channel, connection);
  }

  /** All that wait for a channel, which do so no more. */
  take(channel: ChannelName): ReadonlyMap<Connection, ParkedJoin> {
    const joins = this.on(channel);
    this.#onChannel.delete(channel);
    for (const connection of joins.keys()) deleteIn(this.#ofConnection, connection, channel);
    return joins;
  }
}

function setIn<Outer, Inner, Value>(
  index: Map<Outer, Map<Inner, Value>>,
  outer: Outer,
  inner: Inner,
  value: Value,
): void {
  const entries = index.get(outer);
  if (entries) entries.set(inner, value);
  else index.set(outer, new Map([[inner, value]]));
}

function deleteIn<Outer, Inner, Value>(
  index: Map<Outer, Map<Inner, Value>>,
  outer: Outer,
  inner: Inner,
): boolean {
  const entries = index.get(outer);
  if (!entries?.delete(inner)) return false;
  if (entries.size === 0) index.delete(outer);
  return true;
}
