import { isJsonObject, type JsonObject } from "@usher/protocol";
import { unresolvedName, type Variables } from "./dotenv.ts";
import { ImportError, type Imported, type ImportedApp, type SourceFile } from "./imported-app.ts";
import { parsePhpConfig, Unreadable } from "./php-config.ts";
import { sortFiles } from "./source-files.ts";
import { booleanOf, listOf, numberOf, objectOf, textOf } from "./values.ts";

/**
 * Reads the apps of a Laravel Reverb server from its env file, from `config/reverb.php` together with that env file, or
 * from that configuration as JSON. PHP is not run: what only PHP can work out is named, and left out.
 *
 * What Reverb does not limit, such as the members of a presence channel, gets the widest limit that a setting takes.
 */
export function readReverb(files: readonly SourceFile[]): Imported {
  const { variables, json, php } = sortFiles(files);
  const configurations = [
    ...json.map(({ value }) => objectOf(objectOf(value).reverb ?? value)),
    ...php.map(({ path, text }) => fromPhp(path, text, variables)),
  ];
  const all = configurations.length > 0 ? configurations : [fromVariables(variables)];
  const apps = all.flatMap((configuration) =>
    appsOf(configuration).map((app) => toApp(app, configuration, variables)),
  );
  if (apps.length === 0) {
    throw new ImportError(
      "no app of Reverb's was found",
      "Apps stand in REVERB_APP_ID, _KEY and _SECRET of the env file, or in config/reverb.php.",
    );
  }
  return { apps, remarks: all.flatMap(serverRemarks) };
}

const EXPORT_HINT =
  "Have PHP work it out: php artisan tinker --execute='echo json_encode(config(\"reverb\"));' > reverb.json";

function fromPhp(path: string, text: string, variables: Variables): JsonObject {
  const value = parsePhpConfig(text, variables);
  if (isJsonObject(value)) return value;
  throw new ImportError(`${path} does not simply return an array`, EXPORT_HINT);
}

/** What the configuration that Reverb installs makes of the variables. */
function fromVariables(variables: Variables): JsonObject {
  const { REVERB_APP_ID: id, REVERB_APP_KEY: key, REVERB_APP_SECRET: secret } = variables;
  if (!id && !key && !secret) return {};
  return {
    servers: {
      reverb: {
        max_request_size: variables.REVERB_MAX_REQUEST_SIZE,
        scaling: { enabled: variables.REVERB_SCALING_ENABLED },
      },
    },
    apps: {
      provider: "config",
      apps: [
        {
          app_id: id,
          key,
          secret,
          activity_timeout: variables.REVERB_APP_ACTIVITY_TIMEOUT,
          max_connections: variables.REVERB_APP_MAX_CONNECTIONS,
          max_message_size: variables.REVERB_APP_MAX_MESSAGE_SIZE,
          accept_client_events_from: variables.REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM,
          rate_limiting: {
            enabled: variables.REVERB_APP_RATE_LIMITING_ENABLED,
            max_attempts: variables.REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS,
            decay_seconds: variables.REVERB_APP_RATE_LIMIT_DECAY_SECONDS,
          },
        },
      ],
    },
  };
}

function appsOf({ apps }: JsonObject): readonly JsonObject[] {
  const found = objectOf(apps).apps;
  // A list with gaps is an object in JSON.
  const list = Array.isArray(found)
    ? found
    : found instanceof Unreadable
      ? [found]
      : Object.values(objectOf(found));
  const hidden = list.find((each) => each instanceof Unreadable);
  if (!hidden) return list.filter(isJsonObject);
  throw new ImportError(
    `line ${hidden.line}: the list of apps cannot be read without running PHP`,
    EXPORT_HINT,
  );
}

function toApp(app: JsonObject, configuration: JsonObject, variables: Variables): ImportedApp {
  const [id, key, secret] = [credential(app, "app_id"), credential(app, "key"), credential(app, "secret")];
  const limits = [
    sizes(app, configuration),
    clientEvents(app),
    connections(app),
    origins(app),
    UNLIMITED_PRESENCE,
  ];
  return {
    id,
    name: variables.APP_NAME || `Reverb ${id}`,
    key,
    secret,
    enabled: true,
    settings: Object.assign({}, ...limits.map(({ settings }) => settings)),
    webhooks: [],
    remarks: [
      ...limits.flatMap(({ remarks = [] }) => remarks),
      ...Object.entries(app).flatMap(([name, value]) =>
        value instanceof Unreadable ? [unreadable(name, value)] : [],
      ),
    ],
  };
}

function unreadable(name: string, { line }: Unreadable): string {
  return `${name} (line ${line}) cannot be read without running PHP and was not carried over. ${EXPORT_HINT}`;
}

function credential(app: JsonObject, name: string): string {
  const value = app[name];
  if (value instanceof Unreadable) {
    throw new ImportError(`line ${value.line}: ${name} cannot be read without running PHP`, EXPORT_HINT);
  }
  const text = textOf(value);
  if (!text) {
    throw new ImportError(
      `an app of Reverb's has no ${name}`,
      "Give the env file together with config/reverb.php, or the whole configuration as JSON.",
    );
  }
  const missing = unresolvedName(text);
  if (missing)
    throw new ImportError(
      `${name} refers to ${missing}, which no file gives`,
      "Give the file that has it, too.",
    );
  return text;
}

/** A part of an app's settings with what is to be said about it. */
interface Limits {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly remarks?: readonly string[];
}

// The widest that the settings take, for what Reverb leaves unlimited.
const WIDEST_CLIENT_EVENT_RATE = 100_000;
const UNLIMITED_PRESENCE: Limits = {
  settings: { presence_limits: { members: 100_000, member_bytes: 10_000 } },
};

const DEFAULT_DATA_LIMIT = 10_240;

/** Reverb limits whole frames and whole requests; an event's data is never larger than those. */
function sizes(app: JsonObject, { servers }: JsonObject): Limits {
  const server = objectOf(objectOf(servers).reverb);
  const largest = Math.max(numberOf(app.max_message_size) ?? 0, numberOf(server.max_request_size) ?? 0);
  return { settings: largest > DEFAULT_DATA_LIMIT ? { data_limit: largest } : {} };
}

function clientEvents(app: JsonObject): Limits {
  const from = textOf(app.accept_client_events_from);
  if (from === "none") return { settings: { client_events: false } };
  const limit = objectOf(app.rate_limiting);
  const isLimited = booleanOf(limit.enabled) ?? false;
  const perSecond = (numberOf(limit.max_attempts) ?? 60) / (numberOf(limit.decay_seconds) ?? 60);
  return {
    settings: {
      client_events: true,
      client_event_rate: isLimited ? Math.max(1, Math.ceil(perSecond)) : WIDEST_CLIENT_EVENT_RATE,
    },
    remarks: [
      ...(from === "all"
        ? ["Client events are taken from subscribers of private and presence channels only."]
        : []),
      ...(isLimited
        ? ["Reverb's rate limit counts every frame; here it counts client events, by the second."]
        : []),
    ],
  };
}

const DEFAULT_ACTIVITY_TIMEOUT = 30;

function connections(app: JsonObject): Limits {
  const quota = numberOf(app.max_connections);
  const timeout = numberOf(app.activity_timeout) ?? DEFAULT_ACTIVITY_TIMEOUT;
  return {
    settings: {
      ...(quota !== undefined && quota > 0 && { connection_quota: quota }),
      ...(timeout !== DEFAULT_ACTIVITY_TIMEOUT && { activity_timeout: timeout }),
    },
  };
}

/** Reverb compares the host of an origin alone, with any scheme and port. */
function origins(app: JsonObject): Limits {
  const patterns = listOf(app.allowed_origins).flatMap((pattern) => textOf(pattern) ?? []);
  if (patterns.length === 0 || patterns.includes("*")) return { settings: {} };
  const fitting = patterns.filter((pattern) => HOST_PATTERN.test(pattern));
  const others = patterns.filter((pattern) => !fitting.includes(pattern));
  const allowed = fitting.flatMap((pattern) =>
    pattern.includes("://") ? [pattern] : [`https://${pattern}`, `http://${pattern}`],
  );
  return {
    settings: allowed.length > 0 ? { allowed_origins: allowed } : {},
    remarks: [
      ...(allowed.length > 0
        ? ["Reverb took pages of its allowed origins on any port; name further ports in allowed_origins."]
        : []),
      ...(others.length > 0
        ? [`These allowed origins have no counterpart and were left out: ${others.join(", ")}.`]
        : []),
      ...(allowed.length === 0 ? ["Pages of every origin may connect until allowed_origins is set."] : []),
    ],
  };
}

const HOST_PATTERN = /^(https?:\/\/)?(\*\.)?[a-z0-9._-]+(:\d{1,5})?$/i;

function serverRemarks({ servers, apps }: JsonObject): readonly string[] {
  const server = objectOf(objectOf(servers).reverb);
  const isScaled = booleanOf(objectOf(server.scaling).enabled) ?? false;
  const provider = textOf(objectOf(apps).provider);
  return [
    ...(isScaled
      ? ["Reverb was scaled out through Redis; how servers share the work is not part of an app."]
      : []),
    ...(provider && provider !== "config"
      ? [`Reverb takes its apps from the provider ${provider}; those in its configuration were read.`]
      : []),
  ];
}
