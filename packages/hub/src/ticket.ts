import {
  type ChannelName,
  type ChannelTraits,
  type ClientMessage,
  checkMemberSize,
  fail,
  type HmacHex,
  type Member,
  ok,
  parseChannelData,
  type Result,
  UsherError,
} from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import { authorizeSubscription } from "./authorize.ts";
import type { Connection, Subscription } from "./connection.ts";

type SubscribeMessage = Extract<ClientMessage, { kind: "subscribe" }>;

/** What a connection has proved for one channel. */
export interface Ticket {
  readonly subscription: Subscription;
  readonly member: Member | undefined;
}

const OPEN: Subscription = {
  userId: undefined,
  secretId: undefined,
  isSignedInUser: false,
  isResumable: false,
};

const OPEN_TICKET: Ticket = { subscription: OPEN, member: undefined };

/** May this connection be on this channel, and as whom? The signature is checked before anything is parsed. */
export function admit(
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
    const ticket = { subscription: { ...OPEN, secretId }, member: undefined };
    const refusal = refusalOf(connection, channel, ticket, nowMs);
    return refusal ? fail(refusal) : ok(ticket);
  }

  const member = memberFor(connection, channelData);
  if (!member.ok) return member;
  const { userId } = member.value;
  const isSignedInUser = channelData === undefined;
  const ticket = { subscription: { ...OPEN, userId, secretId, isSignedInUser }, member: member.value };
  const refusal = refusalOf(connection, channel, ticket, nowMs);
  return refusal ? fail(refusal) : ok(ticket);
}

/** What forbids a join although its signature is good; undefined when nothing does right now. */
export function refusalOf(
  connection: Connection,
  channel: ChannelName,
  { subscription, member }: Ticket,
  nowMs: number,
): UsherError | undefined {
  if (subscription.secretId === undefined) return undefined;
  const refusal = takenBack(connection, channel, member?.userId, nowMs);
  if (refusal || !member || !isFull(connection.state, channel, member.userId)) return refusal;
  const limit = connection.state.app.settings.presenceLimits.members;
  return new UsherError("presence_channel_full", { channel, limit });
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
  const roster = state.channels.get(channel)?.roster ?? state.places?.channels.get(channel)?.roster;
  if (!roster) return state.app.settings.presenceLimits.members < 1;
  return roster.size >= state.app.settings.presenceLimits.members && !roster.has(userId);
}
