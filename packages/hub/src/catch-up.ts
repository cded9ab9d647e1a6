import type { ChannelName, ResumeRequest } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import type { PastEvent, Position } from "./channel-log.ts";
import type { Connection } from "./connection.ts";
import { type Effect, note, send } from "./effect.ts";

/** What a client that asked for it hears of a channel's history when it joins. */
export interface CaughtUp {
  readonly effects: readonly Effect[];
  /** It has all that came by, the event of a cache channel included. */
  readonly isComplete: boolean;
}

/**
 * Tells a newcomer to a channel where its history stands, after what it has missed, or that there is a gap.
 *
 * The client counts events from a `position` or a `gap` on, so whatever comes before those is not counted.
 *
 * @returns undefined where the client has not asked, or the channel has no history: not a byte is sent for it then.
 */
export function catchUp(
  connection: Connection,
  channel: ChannelName,
  request: ResumeRequest | undefined,
  nowMs: number,
): CaughtUp | undefined {
  const { history } = connection.state;
  if (!request || !history) return undefined;
  if (!request.from) {
    const position = history.position(channel);
    return position && { effects: [tellPosition(connection, channel, position)], isComplete: false };
  }
  const missed = history.missed(channel, request.from, nowMs);
  if (!missed) return undefined;
  if (missed.kind === "gap") {
    const { reason, position } = missed;
    return {
      effects: [
        send(connection, { kind: "gap", channel, reason, ...position }),
        note(connection, { kind: "gap", connection, channel, reason }),
      ],
      isComplete: false,
    };
  }
  return {
    effects: [
      tellPosition(connection, channel, request.from),
      ...replay(connection, channel, missed.events, request),
      note(connection, { kind: "resumed", connection, channel, events: missed.events.length }),
    ],
    isComplete: true,
  };
}

/** What the other connections got as an event, and this one did not as it caused it: it counts all the same. */
export function tellPassedOver(
  state: AppState,
  channel: ChannelName,
  except: Connection,
  at?: Position,
): Effect[] {
  if (!except.subscriptions.get(channel)?.isResumable) return [];
  const position = at ?? state.history?.position(channel);
  return position ? [tellPosition(except, channel, position)] : [];
}

function replay(
  connection: Connection,
  channel: ChannelName,
  events: readonly PastEvent[],
  { from, socketId }: ResumeRequest,
): Effect[] {
  return events.map(({ serial, message, exceptSocketId }) =>
    // It was kept from this client when it happened, under the socket id that the client had then.
    exceptSocketId !== undefined && exceptSocketId === socketId
      ? tellPosition(connection, channel, { epoch: from?.epoch ?? "", serial })
      : send(connection, message),
  );
}

function tellPosition(connection: Connection, channel: ChannelName, position: Position): Effect {
  return send(connection, { kind: "position", channel, epoch: position.epoch, serial: position.serial });
}
