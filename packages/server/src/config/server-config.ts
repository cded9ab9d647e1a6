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
  /** Where clients find the server when that is not host and port; only for what is printed. */
  readonly publicUrl: string | null;
  /** Empty, or a path with a leading and no trailing slash. */
  readonly pathPrefix: string;
  readonly dataDir: string;
  readonly logLevel: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";
  readonly logFormat: "json" | "pretty";
  readonly maxRequestBytes: number;
  readonly maxFrameBytes: number;
  /** For one connection. */
  readonly maxBufferedBytes: number;
  /** `null` for unlimited. */
  readonly maxConnections: number | null;
  readonly drainSeconds: number;
  readonly httpTimeWindowSeconds: number;
  /** Origins, or `*` alone for all. */
  readonly corsOrigins: readonly string[];
  readonly trustProxy: boolean;
  readonly firstApp: FirstAppConfig;
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
