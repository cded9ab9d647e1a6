import type { AppSettingKey } from "./app-settings.ts";

/** What people read about a setting, in the documentation, the admin API and the dashboard. */
export interface AppSettingText {
  readonly group: AppSettingGroup;
  /** What a number counts, in the plural; null for what is no number. */
  readonly unit: string | null;
  readonly description: string;
}

export type AppSettingGroup = "connections" | "features" | "limits" | "compatibility";

/** In the order in which they are shown. The tables of `docs/settings.md` have the same texts. */
export const APP_SETTING_TEXTS = {
  force_tls: setting("connections", null, "Plain `ws://` is refused with 4000"),
  allowed_origins: setting(
    "connections",
    null,
    "Origins whose pages may connect; another page is refused with 4009. `null` allows all",
  ),
  connection_quota: setting(
    "connections",
    "connections",
    "Most connections at one time; the next is refused with 4004. `null` means unlimited",
  ),
  authorized_connections: setting(
    "connections",
    null,
    "Who neither signs in nor joins a private or presence channel in time is closed with 4009",
  ),
  authorization_timeout: setting("connections", "seconds", "That time, in seconds; 1 to 3600"),
  subscription_lifetime_seconds: setting(
    "connections",
    "seconds",
    "Seconds until a connection is closed with 4200, to authorize anew. `null` means never",
  ),
  activity_timeout: setting(
    "connections",
    "seconds",
    "Seconds of silence after which a client checks the connection; 1 to 86400",
  ),

  client_events: setting(
    "features",
    null,
    "Clients may send `client-` events on private and presence channels",
  ),
  client_event_rate: setting(
    "features",
    "events a second",
    "Client events a second on one connection; what is over it is dropped with error 4301",
  ),
  subscription_counting: setting(
    "features",
    null,
    "Channels, presence channels aside, tell how many connections are subscribed",
  ),
  watchlist_events: setting(
    "features",
    null,
    "Signed-in users hear when users on their watchlist come and go",
  ),
  watchlist_limit: setting(
    "features",
    "users",
    "Most users on one watchlist; the others are left out with error 4302",
  ),
  console_payloads: setting(
    "features",
    null,
    "The debug console shows the data of events, values with telling names hidden; never of encrypted channels",
  ),
  history_prefixes: setting(
    "features",
    null,
    "Channels whose names begin so keep their last events, for clients that come back. `null` means none",
  ),
  history_events: setting("features", "events", "Most events that each of them keeps; 1 to 10000"),
  history_seconds: setting("features", "seconds", "Seconds for which it keeps an event; 1 to 86400"),
  channels_per_connection: setting(
    "features",
    "channels",
    "Most channels that one connection is subscribed to",
  ),

  data_limit: setting(
    "limits",
    "bytes",
    "Most bytes (UTF-8) of `data` in one event: 413 over HTTP, an error for client events",
  ),
  channel_name_length: setting("limits", "characters", "Longest name of a channel"),
  event_name_length: setting("limits", "characters", "Longest name of an event"),
  channels_per_event: setting("limits", "channels", "Most channels of one event sent through the HTTP API"),
  batch_size: setting("limits", "events", "Most events of one batch sent through the HTTP API"),
  cache_lifetime: setting(
    "limits",
    "seconds",
    "Seconds for which a cache channel keeps its last event; 1 to 86400",
  ),
  "presence_limits.members": setting(
    "limits",
    "members",
    "Most members of a presence channel, each with any number of connections",
  ),
  "presence_limits.member_bytes": setting(
    "limits",
    "bytes",
    "Most bytes (UTF-8) of a member's `user_id` and `user_info` together",
  ),
  "presence_limits.user_id_length": setting("limits", "characters", "Longest `user_id`"),
  server_event_rate: setting(
    "limits",
    "events a second",
    "Events a second through the HTTP API; past it 429",
  ),
  read_rate: setting(
    "limits",
    "requests a second",
    "Read requests a second through the HTTP API; past it 429",
  ),
  message_quota: setting(
    "limits",
    "messages a day",
    "Most messages (API calls and deliveries) in one UTC day; past it 403",
  ),

  strict: setting("compatibility", null, "Follows the hosted service where Usher is more lenient by default"),
} as const satisfies Record<AppSettingKey, AppSettingText>;

function setting(group: AppSettingGroup, unit: string | null, description: string): AppSettingText {
  return { group, unit, description };
}
