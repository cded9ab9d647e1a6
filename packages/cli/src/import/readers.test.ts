import { describe, expect, test } from "bun:test";
import { ImportError } from "./imported-app.ts";
import { readPusher } from "./pusher.ts";
import { readReverb } from "./reverb.ts";
import { readSoketi } from "./soketi.ts";

function file(path: string, text: string | object) {
  return { path, text: typeof text === "string" ? text : JSON.stringify(text) };
}

/** What Soketi allows where nothing is said, and Usher by default does not, or differently. */
const SOKETI_DEFAULTS = {
  data_limit: 102_400,
  event_name_length: 200,
  channels_per_event: 100,
  batch_size: 10,
  channel_name_length: 200,
  cache_lifetime: 3_600,
  presence_limits: { members: 100, member_bytes: 2_048 },
  client_events: false,
};

describe("readSoketi", () => {
  const ENV = `
# soketi
SOKETI_DEBUG=1
SOKETI_DEFAULT_APP_ID=shop
SOKETI_DEFAULT_APP_KEY=shop-key
SOKETI_DEFAULT_APP_SECRET='s#cret'
SOKETI_DEFAULT_APP_ENABLE_CLIENT_MESSAGES=true
SOKETI_DEFAULT_APP_MAX_CONNS=5000
SOKETI_DEFAULT_APP_MAX_BACKEND_EVENTS_PER_SEC=200
SOKETI_DEFAULT_APP_MAX_CLIENT_EVENTS_PER_SEC=25
SOKETI_DEFAULT_APP_MAX_READ_REQ_PER_SEC=50
SOKETI_DEFAULT_APP_WEBHOOKS='[{"url":"https://shop.example.com/hooks","event_types":["channel_occupied","member_added"]}]'
SOKETI_EVENT_MAX_SIZE_IN_KB=20
SOKETI_PRESENCE_MAX_MEMBERS=500
`;

  test("reads the default app of an env file with its limits and webhooks", () => {
    const { apps, remarks } = readSoketi([file(".env", ENV)]);
    expect(remarks).toEqual([]);
    expect(apps).toEqual([
      {
        id: "shop",
        name: "Soketi shop",
        key: "shop-key",
        secret: "s#cret",
        enabled: true,
        settings: {
          ...SOKETI_DEFAULTS,
          data_limit: 20_480,
          presence_limits: { members: 500, member_bytes: 2_048 },
          client_events: true,
          client_event_rate: 25,
          connection_quota: 5_000,
          server_event_rate: 200,
          read_rate: 50,
        },
        webhooks: [
          {
            url: "https://shop.example.com/hooks",
            eventTypes: ["channel_occupied", "member_added"],
            headers: {},
            channelPrefix: "",
            channelSuffix: "",
          },
        ],
        remarks: ["Client events on public channels are refused now; Soketi let them pass."],
      },
    ]);
  });

  const CONFIG = {
    debug: true,
    "eventLimits.maxBatchSize": 20,
    appManager: {
      driver: "array",
      array: {
        apps: [
          {
            id: 1,
            key: "one",
            secret: "first",
            maxConnections: -1,
            enableClientMessages: true,
            enabled: true,
            maxBackendEventsPerSecond: "-1",
            maxClientEventsPerSecond: -1,
            enableUserAuthentication: true,
            maxPresenceMemberSizeInKb: 10,
            webhooks: [
              {
                url: "https://one.example.com",
                event_types: ["client_event"],
                headers: { "X-Token": "t" },
                filter: { channel_name_starts_with: "private-", channel_name_ends_with: "-log" },
              },
              {
                lambda_function: "on-event",
                event_types: ["channel_vacated"],
                lambda: { region: "eu-west-1" },
              },
            ],
          },
          { id: "2", key: "two", secret: "second", enabled: false },
        ],
      },
    },
  };

  test("reads all apps of a JSON configuration, written nested or in dots", () => {
    const nested = readSoketi([file("config.json", CONFIG)]);
    const [one, two] = nested.apps;
    expect(one?.settings).toEqual({
      ...SOKETI_DEFAULTS,
      batch_size: 20,
      presence_limits: { members: 100, member_bytes: 10_240 },
      client_events: true,
      client_event_rate: 100_000,
      authorized_connections: true,
      authorization_timeout: 30,
    });
    expect(one?.webhooks).toEqual([
      {
        url: "https://one.example.com",
        eventTypes: ["client_event"],
        headers: { "X-Token": "t" },
        channelPrefix: "private-",
        channelSuffix: "-log",
      },
    ]);
    expect(one?.remarks).toEqual([
      expect.stringContaining("public channels"),
      expect.stringContaining("Lambda function on-event"),
    ]);
    expect(two).toMatchObject({ id: "2", key: "two", secret: "second", enabled: false, remarks: [] });

    const dotted = { "eventLimits.maxBatchSize": 20, "appManager.array.apps": CONFIG.appManager.array.apps };
    expect(readSoketi([file("config.json", dotted)])).toEqual(nested);
  });

  test("lets variables win over the configuration, as Soketi does", () => {
    const env = "SOKETI_DEFAULT_APP_SECRET=from env\nSOKETI_EVENT_MAX_BATCH_SIZE=5";
    const { apps } = readSoketi([file("config.json", CONFIG), file("soketi.env", env)]);
    expect(apps.map(({ id, secret, settings }) => [id, secret, settings.batch_size])).toEqual([
      ["1", "from env", 5],
      ["2", "second", 5],
    ]);
  });

  test("reads rows of the apps table, as a database client prints them", () => {
    const row = {
      id: "db",
      key: "k",
      secret: "s",
      max_connections: 200,
      enable_client_messages: 1,
      enabled: 0,
      max_backend_events_per_sec: -1,
      max_client_events_per_sec: 10,
      webhooks: '[{"url":"https://x.example.com","event_types":["cache_miss"]}]',
    };
    const { apps } = readSoketi([file("apps.json", [row])]);
    expect(apps).toMatchObject([
      {
        id: "db",
        enabled: false,
        settings: { client_events: true, client_event_rate: 10, connection_quota: 200 },
        webhooks: [{ url: "https://x.example.com", eventTypes: ["cache_miss"] }],
      },
    ]);
  });

  test("says that apps of a database are not in the files", () => {
    const env = "SOKETI_APP_MANAGER_DRIVER=mysql\nSOKETI_DEFAULT_APP_ID=1";
    const { apps, remarks } = readSoketi([file(".env", env)]);
    expect(remarks).toEqual([expect.stringContaining("further apps in mysql")]);
    // What is not given is what Soketi has built in, whose secret everybody knows.
    expect(apps).toMatchObject([{ id: "1", key: "app-key", secret: "app-secret" }]);
    expect(apps[0]?.remarks).toEqual([expect.stringContaining("everybody knows it")]);
  });

  test("falls back to the credentials of the app that uses it, and says so", () => {
    const env = "PUSHER_APP_ID=9\nPUSHER_APP_KEY=k\nPUSHER_APP_SECRET=s\nPUSHER_HOST=127.0.0.1";
    const { apps, remarks } = readSoketi([file(".env", env)]);
    expect(apps).toMatchObject([{ id: "9", key: "k", secret: "s" }]);
    expect(remarks).toEqual([expect.stringContaining("PUSHER_APP_ID")]);
  });

  test.each([
    [[file(".env", "APP_NAME=x")], "no app of Soketi's"],
    [[file("reverb.php", "<?php return [];")], "is a PHP file"],
    [[file("config.json", "{")], "config.json is not valid JSON"],
    [[file(".env", `SOKETI_DEFAULT_APP_SECRET=\${SHARED_SECRET}`)], "SHARED_SECRET"],
  ])("refuses what it cannot make sense of", (files, words) => {
    expect(() => readSoketi(files)).toThrow(words);
    expect(() => readSoketi(files)).toThrow(ImportError);
  });

  test("does not quote a broken file, which holds secrets", () => {
    const read = () => readSoketi([file("config.json", '{"secret": hunter2}')]);
    expect(read).toThrow(/^(?!.*hunter2).*not valid JSON/);
  });
});

/** What Reverb does not limit. */
const REVERB_DEFAULTS = {
  client_events: true,
  client_event_rate: 100_000,
  presence_limits: { members: 100_000, member_bytes: 10_000 },
};

describe("readReverb", () => {
  const ENV = `
APP_NAME="Ticket Shop"
APP_ENV=production
BROADCAST_CONNECTION=reverb

REVERB_APP_ID=256980
REVERB_APP_KEY=f4l2tmwqf6eg0f6jz0mw
REVERB_APP_SECRET=zioqeto9xrytlnlg7sj6
REVERB_HOST="ws.example.com"
REVERB_PORT=443
REVERB_SCHEME=https

VITE_REVERB_APP_KEY="\${REVERB_APP_KEY}"
`;

  const APP = { id: "256980", key: "f4l2tmwqf6eg0f6jz0mw", secret: "zioqeto9xrytlnlg7sj6" };

  test("reads the app of an env file", () => {
    expect(readReverb([file(".env", ENV)])).toEqual({
      apps: [
        { ...APP, name: "Ticket Shop", enabled: true, settings: REVERB_DEFAULTS, webhooks: [], remarks: [] },
      ],
      remarks: [],
    });
  });

  test("reads the limits that the variables of its configuration give", () => {
    const more = `${ENV}
REVERB_APP_MAX_CONNECTIONS=1000
REVERB_APP_MAX_MESSAGE_SIZE=50000
REVERB_APP_ACTIVITY_TIMEOUT=60
REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM=all
REVERB_APP_RATE_LIMITING_ENABLED=true
REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS=90
REVERB_SCALING_ENABLED=true
`;
    const { apps, remarks } = readReverb([file(".env", more)]);
    expect(apps[0]?.settings).toEqual({
      ...REVERB_DEFAULTS,
      data_limit: 50_000,
      client_event_rate: 2,
      connection_quota: 1_000,
      activity_timeout: 60,
    });
    expect(apps[0]?.remarks).toEqual([
      expect.stringContaining("private and presence channels only"),
      expect.stringContaining("counts every frame"),
    ]);
    expect(remarks).toEqual([expect.stringContaining("scaled out through Redis")]);
  });

  const CONFIG = `<?php

return [
    /* Default Reverb Server */
    'default' => env('REVERB_SERVER', 'reverb'),
    'servers' => [
        'reverb' => [
            'host' => env('REVERB_SERVER_HOST', '0.0.0.0'),
            'port' => env('REVERB_SERVER_PORT', 8080),
            'options' => ['tls' => []],
            'max_request_size' => env('REVERB_MAX_REQUEST_SIZE', 10_000),
            'scaling' => ['enabled' => env('REVERB_SCALING_ENABLED', false)],
        ],
    ],
    'apps' => [
        'provider' => 'config',
        'apps' => [
            [
                'key' => env('REVERB_APP_KEY'),
                'secret' => env('REVERB_APP_SECRET'),
                'app_id' => env('REVERB_APP_ID'),
                'options' => ['useTLS' => env('REVERB_SCHEME', 'https') === 'https'],
                'allowed_origins' => ['shop.example.com', '*.shop.example.com', 'preview-*'],
                'activity_timeout' => env('REVERB_APP_ACTIVITY_TIMEOUT', 30),
                'max_message_size' => env('REVERB_APP_MAX_MESSAGE_SIZE', 10_000),
            ],
            [
                'key' => 'second-key',
                'secret' => 'second-secret',
                'app_id' => 'second',
                'allowed_origins' => array_filter(explode(',', env('ORIGINS', ''))),
                'max_connections' => 10,
                'accept_client_events_from' => 'none',
            ],
        ],
    ],
];
`;

  test("reads config/reverb.php with the variables of the env file", () => {
    const { apps } = readReverb([file("config/reverb.php", CONFIG), file(".env", ENV)]);
    expect(apps).toMatchObject([APP, { id: "second", key: "second-key", secret: "second-secret" }]);
    expect(apps[0]?.settings).toEqual({
      ...REVERB_DEFAULTS,
      allowed_origins: [
        "https://shop.example.com",
        "http://shop.example.com",
        "https://*.shop.example.com",
        "http://*.shop.example.com",
      ],
    });
    expect(apps[0]?.remarks).toEqual([
      expect.stringContaining("any port"),
      expect.stringContaining("left out: preview-*"),
    ]);
    expect(apps[1]?.settings).toEqual({
      client_events: false,
      connection_quota: 10,
      presence_limits: REVERB_DEFAULTS.presence_limits,
    });
    expect(apps[1]?.remarks).toEqual([
      expect.stringMatching(/^allowed_origins \(line 31\) cannot be read without running PHP/),
    ]);
  });

  test("reads the configuration as JSON, whole or under its name", () => {
    const configuration = {
      servers: { reverb: { max_request_size: 20_000, scaling: { enabled: false } } },
      apps: {
        provider: "config",
        apps: [{ app_id: 7, key: "k", secret: "s", allowed_origins: ["*"], max_message_size: 10_000 }],
      },
    };
    const { apps } = readReverb([file("reverb.json", configuration)]);
    expect(apps).toMatchObject([{ id: "7", key: "k", secret: "s" }]);
    expect(apps[0]?.settings).toEqual({ ...REVERB_DEFAULTS, data_limit: 20_000 });
    expect(readReverb([file("reverb.json", { reverb: configuration })]).apps).toEqual(apps);
  });

  test.each([
    [[file(".env", "APP_NAME=x")], "no app of Reverb's"],
    [[file("reverb.php", CONFIG)], "has no app_id"],
    [
      [file("reverb.php", "<?php return ['apps' => ['apps' => Apps::all()]];")],
      "the list of apps cannot be read",
    ],
    [
      [file("reverb.php", "<?php return ['apps' => ['apps' => [['app_id' => $id]]]];")],
      "app_id cannot be read",
    ],
    [[file("reverb.php", "<?php return merge([]);")], "does not simply return an array"],
  ])("refuses what only PHP knows", (files, words) => {
    expect(() => readReverb(files)).toThrow(words);
  });
});

describe("readPusher", () => {
  const APP = { id: "1234567", key: "278d425bdf160c739803", secret: "7ad3773142a6692b25b8" };

  test.each([
    [
      "the variables",
      `PUSHER_APP_ID=${APP.id}\nPUSHER_APP_KEY=${APP.key}\nPUSHER_APP_SECRET=${APP.secret}\nPUSHER_APP_CLUSTER=eu`,
    ],
    [
      "what the dashboard offers",
      `app_id = "${APP.id}"\nkey = "${APP.key}"\nsecret = "${APP.secret}"\ncluster = "eu"`,
    ],
    [
      "an address",
      `PUSHER_URL=https://${APP.key}:${APP.secret}@api-eu.pusher.com/apps/${APP.id}\nPUSHER_CLUSTER=eu`,
    ],
  ])("reads %s", (_, text) => {
    const { apps, remarks } = readPusher([file(".env", text)]);
    expect(apps).toEqual([
      {
        ...APP,
        name: "Pusher 1234567",
        enabled: true,
        settings: {},
        webhooks: [],
        remarks: [expect.stringContaining("the cluster eu")],
      },
    ]);
    expect(remarks).toEqual([expect.stringContaining("--settings")]);
  });

  test("takes every file for an app of its own", () => {
    const env = (id: number) =>
      `APP_NAME=App${id}\nPUSHER_APP_ID=${id}\nPUSHER_APP_KEY=k${id}\nPUSHER_APP_SECRET=s${id}`;
    const { apps } = readPusher([file("a.env", env(1)), file("b.env", env(2))]);
    expect(apps.map(({ name, key }) => [name, key])).toEqual([
      ["App1", "k1"],
      ["App2", "k2"],
    ]);
  });

  test("names what is missing", () => {
    expect(() => readPusher([file("web.env", "PUSHER_APP_KEY=k")])).toThrow(
      "web.env does not give PUSHER_APP_ID, PUSHER_APP_SECRET",
    );
  });
});
