import type { ChannelName } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import type { Channel } from "./channel.ts";
import type { Position } from "./channel-log.ts";
import { type Effect, note, send } from "./effect.ts";
import type { CarriedEvent } from "./place.ts";
import { deliverHere, fillCache } from "./trigger.ts";

// A guard: reading what is elsewhere takes milliseconds.
const MOST_EARLY_EVENTS = 1_000;

/**
 * Takes in an event that the nodes have told each other of.
 *
 * @param position in the history that all nodes share; undefined where the channel has none, or the event has no place in it.
 */
export function carried(
  state: AppState,
  event: CarriedEvent,
  position: Position | undefined,
  nowMs: number,
): Effect[] {
  const { place, message, exceptSocketId } = event;
  if (place.kind === "user") return deliverHere(state, message, exceptSocketId, nowMs);
  const known = state.places?.channels.get(place.channel);
  if (!known) return [];
  if (known.isOpen || state.channels.has(place.channel)) return takeIn(state, event, position, nowMs);
  // What is being read may be older than the event, and whoever waits for it comes after both.
  if (event.order === "shared") {
    known.early.push({ event, position });
    if (known.early.length > MOST_EARLY_EVENTS) known.early.shift();
  }
  return [];
}

/** Keeps an event for those who come later, and sends it to those who are on its channel. */
export function takeIn(
  state: AppState,
  { message, exceptSocketId, isCached }: CarriedEvent,
  position: Position | undefined,
  nowMs: number,
): Effect[] {
  const recorded = state.history?.record(message, exceptSocketId, nowMs, position);
  // It was in the copy of the history that was read meanwhile.
  if (recorded === "repeated") return [];
  if (isCached) fillCache(state, message, nowMs);
  const effects = recorded === "restarted" ? tellGap(state, message.channel as ChannelName, 1) : [];
  effects.push(...deliverHere(state, message, exceptSocketId, nowMs));
  return effects;
}

/**
 * Tells the clients that count the events of a channel that some have passed them by, and from where they count on.
 *
 * @param ahead how many of the last events they are about to be sent.
 */
export function tellGap(state: AppState, name: ChannelName, ahead = 0): Effect[] {
  const channel = state.channels.get(name);
  const position = channel && state.history?.position(name);
  if (!position) return [];
  const { epoch, serial } = position;
  return resumableOn(channel).flatMap((connection) => [
    send(connection, { kind: "gap", channel: name, reason: "epoch_changed", epoch, serial: serial - ahead }),
    note(connection, { kind: "gap", connection, channel: name, reason: "epoch_changed" }),
  ]);
}

function resumableOn({ name, connections }: Channel) {
  return [...connections].filter(({ subscriptions }) => subscriptions.get(name)?.isResumable === true);
}
