import type { ChannelName } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import type { Channel } from "./channel.ts";

/** What the HTTP API may ask about one channel. Counts are zero for a channel that nobody is on. */
export interface ChannelInfo {
  readonly isOccupied: boolean;
  /** Distinct users; meaningful on presence channels. */
  readonly userCount: number;
  readonly subscriptionCount: number;
}

const VACANT: ChannelInfo = { isOccupied: false, userCount: 0, subscriptionCount: 0 };

export function channelInfo(state: AppState | undefined, name: ChannelName): ChannelInfo {
  const channel = state?.channels.get(name);
  return channel ? infoOf(channel) : VACANT;
}

/** Every occupied channel whose name begins with the prefix. */
export function occupiedChannels(state: AppState | undefined, prefix: string): Map<ChannelName, ChannelInfo> {
  const found = new Map<ChannelName, ChannelInfo>();
  for (const [name, channel] of state?.channels ?? []) {
    if (name.startsWith(prefix)) found.set(name, infoOf(channel));
  }
  return found;
}

function infoOf(channel: Channel): ChannelInfo {
  return {
    isOccupied: true,
    userCount: channel.roster?.size ?? 0,
    subscriptionCount: channel.connections.size,
  };
}
