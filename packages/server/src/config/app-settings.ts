import { type AppSettings, DEFAULT_APP_SETTINGS } from "@usher/hub";
import { fail, ok, type Result } from "@usher/protocol";
import { z } from "zod";
import { channelPrefix, onOff, originPattern, whole } from "./expectations.ts";
import { type ValueProblem, valueProblems } from "./value-problems.ts";

/** The settings of an app that differ from the defaults; only these are stored. */
export type AppSettingsOverrides = Partial<Omit<AppSettings, "presenceLimits">> & {
  readonly presenceLimits?: Partial<AppSettings["presenceLimits"]>;
};

/** Reads the settings of an app as people write them: a JSON object or TOML table, keys in snake case. */
export function parseAppSettings(input: unknown): Result<AppSettingsOverrides, readonly ValueProblem[]> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) return fail(valueProblems(parsed.error, input, knownKeys));
  const { presence_limits, ...flat } = parsed.data;
  const limits = rename(presence_limits ?? {}, invert(PRESENCE_LIMIT_KEYS));
  const settings = rename(flat, invert(SETTING_KEYS));
  return ok(Object.keys(limits).length === 0 ? settings : { ...settings, presenceLimits: limits }) as Result<
    AppSettingsOverrides,
    never
  >;
}

/** The inverse of {@link parseAppSettings}: what was overridden, as people write it. */
export function printAppSettings(overrides: AppSettingsOverrides): Record<string, unknown> {
  const { presenceLimits, ...flat } = overrides;
  const printed = rename(flat, SETTING_KEYS);
  if (!presenceLimits) return printed;
  return { ...printed, presence_limits: rename(presenceLimits, PRESENCE_LIMIT_KEYS) };
}

export function mergeAppSettings(overrides: AppSettingsOverrides): AppSettings {
  return {
    ...DEFAULT_APP_SETTINGS,
    ...overrides,
    presenceLimits: { ...DEFAULT_APP_SETTINGS.presenceLimits, ...overrides.presenceLimits },
  };
}

/** The name of a setting as people write it, with a dot for what lies in an object. */
export type AppSettingKey = SettingKey | `presence_limits.${keyof typeof presenceLimits.shape}`;

/** Every key an app's settings may have, in dots: `client_events`, `presence_limits.members`, ... */
export function appSettingKeys(): AppSettingKey[] {
  return knownKeys([]).flatMap((key) =>
    key === "presence_limits" ? knownKeys([key]).map((limit) => `${key}.${limit}`) : [key],
  ) as AppSettingKey[];
}

/** What each setting may be, as JSON Schema of the object that {@link parseAppSettings} reads. */
export function appSettingsJsonSchema(): object {
  return z.toJSONSchema(schema);
}

function wholeOrUnlimited(min: number, max: number) {
  return whole(min, max, "null for unlimited").nullable();
}

const ORIGINS =
  'a list of origins such as ["https://example.com", "https://*.example.com"], or null for every origin';

const origins = z.array(originPattern, { error: ORIGINS }).min(1, { error: ORIGINS }).nullable();

const PREFIXES =
  'a list of beginnings of channel names such as ["chat-", "presence-room-"], or null for none';

const prefixes = z.array(channelPrefix, { error: PREFIXES }).min(1, { error: PREFIXES }).nullable();

const presenceLimits = z.strictObject(
  {
    members: whole(1, 100_000).optional(),
    member_bytes: whole(1, 1_048_576).optional(),
    user_id_length: whole(1, 1_024).optional(),
  },
  { error: 'an object such as {"members": 100}' },
);

const schema = z.strictObject(
  {
    force_tls: onOff.optional(),
    client_events: onOff.optional(),
    subscription_counting: onOff.optional(),
    authorized_connections: onOff.optional(),
    authorization_timeout: whole(1, 3_600).optional(),
    subscription_lifetime_seconds: whole(1, 31_536_000, "null for ever").nullable().optional(),
    watchlist_events: onOff.optional(),
    connection_quota: wholeOrUnlimited(1, 100_000_000).optional(),
    message_quota: wholeOrUnlimited(1, 1_000_000_000_000).optional(),
    allowed_origins: origins.optional(),
    data_limit: whole(1, 16_777_216).optional(),
    presence_limits: presenceLimits.optional(),
    client_event_rate: whole(1, 100_000).optional(),
    cache_lifetime: whole(1, 86_400).optional(),
    history_prefixes: prefixes.optional(),
    history_events: whole(1, 10_000).optional(),
    history_seconds: whole(1, 86_400).optional(),
    // Never 0: pusher-js gives up on a handshake without an activity timeout.
    activity_timeout: whole(1, 86_400).optional(),
    channels_per_connection: whole(1, 1_000_000).optional(),
    channel_name_length: whole(1, 1_000).optional(),
    event_name_length: whole(1, 1_000).optional(),
    channels_per_event: whole(1, 10_000).optional(),
    batch_size: whole(1, 10_000).optional(),
    watchlist_limit: whole(1, 10_000).optional(),
    server_event_rate: wholeOrUnlimited(1, 1_000_000).optional(),
    read_rate: wholeOrUnlimited(1, 1_000_000).optional(),
    console_payloads: onOff.optional(),
    strict: onOff.optional(),
  },
  { error: 'a JSON object such as {"client_events": true}' },
);

type SettingKey = Exclude<keyof typeof schema.shape, "presence_limits">;

// Keyed by our own names, so that a setting added to the hub does not compile until people can write it.
const SETTING_KEYS = {
  forceTls: "force_tls",
  clientEvents: "client_events",
  subscriptionCounting: "subscription_counting",
  authorizedConnections: "authorized_connections",
  authorizationTimeoutSeconds: "authorization_timeout",
  subscriptionLifetimeSeconds: "subscription_lifetime_seconds",
  watchlistEvents: "watchlist_events",
  connectionQuota: "connection_quota",
  messageQuota: "message_quota",
  allowedOrigins: "allowed_origins",
  dataLimitBytes: "data_limit",
  clientEventRate: "client_event_rate",
  cacheLifetimeSeconds: "cache_lifetime",
  historyPrefixes: "history_prefixes",
  historyEvents: "history_events",
  historySeconds: "history_seconds",
  activityTimeoutSeconds: "activity_timeout",
  channelsPerConnection: "channels_per_connection",
  channelNameLength: "channel_name_length",
  eventNameLength: "event_name_length",
  channelsPerEvent: "channels_per_event",
  batchSize: "batch_size",
  watchlistLimit: "watchlist_limit",
  serverEventRate: "server_event_rate",
  readRate: "read_rate",
  consolePayloads: "console_payloads",
  strict: "strict",
} as const satisfies Record<keyof Omit<AppSettings, "presenceLimits">, SettingKey>;

const PRESENCE_LIMIT_KEYS = {
  members: "members",
  memberBytes: "member_bytes",
  userIdLength: "user_id_length",
} as const satisfies Record<keyof AppSettings["presenceLimits"], keyof typeof presenceLimits.shape>;

function knownKeys(path: readonly string[]): readonly string[] {
  return Object.keys(path[0] === "presence_limits" ? presenceLimits.shape : schema.shape);
}

function rename(object: object, names: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) =>
      value === undefined ? [] : [[names[key] ?? key, value]],
    ),
  );
}

function invert(names: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(names).map(([from, to]) => [to, from]));
}
