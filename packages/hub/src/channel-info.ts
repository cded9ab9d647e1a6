import type { ChannelName } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import type { Channel } from "./channel.ts";
import type { ChannelPlace } from "./places.ts";
import { subscriptionCount } from "./subscription-count.ts";

/** What the HTTP API may ask about one channel. Counts are zero for a channel that nobody is on. */
export interface ChannelInfo {
  readonly isOccupied: boolean;
  /** Distinct users; meaningful on presence channels. */
  readonly userCount: number;
  readonly subscriptionCount: number;
}

const VACANT: ChannelInfo = { isOccupied: false, userCount: 0, subscriptionCount: 0 };

/** In a cluster, with what other nodes have on channels that are open here. */
export function channelInfo(state: AppState | undefined, name: ChannelName): ChannelInfo {
  if (!state) return VACANT;
  const channel = state.channels.get(name);
  return channel ? infoOf(state, channel) : elsewhereAlone(state.places?.channels.get(name));
}

/** Every occupied channel whose name begins with the prefix. */
export function occupiedChannels(state: AppState | undefined, prefix: string): Map<ChannelName, ChannelInfo> {
  const found = new Map<ChannelName, ChannelInfo>();
  if (!state) return found;
  for (const [name, channel] of state.channels) {
    if (name.startsWith(prefix)) found.set(name, infoOf(state, channel));
  }
  for (const [name, place] of state.places?.channels ?? []) {
    if (place.subscriptions === 0 || !name.startsWith(prefix) || found.has(name)) continue;
    found.set(name, elsewhereAlone(place));
  }
  return found;
}

function infoOf(state: AppState, channel: Channel): ChannelInfo {
  return {
    isOccupied: true,
    userCount: channel.roster?.size ?? 0,
    subscriptionCount: subscriptionCount(state, channel),
  };
}

function elsewhereAlone(place: ChannelPlace | undefined): ChannelInfo {
  if (!place || place.subscriptions === 0) return VACANT;
  const { subscriptions, roster } = place;
  return { isOccupied: true, userCount: roster?.size ?? 0, subscriptionCount: subscriptions };
}
