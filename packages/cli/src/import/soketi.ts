import { isJsonObject, type JsonObject } from "@usher/protocol";
import { unresolvedName, type Variables } from "./dotenv.ts";
import {
  ImportError,
  type Imported,
  type ImportedApp,
  type ImportedWebhook,
  type SourceFile,
} from "./imported-app.ts";
import { sortFiles } from "./source-files.ts";
import { booleanOf, listOf, numberOf, objectOf, pick, textOf } from "./values.ts";

/**
 * Reads the apps of a Soketi server from its JSON configuration, from its `SOKETI_...` variables, or from rows of its
 * apps table as JSON. Variables win over the configuration, as they do there.
 *
 * What Soketi allows by default and Usher does not, such as events of 100 kB, becomes a setting of the app, so that it goes
 * on working as it did.
 */
export function readSoketi(files: readonly SourceFile[]): Imported {
  const { variables, json, php } = sortFiles(files);
  if (php[0]) {
    throw new ImportError(
      `${php[0].path} is a PHP file, and Soketi has none`,
      "Give Soketi's env file or its JSON configuration.",
    );
  }
  const configuration = {
    ...Object.assign({}, ...json.map(({ value }) => settingsOf(value))),
    ...fromVariables(variables),
  };
  const { apps, remark } = appsOf(configuration, variables);
  if (apps.length === 0) throw new ImportError("no app of Soketi's was found", NO_APP_HINT);
  return {
    apps: apps.map((app) => toApp(app, configuration)),
    remarks: [...(remark ? [remark] : []), ...driverRemarks(configuration)],
  };
}

const NO_APP_HINT =
  "Apps stand in SOKETI_DEFAULT_APP_ID, _KEY and _SECRET or in appManager.array.apps of its JSON configuration; " +
  "those in MySQL, PostgreSQL or DynamoDB can be given as a JSON list of their rows.";

/** Soketi's configuration by path in dots: it may be written so, as nested objects, or partly both. */
type Configuration = Readonly<Record<string, unknown>>;

function settingsOf(value: unknown): Configuration {
  // Rows of the apps table, as database clients print them.
  if (Array.isArray(value)) return { "appManager.array.apps": value };
  return flatten(objectOf(value), "");
}

function flatten(object: JsonObject, prefix: string): Configuration {
  return Object.assign(
    {},
    ...Object.entries(object).map(([key, value]) =>
      isJsonObject(value) ? flatten(value, `${prefix}${key}.`) : { [prefix + key]: value },
    ),
  );
}

const VARIABLES: Readonly<Record<string, string>> = {
  APP_MANAGER_DRIVER: "appManager.driver",
  CHANNEL_LIMITS_MAX_NAME_LENGTH: "channelLimits.maxNameLength",
  CHANNEL_CACHE_TTL: "channelLimits.cacheTtl",
  EVENT_MAX_BATCH_SIZE: "eventLimits.maxBatchSize",
  EVENT_MAX_CHANNELS_AT_ONCE: "eventLimits.maxChannelsAtOnce",
  EVENT_MAX_NAME_LENGTH: "eventLimits.maxNameLength",
  EVENT_MAX_SIZE_IN_KB: "eventLimits.maxPayloadInKb",
  PRESENCE_MAX_MEMBER_SIZE: "presence.maxMemberSizeInKb",
  PRESENCE_MAX_MEMBERS: "presence.maxMembersPerChannel",
  USER_AUTHENTICATION_TIMEOUT: "userAuthenticationTimeout",
};

const APP_VARIABLES: Readonly<Record<string, string>> = {
  ID: "id",
  KEY: "key",
  SECRET: "secret",
  MAX_CONNS: "maxConnections",
  ENABLE_CLIENT_MESSAGES: "enableClientMessages",
  ENABLED: "enabled",
  MAX_BACKEND_EVENTS_PER_SEC: "maxBackendEventsPerSecond",
  MAX_CLIENT_EVENTS_PER_SEC: "maxClientEventsPerSecond",
  MAX_READ_REQ_PER_SEC: "maxReadRequestsPerSecond",
  USER_AUTHENTICATION: "enableUserAuthentication",
  WEBHOOKS: "webhooks",
};

function fromVariables(variables: Variables): Configuration {
  return rename(variables, (name) => [`SOKETI_${name}`], VARIABLES);
}

/** @param spellings the variables of a name, the first that is set counting. */
function rename(
  variables: Variables,
  spellings: (name: string) => readonly string[],
  names: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, path]) => {
      const value = spellings(name)
        .map((spelling) => variables[spelling])
        .find(Boolean);
      return value === undefined ? [] : [[path, value]];
    }),
  );
}

function appsOf(
  configuration: Configuration,
  variables: Variables,
): { readonly apps: readonly JsonObject[]; readonly remark?: string } {
  const configured = listOf(configuration["appManager.array.apps"]).filter(isJsonObject);
  // Before version 1, Soketi's variables had no prefix.
  const first = rename(
    variables,
    (name) => [`SOKETI_DEFAULT_APP_${name}`, `DEFAULT_APP_${name}`],
    APP_VARIABLES,
  );
  if (Object.keys(first).length > 0)
    return { apps: [{ ...configured[0], ...first }, ...configured.slice(1)] };
  if (configured.length > 0) return { apps: configured };
  const ofClients = rename(variables, (name) => [`PUSHER_APP_${name}`], {
    ID: "id",
    KEY: "key",
    SECRET: "secret",
  });
  if (Object.keys(ofClients).length < 3) return { apps: [] };
  return {
    apps: [ofClients],
    remark: "The app is that of PUSHER_APP_ID: no file says how Soketi itself was configured.",
  };
}

function toApp(app: JsonObject, configuration: Configuration): ImportedApp {
  // What is missing is what Soketi takes then.
  const id = textOf(pick(app, "id", "AppId")) ?? "app-id";
  const key = textOf(pick(app, "key", "AppKey")) ?? "app-key";
  const secret = textOf(pick(app, "secret", "AppSecret")) ?? "app-secret";
  for (const value of [id, key, secret]) {
    const name = unresolvedName(value);
    if (name)
      throw new ImportError(
        `a credential refers to ${name}, which no file gives`,
        "Give the file that has it, too.",
      );
  }
  const { settings, remarks } = limitsOf(app, configuration);
  const { webhooks, lost } = webhooksOf(app);
  return {
    id,
    name: `Soketi ${id}`,
    key,
    secret,
    enabled: booleanOf(pick(app, "enabled", "Enabled")) ?? true,
    settings,
    webhooks,
    remarks: [...remarks, ...lost, ...(secret === "app-secret" ? [EXAMPLE_SECRET] : [])],
  };
}

const EXAMPLE_SECRET =
  "Its secret is the example of Soketi's documentation, so everybody knows it; change it with `usher secrets rotate`.";

// The widest that the settings take, for what Soketi leaves unlimited.
const WIDEST_CLIENT_EVENT_RATE = 100_000;

function limitsOf(
  app: JsonObject,
  configuration: Configuration,
): { readonly settings: Record<string, unknown>; readonly remarks: readonly string[] } {
  const limit = (names: readonly string[], path: string, standard: number) =>
    numberOf(pick(app, ...names)) ?? numberOf(configuration[path]) ?? standard;
  const perSecond = (...names: readonly string[]) => numberOf(pick(app, ...names)) ?? -1;

  const clientEvents =
    booleanOf(pick(app, "enableClientMessages", "EnableClientMessages", "enable_client_messages")) ?? false;
  const clientEventRate = perSecond(
    "maxClientEventsPerSecond",
    "MaxClientEventsPerSecond",
    "max_client_events_per_sec",
  );
  const backendRate = perSecond(
    "maxBackendEventsPerSecond",
    "MaxBackendEventsPerSecond",
    "max_backend_events_per_sec",
  );
  const readRate = perSecond("maxReadRequestsPerSecond", "MaxReadRequestsPerSecond", "max_read_req_per_sec");
  const connections = numberOf(pick(app, "maxConnections", "MaxConnections", "max_connections")) ?? -1;
  const isAuthorized =
    booleanOf(
      pick(app, "enableUserAuthentication", "EnableUserAuthentication", "enable_user_authentication"),
    ) ?? false;
  const timeoutMs = numberOf(configuration.userAuthenticationTimeout) ?? 30_000;

  const settings = {
    data_limit:
      1_024 *
      limit(
        ["maxEventPayloadInKb", "MaxEventPayloadInKb", "max_event_payload_in_kb"],
        "eventLimits.maxPayloadInKb",
        100,
      ),
    event_name_length: limit(
      ["maxEventNameLength", "MaxEventNameLength", "max_event_name_length"],
      "eventLimits.maxNameLength",
      200,
    ),
    channels_per_event: limit(
      ["maxEventChannelsAtOnce", "MaxEventChannelsAtOnce", "max_event_channels_at_once"],
      "eventLimits.maxChannelsAtOnce",
      100,
    ),
    batch_size: limit(
      ["maxEventBatchSize", "MaxEventBatchSize", "max_event_batch_size"],
      "eventLimits.maxBatchSize",
      10,
    ),
    channel_name_length: limit(
      ["maxChannelNameLength", "MaxChannelNameLength", "max_channel_name_length"],
      "channelLimits.maxNameLength",
      200,
    ),
    cache_lifetime: numberOf(configuration["channelLimits.cacheTtl"]) ?? 3_600,
    presence_limits: {
      members: limit(
        ["maxPresenceMembersPerChannel", "MaxPresenceMembersPerChannel", "max_presence_members_per_channel"],
        "presence.maxMembersPerChannel",
        100,
      ),
      member_bytes:
        1_024 *
        limit(
          ["maxPresenceMemberSizeInKb", "MaxPresenceMemberSizeInKb", "max_presence_member_size_in_kb"],
          "presence.maxMemberSizeInKb",
          2,
        ),
    },
    client_events: clientEvents,
    ...(clientEvents && {
      client_event_rate: clientEventRate < 0 ? WIDEST_CLIENT_EVENT_RATE : clientEventRate,
    }),
    ...(connections >= 0 && { connection_quota: connections }),
    ...(backendRate >= 0 && { server_event_rate: backendRate }),
    ...(readRate >= 0 && { read_rate: readRate }),
    ...(isAuthorized && {
      authorized_connections: true,
      authorization_timeout: Math.ceil(timeoutMs / 1_000),
    }),
  };
  return { settings, remarks: clientEvents ? [PUBLIC_CLIENT_EVENTS] : [] };
}

const PUBLIC_CLIENT_EVENTS = "Client events on public channels are refused now; Soketi let them pass.";

function webhooksOf(app: JsonObject): {
  readonly webhooks: readonly ImportedWebhook[];
  readonly lost: readonly string[];
} {
  const given = listOf(pick(app, "webhooks", "Webhooks")).filter(isJsonObject);
  const read = given.map(readWebhook);
  return {
    webhooks: read.flatMap(({ webhook }) => webhook ?? []),
    lost: read.flatMap(({ lost }) => lost),
  };
}

function readWebhook(given: JsonObject): {
  readonly webhook?: ImportedWebhook;
  readonly lost: readonly string[];
} {
  const url = textOf(given.url);
  const lambda = textOf(given.lambda_function);
  if (!url)
    return {
      lost: [`The webhook to the AWS Lambda function ${lambda ?? "of no name"} was not carried over.`],
    };
  const filter = objectOf(given.filter);
  const headers = Object.entries(objectOf(given.headers)).flatMap(([name, value]) => {
    const text = textOf(value);
    return text === undefined ? [] : [[name, text] as const];
  });
  return {
    webhook: {
      url,
      eventTypes: listOf(given.event_types).flatMap((type) => textOf(type) ?? []),
      headers: Object.fromEntries(headers),
      channelPrefix: textOf(filter.channel_name_starts_with) ?? "",
      channelSuffix: textOf(filter.channel_name_ends_with) ?? "",
    },
    lost: [],
  };
}

function driverRemarks(configuration: Configuration): readonly string[] {
  const driver = textOf(configuration["appManager.driver"]);
  if (!driver || driver === "array") return [];
  return [`Soketi keeps further apps in ${driver}; give them as a JSON list of the rows of its table.`];
}
