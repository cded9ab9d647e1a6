import type { ChannelName } from "@usher/protocol";
import type { AppState } from "./app-state.ts";

/** Nobody takes that long to begin to listen at a place. */
const LONGEST_OPENING_MS = 60_000;

/**
 * Nobody here waits for a channel any more. It may be about to be opened all the same, and somebody may want it again before
 * it is, so what has come by since is kept for a while.
 */
export function abandonChannel(state: AppState, channel: ChannelName, nowMs: number): void {
  if (isUnused(state, channel)) state.places?.abandoned.set(channel, nowMs + LONGEST_OPENING_MS);
}

/** Forgets the channels that were abandoned long ago and not opened since. */
export function forgetAbandoned(state: AppState, nowMs: number): void {
  for (const [channel, dueAtMs] of state.places?.abandoned ?? []) {
    if (dueAtMs > nowMs) continue;
    state.places?.abandoned.delete(channel);
    forgetChannelIfUnused(state, channel);
  }
}

/** Forgets what was known of a channel that is neither open nor wanted. Returns whether nothing is known of it now. */
export function forgetChannelIfUnused(state: AppState, channel: ChannelName): boolean {
  if (!isUnused(state, channel)) return false;
  state.places?.abandoned.delete(channel);
  state.places?.channels.delete(channel);
  return true;
}

/** Forgets what was known of a user who is neither open nor wanted. */
export function forgetUserIfUnused({ places, users }: AppState, userId: string): void {
  if (places && !places.isUserOpen(userId) && !users.isWanted(userId)) places.users.delete(userId);
}

function isUnused({ channels, places }: AppState, channel: ChannelName): boolean {
  if (places?.isChannelOpen(channel) || channels.has(channel)) return false;
  return places?.parked.on(channel).size === 0;
}
