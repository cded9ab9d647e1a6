export {
  type ChannelToSign,
  channelSharedSecret,
  type SignedChannel,
  type SignedUser,
  signChannel,
  signUser,
  type UserToSign,
} from "./authorize-channel.ts";
export type { ChannelEvent, ChannelHistory, HistoryOptions } from "./channel-history.ts";
export type { Cipher } from "./cipher.ts";
export type {
  AnyEvents,
  BatchEvent,
  ChannelOf,
  DataOf,
  EventMap,
  EventOf,
  UserDataOf,
  UserEventOf,
} from "./event-types.ts";
export type { GrantsRevoked, GrantsToRevoke, Restriction } from "./grants.ts";
export { hmacSha256Hex } from "./hmac.ts";
export type { Fetch, UsherOptions } from "./options.ts";
export { ParameterError, type ParameterErrorCode } from "./parameter-error.ts";
export { RequestError } from "./request-error.ts";
export type { RetryPolicy } from "./retry.ts";
export type { QueryParams, RequestToSign } from "./signed-query.ts";
export { Token } from "./token.ts";
export {
  type ChannelAuthorization,
  type GetOptions,
  type PostOptions,
  type PresenceChannelData,
  type RequestOptions,
  type TriggerParams,
  type UserChannelData,
  // For code that is moving: `import { Pusher } from "@usher/sdk"`.
  Usher,
  Usher as Pusher,
  type WebhookFunction,
} from "./usher.ts";
export type { VerifiedWebhook, VerifyWebhookOptions } from "./verify-webhook.ts";
export type { KeyAndSecret, WebHook, WebhookData, WebhookHeaders, WebhookRequest } from "./webhook.ts";
export { WebHookError, type WebhookErrorCode } from "./webhook-error.ts";
export type { WebhookEvent } from "./webhook-events.ts";
