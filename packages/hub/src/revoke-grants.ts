import { type ChannelName, type SocketId, UsherError } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import type { Connection } from "./connection.ts";
import { close, closeSoon, subscriptionError } from "./effect.ts";
import { endGrants, type GrantsEnded, type LostGrants, lostGrants, namesOf } from "./end-grants.ts";
import { banError, becauseOf, watermarkError } from "./restriction-index.ts";
import type { Restriction } from "./restrictions.ts";

/** Whose grants: all that is given must fit, and `null` fits everything. */
export interface GrantScope {
  /** Of a private or presence channel; `null` for the sign-ins as well as all channels. */
  readonly channel: ChannelName | null;
  /** Who is signed in on a connection, or the member that it is on a presence channel. */
  readonly userId: string | null;
  readonly socketId: SocketId | null;
}

/**
 * Takes grants back now.
 *
 * With a channel, its subscriptions end with a `pusher:subscription_error` and the connections stay. A signature for the
 * same connection and channel counts no more: it cannot be told from the one that was taken back.
 *
 * Without one, all that a connection in the scope was granted ends the same way, and the connection is ended too, since
 * the protocol has no frame that signs a user out; clients come back and have to ask for each grant anew.
 *
 * @param reason for the user; `null` for none.
 */
export function revokeGrants(
  state: AppState,
  scope: GrantScope,
  reason: string | null,
  nowMs: number,
): GrantsEnded {
  const candidates = candidatesFor(state, scope);
  const lost = lostBy(candidates, scope);
  const again = new UsherError("reauthorization_required", {
    reason: `its authorizations were taken back${becauseOf(reason)}`,
  });
  if (scope.channel !== null) forbid(candidates, lost, scope, scope.channel);
  return endGrants(state, lost, "revoked", nowMs, (one) => [
    ...namesOf(one).map((name) => subscriptionError(one.connection, name, revokedError(name, reason))),
    ...(scope.channel === null ? closeSoon(one.connection, again) : []),
  ]);
}

/** Ends what a new restriction forbids and connections hold already. What they show later is up to the index. */
export function enforce(state: AppState, restriction: Restriction, nowMs: number): GrantsEnded {
  switch (restriction.kind) {
    case "ban":
      return enforceBan(state, restriction, nowMs);
    case "notBefore":
      return enforceWatermark(state, restriction, nowMs);
  }
}

function enforceBan(state: AppState, ban: Extract<Restriction, { kind: "ban" }>, nowMs: number): GrantsEnded {
  const scope: GrantScope = { channel: null, userId: ban.userId, socketId: null };
  const isOver = ban.untilMs !== null && ban.untilMs <= nowMs;
  const lost = isOver ? [] : lostBy(candidatesFor(state, scope), scope);
  const error = banError(ban, nowMs);
  return endGrants(state, lost, "banned", nowMs, ({ connection }) => close(connection, error));
}

function enforceWatermark(
  state: AppState,
  watermark: Extract<Restriction, { kind: "notBefore" }>,
  nowMs: number,
): GrantsEnded {
  const { userId, atMs } = watermark;
  const scope: GrantScope = { channel: watermark.channel as ChannelName | null, userId, socketId: null };
  const older = candidatesFor(state, scope).filter(({ info }) => info.connectedAtMs <= atMs);
  const error = watermarkError();
  return endGrants(state, lostBy(older, scope), "not_before", nowMs, ({ connection }) =>
    closeSoon(connection, error),
  );
}

/** The connections that a scope may concern, and few others. */
function candidatesFor(state: AppState, { channel, userId, socketId }: GrantScope): Connection[] {
  if (socketId !== null) {
    const connection = state.connections.get(socketId);
    return connection ? [connection] : [];
  }
  if (userId !== null) return [...connectionsOf(state, userId)];
  if (channel !== null) {
    const waiting = state.places?.parked.on(channel).keys() ?? [];
    return [...(state.channels.get(channel)?.connections ?? []), ...waiting];
  }
  return [...state.connections.values()];
}

/** Signed in as the user, or a member somewhere under that id, or about to be one. */
function connectionsOf(state: AppState, userId: string): Set<Connection> {
  const found = new Set(state.users.connectionsOf(userId));
  for (const channel of state.channels.values()) {
    if (!channel.roster?.has(userId)) continue;
    for (const connection of channel.connections) {
      if (connection.subscriptions.get(channel.name)?.userId === userId) found.add(connection);
    }
  }
  for (const [connection, waiting] of state.places?.parked.all() ?? []) {
    for (const { ticket } of waiting.values()) if (ticket.member?.userId === userId) found.add(connection);
  }
  return found;
}

function lostBy(candidates: readonly Connection[], { channel, userId }: GrantScope): LostGrants[] {
  return candidates.flatMap((connection) => {
    const isTheirs = userId === null || connection.user?.id === userId;
    const signIn = channel === null && isTheirs && connection.user !== undefined;
    return (
      lostGrants(
        connection,
        signIn,
        (subscription, name) =>
          (channel === null || name === channel) && (isTheirs || subscription.userId === userId),
      ) ?? []
    );
  });
}

/**
 * Has a signature for the channel refused from now on, on each connection that lost it, and on the one that was named by its
 * socket or its user: an authorization may be under way to it.
 */
function forbid(
  candidates: readonly Connection[],
  lost: readonly LostGrants[],
  { userId, socketId }: GrantScope,
  channel: ChannelName,
): void {
  const named = candidates.filter((connection) =>
    userId === null ? socketId !== null : connection.user?.id === userId,
  );
  for (const connection of [...named, ...lost.map((one) => one.connection)]) {
    connection.revokedChannels ??= new Set();
    connection.revokedChannels.add(channel);
  }
}

function revokedError(channel: ChannelName, reason: string | null): UsherError {
  return new UsherError("grant_revoked", { channel, reason: becauseOf(reason) });
}
