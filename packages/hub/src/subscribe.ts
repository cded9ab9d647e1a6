import {
  type ChannelName,
  type ChannelTraits,
  type ClientMessage,
  channelTraits,
  checkMemberSize,
  fail,
  type HmacHex,
  type Member,
  ok,
  parseChannelData,
  parseChannelName,
  type Result,
  UsherError,
  userOfChannel,
} from "@usher/protocol";
import { channelNameLimit } from "./app.ts";
import type { AppState } from "./app-state.ts";
import { authorizeSubscription } from "./authorize.ts";
import { catchUp } from "./catch-up.ts";
import { Channel } from "./channel.ts";
import type { Connection, Subscription } from "./connection.ts";
import { deliver, type Effect, note, refuse, refuseAndClose, send, subscriptionError } from "./effect.ts";
import { countChanged } from "./subscription-count.ts";

type SubscribeMessage = Extract<ClientMessage, { kind: "subscribe" }>;

const OPEN: Subscription = {
  userId: undefined,
  secretId: undefined,
  isSignedInUser: false,
  isResumable: false,
};

/** Puts a connection on a channel if it may be there: the cheapest check first, the signature before any parsing. */
export function subscribe(
  connection: Connection,
  message: SubscribeMessage,
  hmacHex: HmacHex,
  nowMs: number,
): Effect[] {
  const { state } = connection;
  const name = parseChannelName(message.channel, channelNameLimit(state.app.settings));
  if (!name.ok) return refuseSubscription(connection, message.channel, name.error);
  const traits = channelTraits(name.value);
  if (traits.access === "user") return subscribeToOwnUser(connection, name.value);

  const isSubscribed = connection.subscriptions.has(name.value);
  const guard = checkCount(connection, name.value, isSubscribed);
  if (guard) return guard;
  const ticket = admit(connection, name.value, traits, message, hmacHex, nowMs);
  if (!ticket.ok) return refuseTicket(connection, name.value, ticket.error);
  if (isSubscribed) return joinAgain(connection, channelOf(state, name.value), message);
  return join(connection, name.value, ticket.value, message, nowMs);
}

/** What a connection has proved for one channel. */
interface Ticket {
  readonly subscription: Subscription;
  readonly member: Member | undefined;
}

const OPEN_TICKET: Ticket = { subscription: OPEN, member: undefined };

function admit(
  connection: Connection,
  channel: ChannelName,
  traits: ChannelTraits,
  { auth, channelData }: SubscribeMessage,
  hmacHex: HmacHex,
  nowMs: number,
): Result<Ticket> {
  if (traits.access === "public") return ok(OPEN_TICKET);
  if (traits.isPresence && channelData === undefined && !connection.user) {
    return fail(new UsherError("presence_data_missing", { channel }));
  }
  const secret = authorizeSubscription(connection, channel, traits.isPresence, auth, channelData, hmacHex);
  if (!secret.ok) return secret;
  const secretId = secret.value.id;
  if (!traits.isPresence) {
    const refusal = takenBack(connection, channel, undefined, nowMs);
    if (refusal) return fail(refusal);
    return ok({ subscription: { ...OPEN, secretId }, member: undefined });
  }

  const member = memberFor(connection, channelData);
  if (!member.ok) return member;
  const { userId } = member.value;
  const refusal = takenBack(connection, channel, userId, nowMs);
  if (refusal) return fail(refusal);
  if (isFull(connection.state, channel, userId)) {
    const limit = connection.state.app.settings.presenceLimits.members;
    return fail(new UsherError("presence_channel_full", { channel, limit }));
  }
  const isSignedInUser = channelData === undefined;
  return ok({ subscription: { ...OPEN, userId, secretId, isSignedInUser }, member: member.value });
}

/** Why a good signature does not count; asked after the check, so that nobody learns it by guessing. */
function takenBack(
  connection: Connection,
  channel: ChannelName,
  userId: string | undefined,
  nowMs: number,
): UsherError | undefined {
  if (connection.revokedChannels?.has(channel)) {
    const reason = "the authorization of this connection for the channel was taken back";
    return new UsherError("reauthorization_required", { reason });
  }
  return connection.state.restrictions?.refusal(connection, channel, userId, nowMs);
}

/** The member that channel_data names, or else the signed-in user. */
function memberFor(connection: Connection, channelData: string | undefined): Result<Member> {
  const { presenceLimits, strict } = connection.state.app.settings;
  if (channelData !== undefined) return parseChannelData(channelData, presenceLimits, strict);
  const user = connection.user;
  if (!user) throw new Error("a presence subscription without channel_data needs a signed-in user");
  return checkMemberSize({ userId: user.id, userInfoJson: user.userInfoJson }, presenceLimits);
}

/** A further connection of a member who is in already never makes a channel fuller. */
function isFull(state: AppState, channel: ChannelName, userId: string): boolean {
  const roster = state.channels.get(channel)?.roster;
  if (!roster) return state.app.settings.presenceLimits.members < 1;
  return roster.size >= state.app.settings.presenceLimits.members && !roster.has(userId);
}

/** A further subscription changes nothing; a client that counts goes on from where the channel stands. */
function joinAgain(connection: Connection, channel: Channel, { resume }: SubscribeMessage): Effect[] {
  const { state, subscriptions } = connection;
  const said = [succeeded(connection, channel)];
  const position = resume && state.history?.position(channel.name);
  const subscription = subscriptions.get(channel.name);
  if (!position || !subscription) return said;
  subscriptions.set(channel.name, { ...subscription, isResumable: true });
  return [...said, send(connection, { kind: "position", channel: channel.name, ...position })];
}

function join(
  connection: Connection,
  name: ChannelName,
  ticket: Ticket,
  { resume }: SubscribeMessage,
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
  if (channel.traits.access !== "public") {
    state.unauthorized.delete(connection);
    connection.firstGrantAtMs ??= nowMs;
  }
  // Join before reading the roster: pusher-js takes `members.me` from the hash in subscription_succeeded, so the
  // joining user must already be in it.
  const isNewMember = ticket.member !== undefined && channel.roster?.add(ticket.member) === true;

  const effects: Effect[] = [{ kind: "join", connection, channel: name }, succeeded(connection, channel)];
  // First the cached event, which the client does not count, and then from where on it counts.
  if (channel.traits.isCache && !caughtUp?.isComplete)
    effects.push(...cachedEvent(connection, channel, nowMs));
  if (caughtUp) effects.push(...caughtUp.effects);
  if (!isOccupied) effects.push(note(connection, { kind: "occupied", channel: name }));
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
  return effects;
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
  const { name, connections } = channel;
  return [
    deliver(
      connection.state,
      name,
      connections,
      { kind: "memberAdded", channel: name, member },
      connection,
      nowMs,
    ),
    note(connection, { kind: "memberAdded", channel: name, userId: member.userId }),
  ];
}

/** pusher-js subscribes to its user's channel by itself after signing in; events flow there from the sign-in on. */
function subscribeToOwnUser(connection: Connection, channel: ChannelName): Effect[] {
  if (connection.user === undefined || userOfChannel(channel) !== connection.user.id) {
    return refuseSubscription(connection, channel, new UsherError("server_channel_forbidden", { channel }));
  }
  return [
    { kind: "join", connection, channel },
    send(connection, { kind: "subscriptionSucceeded", channel }),
  ];
}

function checkCount(
  connection: Connection,
  channel: ChannelName,
  isSubscribed: boolean,
): Effect[] | undefined {
  const { strict, channelsPerConnection } = connection.state.app.settings;
  if (isSubscribed) {
    if (!strict) return undefined;
    return refuse(connection, "subscribe", new UsherError("already_subscribed", { channel }), channel);
  }
  if (connection.subscriptions.size < channelsPerConnection) return undefined;
  const error = new UsherError("too_many_channels", { limit: channelsPerConnection });
  return refuseSubscription(connection, channel, error);
}

/**
 * Whose signature counts no more on this connection is sent away. The channel's handlers hear of it only where the client
 * is to stay away: one that comes back asks for the channel again by itself, and its page need not know.
 */
function refuseTicket(connection: Connection, channel: ChannelName, error: UsherError): Effect[] {
  const { closeCode, subscription } = error.spec;
  if (closeCode === undefined) return refuseSubscription(connection, channel, error);
  const said = subscription ? [subscriptionError(connection, channel, error)] : [];
  return [...said, ...refuseAndClose(connection, "subscribe", error, channel)];
}

/**
 * Two frames: the first reaches the channel's own handlers in pusher-js, Echo, Java and Swift; the second makes .NET
 * fail at once, which waits for nothing else.
 */
function refuseSubscription(connection: Connection, channel: string, error: UsherError): Effect[] {
  return [subscriptionError(connection, channel, error), ...refuse(connection, "subscribe", error, channel)];
}

function channelOf(state: AppState, name: ChannelName): Channel {
  return state.channels.get(name) ?? new Channel(name);
}
