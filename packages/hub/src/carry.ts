import { type ChannelName, channelTraits, type SocketId, userOfChannel } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import type { Effect } from "./effect.ts";
import type { EventMessage } from "./event-cache.ts";
import { channelPlace, userPlace } from "./place.ts";

/**
 * Whether an event must come to all nodes in one order, since newcomers or those who return are given it later. Such an event
 * is delivered nowhere before it has its place in that order.
 */
export function isShared(state: AppState, channel: ChannelName, isCached: boolean): boolean {
  if (!state.places) return false;
  return (isCached && channelTraits(channel).isCache) || state.history?.keeps(channel) === true;
}

/** Has an event taken to the other nodes; to this one too where it is shared. */
export function carry(
  state: AppState,
  message: EventMessage,
  exceptSocketId: SocketId | undefined,
  isCached: boolean,
): Effect {
  const channel = message.channel as ChannelName;
  const userId = userOfChannel(channel);
  const place = userId === undefined ? channelPlace(channel) : userPlace(userId);
  const order = isShared(state, channel, isCached) ? "shared" : "any";
  return {
    kind: "carry",
    app: state.app,
    event: { place, message, exceptSocketId, order, isCached: isCached && channelTraits(channel).isCache },
  };
}
