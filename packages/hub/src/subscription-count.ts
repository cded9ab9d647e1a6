import type { AppState } from "./app-state.ts";
import type { Channel } from "./channel.ts";
import type { Effect } from "./effect.ts";

const ALWAYS_SENT_UP_TO = 100;
const INTERVAL_MS = 5_000;

/** Call after every change of a channel's subscriptions: sends the count, now or within five seconds on large channels. */
export function countChanged(state: AppState, channel: Channel, nowMs: number): Effect[] {
  if (!state.app.settings.subscriptionCounting || channel.traits.isPresence) return [];
  if (channel.connections.size === 0) {
    state.countsDue.delete(channel);
    return [];
  }
  const dueAtMs = channel.countSentAtMs + INTERVAL_MS;
  if (channel.connections.size <= ALWAYS_SENT_UP_TO || dueAtMs <= nowMs)
    return sendCount(state, channel, nowMs);
  state.countsDue.set(channel, dueAtMs);
  return [];
}

/** The counts whose interval is over. */
export function dueCounts(state: AppState, nowMs: number): Effect[] {
  const effects: Effect[] = [];
  for (const [channel, dueAtMs] of state.countsDue) {
    if (dueAtMs <= nowMs) effects.push(...sendCount(state, channel, nowMs));
  }
  return effects;
}

function sendCount(state: AppState, channel: Channel, nowMs: number): Effect[] {
  state.countsDue.delete(channel);
  channel.countSentAtMs = nowMs;
  const count = channel.connections.size;
  const news = { kind: "subscriptionCount", channel: channel.name, count } as const;
  return [
    {
      kind: "publish",
      app: state.app,
      channel: channel.name,
      message: news,
      except: undefined,
      receivers: count,
    },
    { kind: "note", app: state.app, note: news },
  ];
}
