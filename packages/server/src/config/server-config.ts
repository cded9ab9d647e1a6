import type { Role } from "../admin/principal.ts";
import type { AppSettingsOverrides } from "./app-settings.ts";

/** The server's configuration, complete: no default is added further in. */
export interface ServerConfig {
  readonly mode: "development" | "production";
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly opsHost: string;
  /** 0 for any free port. */
  readonly opsPort: number;
  /** Where clients and browsers find the server when that is not host and port. */
  readonly publicUrl: string | null;
  /** Empty, or a path with a leading and no trailing slash. */
  readonly pathPrefix: string;
  readonly dataDir: string;
  /** 32 bytes as hex or base64; `null` for the one in the data folder. */
  readonly masterKey: string | null;
  /** Where PostgreSQL is; `null` for the embedded database in the data folder. */
  readonly databaseUrl: string | null;
  /** Where the Redis is that joins several servers to one; `null` for a server of its own. */
  readonly redisUrl: string | null;
  /** What names in Redis begin with. */
  readonly redisPrefix: string;
  readonly logLevel: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";
  readonly logFormat: "json" | "pretty";
  /** Processes that share the port. */
  readonly workers: number;
  readonly maxRequestBytes: number;
  readonly maxFrameBytes: number;
  /** For one connection. */
  readonly maxBufferedBytes: number;
  /** `null` for unlimited. */
  readonly maxConnections: number | null;
  /** Clients let in a second; `null` for no limit. */
  readonly acceptRate: number | null;
  readonly acceptWaitMs: number;
  readonly drainDelaySeconds: number;
  readonly drainSeconds: number;
  readonly httpTimeWindowSeconds: number;
  /** Origins, or `*` alone for all. */
  readonly corsOrigins: readonly string[];
  /** Serve clients over plain HTTP where no WebSocket gets through. */
  readonly httpFallback: boolean;
  readonly trustProxy: boolean;
  /** The port on which the admin API and the dashboard are; `off` for none. */
  readonly admin: "main" | "ops" | "off";
  /** Serve the dashboard beside the admin API. */
  readonly dashboard: boolean;
  /** Gets the first app's webhooks; `null` for none. */
  readonly webhookUrl: string | null;
  /** Webhooks may reach private and loopback addresses. */
  readonly webhookAllowPrivate: boolean;
  /** Log-in of operators with OpenID Connect; `null` without it. */
  readonly oidc: OidcConfig | null;
  readonly firstApp: FirstAppConfig;
}

/** Log-in with OpenID Connect. */
export interface OidcConfig {
  /** https, or http on loopback. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly allowed: readonly AllowedAccounts[];
}

/** Whose accounts may log in, and the role that a new one gets. */
export interface AllowedAccounts {
  /** An e-mail address, or `@` and a domain for all addresses in it; in lower case. */
  readonly accounts: string;
  readonly role: Role;
}

/** What configuration says about the first app. */
export interface FirstAppConfig {
  /** `null` when none were given: then an app is generated in a store that has none. */
  readonly credentials: AppCredentials | null;
  /** `null` when none were given, which leaves the settings of an existing app alone. */
  readonly settings: AppSettingsOverrides | null;
}

export interface AppCredentials {
  readonly id: string;
  readonly key: string;
  readonly secret: string;
}
