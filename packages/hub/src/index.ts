export {
  type App,
  type AppKey,
  type AppSecret,
  type AppSettings,
  channelNameLimit,
  DEFAULT_APP_SETTINGS,
} from "./app.ts";
export type { AppState } from "./app-state.ts";
export { type ChannelInfo, channelInfo, occupiedChannels } from "./channel-info.ts";
export type { Admitted } from "./connect.ts";
export type { Connection, ConnectRequest, Subscription } from "./connection.ts";
export type { Effect, Note, RefusableOperation } from "./effect.ts";
export { Hub, type HubOptions } from "./hub.ts";
export { TokenBucket } from "./token-bucket.ts";
export type { TriggeredEvent } from "./trigger.ts";
