import { type ChannelName, type SocketId, UsherError } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import type { Connection } from "./connection.ts";
import { closeSoon, type Effect, note } from "./effect.ts";

/** Connections that got their grants together end theirs spread over this share of the lifetime, up to its end. */
const SPREAD = 0.2;

/**
 * Ends the connections whose first grant is as old as the app lets grants become, so that their clients come back and ask
 * for new signatures.
 *
 * The first and not the oldest that is left: a client could show the same signature again after leaving a channel, and it
 * would be no younger for it.
 */
export function endOldGrants(state: AppState, nowMs: number): Effect[] {
  const seconds = state.app.settings.subscriptionLifetimeSeconds;
  if (seconds === null) return [];
  const effects: Effect[] = [];
  for (const connection of state.connections.values()) {
    if (isOver(connection, seconds * 1000, nowMs)) effects.push(...end(connection, seconds));
  }
  return effects;
}

function isOver({ firstGrantAtMs, socketId }: Connection, lifetimeMs: number, nowMs: number): boolean {
  if (firstGrantAtMs === undefined) return false;
  const ageMs = nowMs - firstGrantAtMs;
  // The first comparison spares most connections the second.
  return ageMs >= lifetimeMs * (1 - SPREAD) && ageMs >= lifetimeMs * (1 - SPREAD * fractionOf(socketId));
}

function end(connection: Connection, lifetimeSeconds: number): Effect[] {
  if (connection.isClosing || connection.isClosingSoon) return [];
  const channels = grantedChannels(connection);
  const userId = connection.user?.id;
  // One that holds nothing now has nothing to ask for anew; it is ended once it does.
  if (channels.length === 0 && userId === undefined) return [];
  const reason = `authorizations last ${lifetimeSeconds} seconds in this app`;
  return [
    note(connection, { kind: "grantsEnded", connection, cause: "lifetime", channels, userId }),
    ...closeSoon(connection, new UsherError("reauthorization_required", { reason })),
  ];
}

function grantedChannels({ subscriptions }: Connection): ChannelName[] {
  return [...subscriptions].flatMap(([name, { secretId }]) => (secretId === undefined ? [] : [name]));
}

/** From 0 up to 1, the same whenever it is asked for: a socket id is two random numbers. */
function fractionOf(socketId: SocketId): number {
  return Number(socketId.slice(socketId.indexOf(".") + 1)) / 1_000_000_001;
}
