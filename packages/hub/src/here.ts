import type { Member } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import { channelPlace, type Here, type Place, userPlace } from "./place.ts";

const NO_MEMBERS: ReadonlyMap<string, Member> = new Map();

/** What this node's own connections have at a place. */
export function here(state: AppState | undefined, place: Place): Here {
  if (!state?.places) return { isWanted: false, isOpen: false, subscriptions: 0, members: NO_MEMBERS };
  if (place.kind === "user") {
    const { users, places } = state;
    return {
      isWanted: users.isWanted(place.userId),
      isOpen: places.isUserOpen(place.userId),
      subscriptions: users.isOnline(place.userId) ? 1 : 0,
      members: NO_MEMBERS,
    };
  }
  const channel = state.channels.get(place.channel);
  return {
    isWanted: channel !== undefined || state.places.parked.on(place.channel).size > 0,
    isOpen: state.places.isChannelOpen(place.channel),
    subscriptions: channel?.connections.size ?? 0,
    members: channel?.roster?.membersHere() ?? NO_MEMBERS,
  };
}

/** All places that somebody here wants. */
export function wantedPlaces({ channels, users, places }: AppState): Place[] {
  if (!places) return [];
  const names = new Set([...channels.keys(), ...places.channels.keys()]);
  return [...Array.from(names, channelPlace), ...Array.from(users.wanted(), userPlace)];
}
