import { z } from "zod";
import {
  allowedAccounts,
  appName,
  hostName,
  httpUrl,
  masterKey,
  nonEmptyText,
  oidcIssuer,
  oneOf,
  onOff,
  originOrStar,
  postgresUrl,
  redisPrefix,
  redisUrl,
  textLike,
  webhookUrl,
  whole,
} from "./expectations.ts";

/** What is known about one key of the server's configuration. */
export interface ConfigKeySpec {
  /** How text from a flag or a variable becomes a value. */
  readonly kind: "text" | "number" | "boolean" | "list" | "json";
  readonly schema: z.ZodType;
  /** One line for `--help`. */
  readonly about: string;
  /** Names of its variables, where they do not follow from the key; the first that is set counts. */
  readonly env?: readonly string[];
  /** May a variable `..._FILE` name a file that holds the value? */
  readonly fromFile?: true;
  readonly isSecret?: true;
}

/**
 * Every key of the server's configuration, as a file has it; `app.id` is `id` under `[app]`. Flags and variables follow
 * from the key: `ops_port` is `--ops-port` and `USHER_OPS_PORT`.
 */
export const CONFIG_KEYS = {
  host: {
    kind: "text",
    schema: hostName.default("127.0.0.1"),
    about: "address to listen on for WebSockets and the HTTP API",
  },
  port: {
    kind: "number",
    env: ["USHER_PORT", "PORT"],
    schema: whole(0, 65_535).default(6_001),
    about: "port to listen on; 0 takes any free one",
  },
  ops_host: {
    kind: "text",
    schema: hostName.default("127.0.0.1"),
    about: "address to listen on for health checks and metrics",
  },
  ops_port: {
    kind: "number",
    schema: whole(0, 65_535).default(9_601),
    about: "port to listen on for health checks and metrics; 0 takes any free one",
  },
  public_url: {
    kind: "text",
    schema: httpUrl.optional(),
    about: "address that clients and browsers use, where it differs from host and port",
  },
  path_prefix: {
    kind: "text",
    schema: textLike(/^(\/[A-Za-z0-9._~-]+)*\/?$/, 'a path such as "/realtime"')
      .transform((path) => path.replace(/\/$/, ""))
      .default(""),
    about: "path before /app and /apps",
  },
  data_dir: {
    kind: "text",
    schema: nonEmptyText.default(".usher"),
    about: "folder of the database; made when it is missing",
  },
  master_key: {
    kind: "text",
    fromFile: true,
    isSecret: true,
    schema: masterKey.optional(),
    about: "seals secrets in the database; without it one is kept in data_dir; prefer USHER_MASTER_KEY_FILE",
  },
  database_url: {
    kind: "text",
    fromFile: true,
    // Often with a password in it.
    isSecret: true,
    schema: postgresUrl.optional(),
    about: "PostgreSQL database to use instead of the embedded one; prefer USHER_DATABASE_URL_FILE",
  },
  redis_url: {
    kind: "text",
    fromFile: true,
    // Often with a password in it.
    isSecret: true,
    schema: redisUrl.optional(),
    about: "Redis that joins several servers to one; prefer USHER_REDIS_URL_FILE",
  },
  redis_prefix: {
    kind: "text",
    schema: redisPrefix.default("usher"),
    about: "what names in Redis begin with; tells clusters apart that share one",
  },
  mode: {
    kind: "text",
    env: ["USHER_ENV"],
    schema: oneOf(["development", "production"]).optional(),
    about: "development or production; without it NODE_ENV=production means production",
  },
  log_level: {
    kind: "text",
    schema: oneOf(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
    about: "least severe level that is logged",
  },
  log_format: {
    kind: "text",
    schema: oneOf(["json", "pretty"]).optional(),
    about: "json or pretty; pretty by default in development on a terminal",
  },
  workers: {
    kind: "number",
    schema: whole(1, 256, '"auto"').or(z.literal("auto")).default(1),
    about: "processes that share the port; auto starts one for each processor; more than one needs redis_url",
  },
  max_request_bytes: {
    kind: "number",
    schema: whole(1_024, 268_435_456).default(1_048_576),
    about: "largest body of a request to the HTTP API",
  },
  max_frame_bytes: {
    kind: "number",
    schema: whole(1_024, 16_777_216).default(131_072),
    about: "largest frame that a client may send",
  },
  max_buffered_bytes: {
    kind: "number",
    schema: whole(1_024, 1_073_741_824).default(1_048_576),
    about: "most bytes that wait for one slow connection before it is closed",
  },
  max_connections: {
    kind: "number",
    schema: whole(1, 10_000_000, '"unlimited"').or(z.literal("unlimited")).default("unlimited"),
    about: "most connections of the whole server; the next is refused with 4100",
  },
  accept_rate: {
    kind: "number",
    schema: whole(1, 1_000_000, '"unlimited"').or(z.literal("unlimited")).default(5_000),
    about: "most clients that are let in a second; when more come at once, they wait",
  },
  accept_wait_ms: {
    kind: "number",
    schema: whole(0, 60_000).default(1_500),
    about: "longest that they wait; who would wait longer is refused with 4100",
  },
  drain_delay_seconds: {
    kind: "number",
    schema: whole(0, 3_600).default(0),
    about: "time for which a server that is no longer ready still takes clients, until a balancer notices",
  },
  drain_seconds: {
    kind: "number",
    schema: whole(0, 3_600).default(10),
    about: "time over which a stopping or drained server closes its connections",
  },
  http_time_window_seconds: {
    kind: "number",
    schema: whole(1, 86_400).default(600),
    about: "how far the timestamp of a signed request may be from the server's clock",
  },
  cors_origins: {
    kind: "list",
    schema: z.array(originOrStar, { error: "a list of origins" }).default([]),
    about: "origins whose pages may read the HTTP API's answers",
  },
  http_fallback: {
    kind: "boolean",
    schema: onOff.default(true),
    about: "serve clients over plain HTTP where no WebSocket gets through (xhr_streaming, xhr_polling)",
  },
  trust_proxy: {
    kind: "boolean",
    schema: onOff.default(false),
    about: "believe X-Forwarded-Proto and X-Forwarded-For; only behind a proxy that sets them",
  },
  admin: {
    kind: "text",
    schema: oneOf(["main", "ops", "off"]).default("main"),
    about: "port of the admin API and the dashboard: main, ops (as ops_port) or off",
  },
  dashboard: {
    kind: "boolean",
    schema: onOff.default(true),
    about: "serve the dashboard, where the admin API is",
  },
  oidc_issuer: {
    kind: "text",
    schema: oidcIssuer.optional(),
    about: "OpenID Connect provider that operators may log in with",
  },
  oidc_client_id: {
    kind: "text",
    schema: nonEmptyText.optional(),
    about: "what the provider calls this server",
  },
  oidc_client_secret: {
    kind: "text",
    fromFile: true,
    isSecret: true,
    schema: nonEmptyText.optional(),
    about: "this server's secret at the provider; prefer USHER_OIDC_CLIENT_SECRET_FILE",
  },
  oidc_allowed: {
    kind: "list",
    schema: z.array(allowedAccounts, { error: "a list of addresses and domains" }).default([]),
    about: "who may log in with it: ada@example.com=owner, @example.com=viewer",
  },
  "app.id": {
    kind: "text",
    fromFile: true,
    schema: appName.optional(),
    about: "id of the first app",
  },
  "app.key": {
    kind: "text",
    fromFile: true,
    schema: appName.optional(),
    about: "key of the first app",
  },
  "app.secret": {
    kind: "text",
    fromFile: true,
    isSecret: true,
    schema: nonEmptyText.optional(),
    about: "secret of the first app; flags show in process lists, so prefer USHER_APP_SECRET_FILE",
  },
  "app.settings": {
    kind: "json",
    // Left to parseAppSettings.
    schema: z.unknown().optional(),
    about: "settings of the first app, a JSON object",
  },
  webhook_url: {
    kind: "text",
    fromFile: true,
    schema: webhookUrl.optional(),
    about: "address that gets the first app's webhooks, all kinds of them",
  },
  webhook_allow_private: {
    kind: "boolean",
    schema: onOff.default(false),
    about: "let webhooks reach private and loopback addresses; for development",
  },
} as const satisfies Record<string, ConfigKeySpec>;

export type ConfigKey = keyof typeof CONFIG_KEYS;

type Shape = { readonly [Key in ConfigKey]: (typeof CONFIG_KEYS)[Key]["schema"] };

/** The one schema of the server's configuration. */
export const configSchema = z.strictObject(
  Object.fromEntries(Object.entries(CONFIG_KEYS).map(([key, spec]) => [key, spec.schema])) as Shape,
);

export function configKeys(): ConfigKey[] {
  return Object.keys(CONFIG_KEYS) as ConfigKey[];
}

export function specOf(key: ConfigKey): ConfigKeySpec {
  return CONFIG_KEYS[key];
}

/** `--ops-port` for `ops_port`, `--app-id` for `app.id`. */
export function flagOf(key: ConfigKey): string {
  return `--${key.replaceAll(/[._]/g, "-")}`;
}

/** The name under which a command line parser hands over the flag: `opsPort`, `appId`. */
export function flagProperty(key: ConfigKey): string {
  return key.replaceAll(/[._](\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The variables of a key, the first that is set being the one that counts. */
export function variablesOf(key: ConfigKey): readonly string[] {
  return specOf(key).env ?? [`USHER_${key.replaceAll(".", "_").toUpperCase()}`];
}
