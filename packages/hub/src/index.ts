export {
  type App,
  type AppKey,
  type AppSecret,
  type AppSettings,
  channelNameLimit,
  DEFAULT_APP_SETTINGS,
} from "./app.ts";
export type { AppState } from "./app-state.ts";
export type { GapReason, HistoryPage } from "./channel-history.ts";
export { type ChannelInfo, channelInfo, occupiedChannels } from "./channel-info.ts";
export type { PastEvent, Position } from "./channel-log.ts";
export { clientEventProblem, type StandInClientEvent } from "./client-event.ts";
export type { Admitted } from "./connect.ts";
export type { Connection, Subscription } from "./connection.ts";
export type { ConnectionInfo, ConnectRequest } from "./connection-info.ts";
export type { Effect, GrantsEndedCause, Note, RefusableOperation } from "./effect.ts";
export type { GrantsEnded } from "./end-grants.ts";
export type { CachedEvent } from "./event-cache.ts";
export { Hub, type HubOptions } from "./hub.ts";
export type {
  CarriedEvent,
  Elsewhere,
  ElsewhereChange,
  Here,
  HistoryCopy,
  OpenedPlace,
  Place,
} from "./place.ts";
export { Recall } from "./recall.ts";
export type { Restriction } from "./restrictions.ts";
export type { GrantScope } from "./revoke-grants.ts";
export { TokenBucket } from "./token-bucket.ts";
export type { TriggeredEvent } from "./trigger.ts";
