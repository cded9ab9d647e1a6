import { channelTraits, type SocketId } from "@usher/protocol";
import { channelSharedSecret, signChannel, signUser } from "@usher/sdk";
import type { Credentials } from "./credentials.ts";
import type { Allowed, UserToSignIn } from "./rule.ts";
import { RuleError } from "./rule-error.ts";

/** What a client gets for a channel that it may join. */
export interface ChannelAnswer {
  readonly auth: string;
  /** JSON text, which the client sends on as it is. */
  readonly channel_data?: string;
  readonly shared_secret?: string;
}

/** What a client gets that may sign in. */
export interface UserAnswer {
  readonly auth: string;
  readonly user_data: string;
}

export async function signAllowed(
  { key, secret, masterKey }: Credentials,
  socketId: SocketId,
  channel: string,
  { member, rule }: Allowed,
): Promise<ChannelAnswer> {
  const channelData =
    member && JSON.stringify({ user_id: member.id, ...(member.info && { user_info: member.info }) });
  const signed = await signChannel({ key, secret, socketId, channel, channelData });
  if (!channelTraits(channel).isEncrypted) return signed;
  if (masterKey === undefined) throw new RuleError(`encryptionMasterKeyBase64: the rule ${rule} needs it`);
  return { ...signed, shared_secret: await channelSharedSecret(channel, masterKey) };
}

export async function signSignIn(
  { key, secret }: Credentials,
  socketId: SocketId,
  { id, info, watchlist }: UserToSignIn,
): Promise<UserAnswer> {
  const userData = JSON.stringify({ id, ...(info && { user_info: info }), ...(watchlist && { watchlist }) });
  return signUser({ key, secret, socketId, userData });
}
