import type { Restriction } from "./restrictions.ts";

/** One tenant, as the hub and the edges see it: an immutable snapshot, replaced whole when the app changes. */
export interface App {
  /** Numeric when Usher made it: three official libraries refuse or mangle other ids. A given id is taken as it is. */
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly keys: readonly AppKey[];
  readonly settings: AppSettings;
  /** What is taken back although its signature is good. */
  readonly restrictions: readonly Restriction[];
}

/** A public key with every secret that is accepted for it right now. */
export interface AppKey {
  readonly key: string;
  /** In order of verification, the signing secret first. Never empty. */
  readonly secrets: readonly AppSecret[];
}

export interface AppSecret {
  /** Names the secret in logs, metrics and evidence of use; never derived from its value. */
  readonly id: string;
  readonly value: string;
}

/** Settings that change protocol behaviour, with every default filled in. `null` means unlimited. */
export interface AppSettings {
  /** Plain `ws` is refused with 4000. */
  readonly forceTls: boolean;
  readonly clientEvents: boolean;
  readonly subscriptionCounting: boolean;
  /** Connections that prove nothing within `authorizationTimeoutSeconds` are closed with 4009. */
  readonly authorizedConnections: boolean;
  readonly authorizationTimeoutSeconds: number;
  /** A connection is ended, with 4200, once its first authorized subscription or sign-in is as old as that. */
  readonly subscriptionLifetimeSeconds: number | null;
  readonly watchlistEvents: boolean;
  /** Most connections at one time; the next is refused with 4004. */
  readonly connectionQuota: number | null;
  /** Most messages (API calls and deliveries) in one UTC day; past it the HTTP API answers 403. */
  readonly messageQuota: number | null;
  /** Origins that browsers may connect from, such as `https://example.com` or `https://*.example.com`; `null` allows all. */
  readonly allowedOrigins: readonly string[] | null;
  /** Most UTF-8 bytes of `data` in one event. */
  readonly dataLimitBytes: number;
  readonly presenceLimits: {
    readonly members: number;
    /** Most UTF-8 bytes of `user_id` and `user_info` together, serialised. */
    readonly memberBytes: number;
    readonly userIdLength: number;
  };
  /** Client events a second on one connection. */
  readonly clientEventRate: number;
  readonly cacheLifetimeSeconds: number;
  /** Channels whose names begin so have their last events kept, `*` being all; `null` for none. */
  readonly historyPrefixes: readonly string[] | null;
  /** How many events are kept for each of them at most, and for how long. */
  readonly historyEvents: number;
  readonly historySeconds: number;
  readonly activityTimeoutSeconds: number;
  readonly channelsPerConnection: number;
  readonly channelNameLength: number;
  readonly eventNameLength: number;
  readonly channelsPerEvent: number;
  readonly batchSize: number;
  readonly watchlistLimit: number;
  /** Events a second through the HTTP API, for the whole app; past it 429. */
  readonly serverEventRate: number | null;
  /** Read requests a second through the HTTP API, for the whole app; past it 429. */
  readonly readRate: number | null;
  /** The debug console may show the data of events. */
  readonly consolePayloads: boolean;
  /** Follows the hosted service where Usher is more lenient by default; `docs/settings.md` lists each point. */
  readonly strict: boolean;
}

/** What Pusher's documentation gives, and generous guards where it gives nothing. */
export const DEFAULT_APP_SETTINGS: AppSettings = {
  forceTls: false,
  clientEvents: false,
  subscriptionCounting: false,
  authorizedConnections: false,
  authorizationTimeoutSeconds: 30,
  subscriptionLifetimeSeconds: null,
  watchlistEvents: false,
  connectionQuota: null,
  messageQuota: null,
  allowedOrigins: null,
  dataLimitBytes: 10_240,
  presenceLimits: { members: 100, memberBytes: 1_024, userIdLength: 128 },
  clientEventRate: 10,
  cacheLifetimeSeconds: 1_800,
  historyPrefixes: null,
  historyEvents: 100,
  historySeconds: 120,
  activityTimeoutSeconds: 120,
  channelsPerConnection: 10_000,
  channelNameLength: 200,
  eventNameLength: 200,
  channelsPerEvent: 100,
  batchSize: 10,
  watchlistLimit: 100,
  serverEventRate: null,
  readRate: null,
  consolePayloads: false,
  strict: false,
};

const STRICT_CHANNEL_NAME_LENGTH = 164;

/** How long a channel name may be: the documented length in a strict app, else what server libraries allow. */
export function channelNameLimit({ strict, channelNameLength }: AppSettings): number {
  return strict ? Math.min(STRICT_CHANNEL_NAME_LENGTH, channelNameLength) : channelNameLength;
}
