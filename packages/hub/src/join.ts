import type { ChannelName, Member, ResumeRequest } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import { catchUp } from "./catch-up.ts";
import { Channel } from "./channel.ts";
import type { Connection } from "./connection.ts";
import { deliver, type Effect, note, send } from "./effect.ts";
import { placeChanged } from "./place-changed.ts";
import { countChanged } from "./subscription-count.ts";
import type { Ticket } from "./ticket.ts";

/** Puts a connection on a channel for which it has a ticket, and tells all who must hear of it. */
export function join(
  connection: Connection,
  name: ChannelName,
  ticket: Ticket,
  resume: ResumeRequest | undefined,
  nowMs: number,
): Effect[] {
  const { state } = connection;
  const isOccupied = state.channels.has(name);
  const channel = channelOf(state, name);
  state.channels.set(name, channel);
  channel.connections.add(connection);
  const caughtUp = catchUp(connection, name, resume, nowMs);
  if (caughtUp) connection.isResuming = true;
  connection.subscriptions.set(
    name,
    caughtUp ? { ...ticket.subscription, isResumable: true } : ticket.subscription,
  );
  if (channel.traits.access !== "public") granted(connection, nowMs);
  // Join before reading the roster: pusher-js takes `members.me` from the hash in subscription_succeeded, so the
  // joining user must already be in it.
  const isNewMember = ticket.member !== undefined && channel.roster?.add(ticket.member) === true;

  const effects: Effect[] = [{ kind: "join", connection, channel: name }, succeeded(connection, channel)];
  // First the cached event, which the client does not count, and then from where on it counts.
  if (channel.traits.isCache && !caughtUp?.isComplete)
    effects.push(...cachedEvent(connection, channel, nowMs));
  if (caughtUp) effects.push(...caughtUp.effects);
  if (!isOccupied && !state.places) effects.push(note(connection, { kind: "occupied", channel: name }));
  if (ticket.member && isNewMember) effects.push(...memberAdded(connection, channel, ticket.member, nowMs));
  effects.push(...countChanged(state, channel, nowMs));
  effects.push(
    note(connection, {
      kind: "subscribed",
      connection,
      channel: name,
      secretId: ticket.subscription.secretId,
    }),
  );
  if (state.places) effects.push(placeChanged(state, { kind: "channel", channel: name }));
  return effects;
}

/** A further subscription changes nothing; a client that counts goes on from where the channel stands. */
export function joinAgain(
  connection: Connection,
  name: ChannelName,
  resume: ResumeRequest | undefined,
): Effect[] {
  const { state, subscriptions } = connection;
  const said = [succeeded(connection, channelOf(state, name))];
  const position = resume && state.history?.position(name);
  const subscription = subscriptions.get(name);
  if (!position || !subscription) return said;
  subscriptions.set(name, { ...subscription, isResumable: true });
  return [...said, send(connection, { kind: "position", channel: name, ...position })];
}

/** A signature was good: the connection has proved something, and from now on it is as old as that. */
export function granted(connection: Connection, nowMs: number): void {
  connection.state.unauthorized.delete(connection);
  connection.firstGrantAtMs ??= nowMs;
}

function channelOf(state: AppState, name: ChannelName): Channel {
  return state.channels.get(name) ?? new Channel(name, state.places?.channel(name).roster);
}

function succeeded(connection: Connection, channel: Channel): Effect {
  const members = channel.roster?.members();
  return send(connection, {
    kind: "subscriptionSucceeded",
    channel: channel.name,
    ...(members ? { members } : {}),
  });
}

const MISS_NOTED_AGAIN_MS = 30_000;

/** Every newcomer to an empty channel hears of it; whoever watches hears of it once. */
function cachedEvent(connection: Connection, channel: Channel, nowMs: number): Effect[] {
  const { name } = channel;
  const cached = connection.state.cache.get(name, nowMs);
  if (cached) return [send(connection, cached.message)];
  const told = send(connection, { kind: "cacheMiss", channel: name });
  if (nowMs - channel.missNotedAtMs < MISS_NOTED_AGAIN_MS) return [told];
  channel.missNotedAtMs = nowMs;
  return [told, note(connection, { kind: "cacheMiss", channel: name })];
}

function memberAdded(connection: Connection, channel: Channel, member: Member, nowMs: number): Effect[] {
  const { state } = connection;
  const { name, connections } = channel;
  const told = deliver(
    state,
    name,
    connections,
    { kind: "memberAdded", channel: name, member },
    connection,
    nowMs,
  );
  if (state.places) return [told];
  return [told, note(connection, { kind: "memberAdded", channel: name, userId: member.userId })];
}
