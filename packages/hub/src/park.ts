import { type ChannelName, channelTraits, type ResumeRequest } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import type { Connection } from "./connection.ts";
import type { Effect } from "./effect.ts";
import { abandonChannel } from "./forget-place.ts";
import { granted, join } from "./join.ts";
import { channelPlace } from "./place.ts";
import { placeChanged } from "./place-changed.ts";
import { refuseTicket } from "./refuse-subscription.ts";
import { refusalOf, type Ticket } from "./ticket.ts";

/**
 * Lets a join wait until the channel is open. A second one for the same channel is not a second join: there will be one
 * answer, which catches up from where the client said last.
 */
export function park(
  connection: Connection,
  channel: ChannelName,
  ticket: Ticket,
  resume: ResumeRequest | undefined,
  nowMs: number,
): Effect[] {
  const { state } = connection;
  const { places } = state;
  if (!places) throw new Error("a join waits in a cluster only");
  places.channel(channel);
  const parked = places.parked.of(connection).get(channel);
  places.parked.set(connection, channel, {
    ticket: parked?.ticket ?? ticket,
    resume: resume ?? parked?.resume,
  });
  if (parked) return [];
  if (channelTraits(channel).access !== "public") granted(connection, nowMs);
  return [placeChanged(state, channelPlace(channel))];
}

export function isParked(connection: Connection, channel: ChannelName): boolean {
  return connection.state.places?.parked.has(connection, channel) === true;
}

/** Drops a parked join. Returns undefined when there is none. */
export function unpark(connection: Connection, channel: ChannelName, nowMs: number): Effect[] | undefined {
  const { state } = connection;
  if (!state.places?.parked.delete(connection, channel)) return undefined;
  abandonChannel(state, channel, nowMs);
  return [placeChanged(state, channelPlace(channel))];
}

/** Completes the joins that waited for a channel, each as if it came now. */
export function completeParked(state: AppState, channel: ChannelName, nowMs: number): Effect[] {
  const effects: Effect[] = [];
  const parked = state.places?.parked.take(channel) ?? new Map();
  for (const [connection, { ticket, resume }] of parked) {
    if (connection.isClosing) continue;
    const refusal = refusalOf(connection, channel, ticket, nowMs);
    effects.push(
      ...(refusal
        ? refuseTicket(connection, channel, refusal)
        : join(connection, channel, ticket, resume, nowMs)),
    );
  }
  // Those that were refused, or are about to go, want the channel no more.
  if (parked.size > 0) effects.push(placeChanged(state, channelPlace(channel)));
  return effects;
}
