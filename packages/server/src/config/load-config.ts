import { availableParallelism } from "node:os";
import { fail, ok, type Result } from "@usher/protocol";
import type { z } from "zod";
import type { Role } from "../admin/principal.ts";
import { type AppSettingsOverrides, parseAppSettings } from "./app-settings.ts";
import { type ConfigKey, configKeys, configSchema, specOf, variablesOf } from "./config-keys.ts";
import type { ConfigProblem } from "./config-problem.ts";
import { foreignCredentials, misspeltVariables } from "./foreign-variables.ts";
import { type ConfigInput, type GivenValue, gatherValues } from "./given-values.ts";
import type { AppCredentials, OidcConfig, ServerConfig } from "./server-config.ts";
import { valueProblems } from "./value-problems.ts";

export interface LoadedConfig {
  readonly config: ServerConfig;
  /** What its author should know although nothing is wrong, a line each. */
  readonly notices: readonly string[];
  /** Every key with its value and where that came from, as a person reads it: secrets are left out. */
  readonly entries: readonly ConfigEntry[];
}

export interface ConfigEntry {
  readonly key: ConfigKey;
  readonly value: unknown;
  /** `--port`, `USHER_PORT`, `usher.toml:3` or `default`. */
  readonly source: string;
}

/** Resolves the configuration once: flag, then variable, then file, then default. All problems are found in one run. */
export function loadConfig(input: ConfigInput): Result<LoadedConfig, readonly ConfigProblem[]> {
  const gathered = gatherValues(input);
  const notices = misspeltVariables(input.env);
  const given = withForeignCredentials(withNodeEnv(gathered.values, input.env), input.env, notices);

  const problems = [...gathered.problems];
  const settings = readSettings(given, problems);
  const parsed = configSchema.safeParse(plainValues(given));
  if (!parsed.success) problems.push(...schemaProblems(parsed.error, given));
  else problems.push(...contradictions(parsed.data, given));
  if (!parsed.success || problems.length > 0) return fail(problems);

  const mode = parsed.data.mode ?? "development";
  const log_format =
    parsed.data.log_format ?? (mode === "development" && input.isTerminal ? "pretty" : "json");
  const values = { ...parsed.data, mode, log_format };
  return ok({ config: resolve(values, settings), notices, entries: describe(values, given) });
}

type ParsedValues = z.output<typeof configSchema>;
type CompleteValues = ParsedValues & Pick<ServerConfig, "mode"> & { readonly log_format: "json" | "pretty" };
type Given = ReadonlyMap<string, GivenValue>;

function resolve(values: CompleteValues, settings: AppSettingsOverrides | null): ServerConfig {
  return {
    mode: values.mode,
    host: values.host,
    port: values.port,
    opsHost: values.ops_host,
    opsPort: values.ops_port,
    publicUrl: values.public_url ?? null,
    pathPrefix: values.path_prefix,
    dataDir: values.data_dir,
    masterKey: values.master_key ?? null,
    databaseUrl: values.database_url ?? null,
    redisUrl: values.redis_url ?? null,
    redisPrefix: values.redis_prefix,
    logLevel: values.log_level,
    logFormat: values.log_format,
    workers: workers(values),
    maxRequestBytes: values.max_request_bytes,
    maxFrameBytes: values.max_frame_bytes,
    maxBufferedBytes: values.max_buffered_bytes,
    maxConnections: values.max_connections === "unlimited" ? null : values.max_connections,
    acceptRate: values.accept_rate === "unlimited" ? null : values.accept_rate,
    acceptWaitMs: values.accept_wait_ms,
    drainDelaySeconds: values.drain_delay_seconds,
    drainSeconds: values.drain_seconds,
    httpTimeWindowSeconds: values.http_time_window_seconds,
    corsOrigins: values.cors_origins,
    httpFallback: values.http_fallback,
    trustProxy: values.trust_proxy,
    admin: values.admin,
    dashboard: values.dashboard,
    webhookUrl: values.webhook_url ?? null,
    webhookAllowPrivate: values.webhook_allow_private,
    oidc: oidc(values),
    firstApp: { credentials: credentials(values), settings },
  };
}

/** Without Redis the processes would not hear each other, so `auto` is one. */
function workers({ workers: asked, redis_url: redisUrl }: ParsedValues): number {
  if (asked !== "auto") return asked;
  return redisUrl === undefined ? 1 : availableParallelism();
}

function credentials(values: ParsedValues): AppCredentials | null {
  const { "app.id": id, "app.key": key, "app.secret": secret } = values;
  return id !== undefined && key !== undefined && secret !== undefined ? { id, key, secret } : null;
}

function oidc(values: ParsedValues): OidcConfig | null {
  const { oidc_issuer: issuer, oidc_client_id: clientId, oidc_client_secret: clientSecret } = values;
  if (issuer === undefined || clientId === undefined || clientSecret === undefined) return null;
  const allowed = values.oidc_allowed.map((text) => {
    const [accounts = "", role = "viewer"] = text.toLowerCase().split("=");
    // The schema lets roles through and nothing else.
    return { accounts, role: role as Role };
  });
  return { issuer, clientId, clientSecret, allowed };
}

/** NODE_ENV says how libraries should run; only `production` is taken from it, and only when nothing else says. */
function withNodeEnv(given: Given, env: ConfigInput["env"]): Given {
  if (given.has("mode") || env.NODE_ENV !== "production") return given;
  return new Map([...given, ["mode", { value: "production", source: "NODE_ENV" }]]);
}

function withForeignCredentials(given: Given, env: ConfigInput["env"], notices: string[]): Given {
  if (CREDENTIAL_KEYS.some((key) => given.has(key))) return given;
  const foreign = foreignCredentials(env);
  if (!foreign) return given;
  notices.push(
    `the first app is taken from ${foreign.prefix}_ID, _KEY and _SECRET; USHER_APP_ID, _KEY and _SECRET say the same to Usher alone`,
  );
  return new Map([
    ...given,
    ["app.id", { value: foreign.id, source: `${foreign.prefix}_ID` }],
    ["app.key", { value: foreign.key, source: `${foreign.prefix}_KEY` }],
    ["app.secret", { value: foreign.secret, source: `${foreign.prefix}_SECRET` }],
  ]);
}

const CREDENTIAL_KEYS = ["app.id", "app.key", "app.secret"] as const satisfies readonly ConfigKey[];

function readSettings(given: Given, problems: ConfigProblem[]): AppSettingsOverrides | null {
  const settings = given.get("app.settings");
  if (!settings) return null;
  const parsed = parseAppSettings(settings.value);
  if (parsed.ok) return parsed.value;
  for (const { path, problem, fix } of parsed.error) {
    const key = ["app.settings", ...path].join(".");
    problems.push({ key, source: settings.sourceWithin?.(key) ?? settings.source, problem, fix });
  }
  return null;
}

function schemaProblems(error: z.ZodError, given: Given): ConfigProblem[] {
  const isSecret = ([key]: readonly string[]) =>
    configKeys().some((known) => known === key && specOf(known).isSecret);
  return valueProblems(error, plainValues(given), configKeys, isSecret).map(({ path, problem, fix }) => {
    const [key = ""] = path;
    return { key, source: given.get(key)?.source ?? "", problem, fix: fixFor(given.get(key)?.value) ?? fix };
  });
}

/** Kubernetes sets USHER_PORT to an address for pods beside a service named usher. */
function fixFor(value: unknown): string | undefined {
  if (typeof value !== "string" || !value.startsWith("tcp://")) return undefined;
  return "Kubernetes sets it for a service of this name: set enableServiceLinks: false in the pod, or rename the service.";
}

/** Values that are fine by themselves and wrong together. */
function contradictions(values: ParsedValues, given: Given): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  problems.push(
    ...incomplete(CREDENTIAL_KEYS, values, given, "none of the three to have an app generated"),
    ...incomplete(OIDC_KEYS, values, given, "none of them to do without OpenID Connect"),
  );
  if (values.mode === "production" && values["app.secret"] === "app-secret") {
    problems.push({
      key: "app.secret",
      source: given.get("app.secret")?.source ?? "",
      problem: "app-secret is the example of other servers' documentation, so everybody knows it",
      fix: "Choose a secret: `openssl rand -hex 20` prints one.",
    });
  }
  if (values.port !== 0 && values.port === values.ops_port && values.host === values.ops_host) {
    problems.push({
      key: "ops_port",
      source: given.get("ops_port")?.source ?? given.get("port")?.source ?? "",
      problem: `port and ops_port are both ${values.port}`,
      fix: "Give each its own.",
    });
  }
  if (values.workers !== "auto" && values.workers > 1 && values.redis_url === undefined) {
    problems.push({
      key: "workers",
      source: given.get("workers")?.source ?? "",
      problem: `${values.workers} processes hear each other through Redis alone, and redis_url is missing`,
      fix: `Give ${variablesOf("redis_url")[0]} too, or leave workers out for one process.`,
    });
  }
  return problems;
}

const OIDC_KEYS = [
  "oidc_issuer",
  "oidc_client_id",
  "oidc_client_secret",
  "oidc_allowed",
] as const satisfies readonly ConfigKey[];

/** Keys that only make sense together. */
function incomplete(
  keys: readonly ConfigKey[],
  values: ParsedValues,
  given: Given,
  alternative: string,
): ConfigProblem[] {
  const isGiven = (key: ConfigKey) =>
    Array.isArray(values[key]) ? values[key].length > 0 : values[key] !== undefined;
  const missing = keys.filter((key) => !isGiven(key));
  if (missing.length === 0 || missing.length === keys.length) return [];
  const present = keys.filter(isGiven);
  return [
    {
      key: missing.join(", "),
      source: present.map((key) => given.get(key)?.source).join(", "),
      problem: `${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} missing`,
      fix: `Give ${missing.map((key) => variablesOf(key)[0]).join(" and ")} too, or ${alternative}.`,
    },
  ];
}

function describe(values: CompleteValues, given: Given): ConfigEntry[] {
  return configKeys().map((key) => ({
    key,
    value: specOf(key).isSecret && values[key] !== undefined ? "[redacted]" : (values[key] ?? null),
    source: given.get(key)?.source ?? "default",
  }));
}

function plainValues(given: Given): Record<string, unknown> {
  return Object.fromEntries([...given].map(([key, { value }]) => [key, value]));
}
