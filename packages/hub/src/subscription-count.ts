import type { AppState } from "./app-state.ts";
import type { Channel } from "./channel.ts";
import type { Effect } from "./effect.ts";

const ALWAYS_SENT_UP_TO = 100;
const INTERVAL_MS = 5_000;

/** Everybody on a channel, on this node and elsewhere. */
export function subscriptionCount({ places }: AppState, { name, connections }: Channel): number {
  return connections.size + (places?.channels.get(name)?.subscriptions ?? 0);
}

/** Call after every change of a channel's subscriptions: sends the count, now or within five seconds on large channels. */
export function countChanged(state: AppState, channel: Channel, nowMs: number): Effect[] {
  if (!isCounted(state, channel)) return [];
  if (channel.connections.size === 0) {
    state.countsDue.delete(channel);
    state.places?.countsOfOthers.delete(channel);
    // Nobody here hears of it, and the nodes of those who are left tell them. It was caused here all the same.
    return subscriptionCount(state, channel) === 0 ? [] : [countNote(state, channel)];
  }
  if (isDueNow(state, channel, nowMs)) return sendCount(state, channel, nowMs, true);
  state.countsDue.set(channel, channel.countSentAtMs + INTERVAL_MS);
  state.places?.countsOfOthers.delete(channel);
  return [];
}

/** The same after a change on another node, which has it noted there. */
export function countChangedElsewhere(state: AppState, channel: Channel, nowMs: number): Effect[] {
  if (!isCounted(state, channel)) return [];
  if (isDueNow(state, channel, nowMs)) return sendCount(state, channel, nowMs, false);
  if (!state.countsDue.has(channel)) state.places?.countsOfOthers.add(channel);
  state.countsDue.set(channel, channel.countSentAtMs + INTERVAL_MS);
  return [];
}

/** The counts whose interval is over. */
export function dueCounts(state: AppState, nowMs: number): Effect[] {
  const effects: Effect[] = [];
  for (const [channel, dueAtMs] of state.countsDue) {
    if (dueAtMs <= nowMs) effects.push(...sendCount(state, channel, nowMs, false));
  }
  return effects;
}

function isCounted({ app }: AppState, { traits }: Channel): boolean {
  return app.settings.subscriptionCounting && !traits.isPresence;
}

function isDueNow(state: AppState, channel: Channel, nowMs: number): boolean {
  return (
    subscriptionCount(state, channel) <= ALWAYS_SENT_UP_TO || channel.countSentAtMs + INTERVAL_MS <= nowMs
  );
}

/** @param isOurs whether it is news that was caused here; what was due on that account is in any case. */
function sendCount(state: AppState, channel: Channel, nowMs: number, isOurs: boolean): Effect[] {
  const isOfOthers = state.places?.countsOfOthers.delete(channel) === true;
  const wasDue = state.countsDue.delete(channel) && !isOfOthers;
  channel.countSentAtMs = nowMs;
  const published: Effect = {
    kind: "publish",
    app: state.app,
    channel: channel.name,
    message: newsOf(state, channel),
    except: undefined,
    receivers: channel.connections.size,
  };
  return isOurs || wasDue ? [published, countNote(state, channel)] : [published];
}

function countNote(state: AppState, channel: Channel): Effect {
  return { kind: "note", app: state.app, note: newsOf(state, channel) };
}

function newsOf(state: AppState, channel: Channel) {
  return {
    kind: "subscriptionCount",
    channel: channel.name,
    count: subscriptionCount(state, channel),
  } as const;
}
