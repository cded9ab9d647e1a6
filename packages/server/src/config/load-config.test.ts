import { describe, expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import fc from "fast-check";
import { configKeys, flagProperty, specOf, variablesOf } from "./config-keys.ts";
import { formatProblem } from "./config-problem.ts";
import type { ConfigInput } from "./given-values.ts";
import { type ConfigEntry, loadConfig } from "./load-config.ts";

interface Given {
  readonly flags?: ConfigInput["flags"];
  readonly env?: ConfigInput["env"];
  /** By path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly isTerminal?: boolean;
}

function load({ flags = {}, env = {}, files = {}, isTerminal = false }: Given) {
  const readFile = (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Error("no such file");
    return text;
  };
  return loadConfig({ flags, env, readFile, isTerminal });
}

function loaded(given: Given) {
  const result = load(given);
  if (!result.ok) throw new Error(result.error.map(formatProblem).join("\n"));
  return result.value;
}

function problems(given: Given) {
  const result = load(given);
  return result.ok ? [] : result.error;
}

/** The configuration of one TOML file. */
function file(text: string): Given {
  return { flags: { config: "usher.toml" }, files: { "usher.toml": text } };
}

describe("loadConfig", () => {
  test("gives a complete configuration when nothing is given", () => {
    expect(loaded({})).toMatchObject({
      config: {
        mode: "development",
        host: "127.0.0.1",
        port: 6001,
        opsHost: "127.0.0.1",
        opsPort: 9601,
        publicUrl: null,
        pathPrefix: "",
        dataDir: ".usher",
        masterKey: null,
        databaseUrl: null,
        logLevel: "info",
        logFormat: "json",
        maxRequestBytes: 1_048_576,
        maxFrameBytes: 131_072,
        maxBufferedBytes: 1_048_576,
        maxConnections: null,
        drainSeconds: 10,
        httpTimeWindowSeconds: 600,
        corsOrigins: [],
        trustProxy: false,
        admin: "main",
        dashboard: true,
        webhookUrl: null,
        webhookAllowPrivate: false,
        firstApp: { credentials: null, settings: null },
      },
      notices: [],
    });
  });

  describe("precedence", () => {
    const everywhere: Given = {
      flags: { config: "usher.toml", logLevel: "trace" },
      env: { USHER_LOG_LEVEL: "debug" },
      files: { "usher.toml": 'log_level = "warn"' },
    };

    test("takes a flag before a variable before the file before the default", () => {
      expect(loaded(everywhere).config.logLevel).toBe("trace");
      expect(loaded({ ...everywhere, flags: { config: "usher.toml" } }).config.logLevel).toBe("debug");
      expect(loaded({ ...everywhere, flags: { config: "usher.toml" }, env: {} }).config.logLevel).toBe(
        "warn",
      );
      expect(loaded({}).config.logLevel).toBe("info");
    });

    test("holds for every key, whatever the combination of sources", () => {
      const samples: Readonly<Record<string, readonly [string, string, string]>> = {
        host: ["a", "b", "c"],
        port: ["1", "2", "3"],
        ops_port: ["1", "2", "3"],
        data_dir: ["a", "b", "c"],
        drain_seconds: ["1", "2", "3"],
        max_connections: ["1", "unlimited", "3"],
        trust_proxy: ["true", "false", "true"],
        "app.id": ["1", "02", "3"],
      };
      const key = fc.constantFrom(...Object.keys(samples));
      fc.assert(
        fc.property(key, fc.boolean(), fc.boolean(), fc.boolean(), (name, hasFlag, hasVariable, hasFile) => {
          const [flag, variable, line] = samples[name] ?? ["", "", ""];
          const configKey = configKeys().find((each) => each === name) ?? "host";
          const result = load({
            flags: { config: "c.toml", ...(hasFlag && { [flagProperty(configKey)]: flag }) },
            env: { ...(hasVariable && { [variablesOf(configKey)[0] ?? ""]: variable }) },
            files: { "c.toml": hasFile ? tomlLine(name, line) : "" },
          });
          const entries = result.ok ? result.value.entries : [];
          const expected = hasFlag ? flag : hasVariable ? variable : hasFile ? line : undefined;
          if (result.ok && expected !== undefined) {
            expect(String(entry(entries, name)?.value)).toBe(expected);
          }
          // An id alone is half of something; everything else stands by itself.
          expect(result.ok).toBe(name !== "app.id" || expected === undefined);
        }),
      );
    });

    test("finds the file through USHER_CONFIG, and through --config first", () => {
      const files = { "a.toml": "port = 1", "b.toml": "port = 2" };
      expect(loaded({ env: { USHER_CONFIG: "a.toml" }, files }).config.port).toBe(1);
      const both = { flags: { config: "b.toml" }, env: { USHER_CONFIG: "a.toml" }, files };
      expect(loaded(both).config.port).toBe(2);
    });

    test("takes USHER_PORT before PORT", () => {
      expect(loaded({ env: { PORT: "1" } }).config.port).toBe(1);
      expect(loaded({ env: { PORT: "1", USHER_PORT: "0" } }).config.port).toBe(0);
    });

    test("counts a variable that is set to nothing as not set", () => {
      const env = {
        USHER_PORT: "",
        PORT: "",
        USHER_APP_ID: "",
        USHER_APP_SECRET_FILE: "",
        USHER_DATABASE_URL: "",
      };
      expect(loaded({ env }).config.port).toBe(6001);
    });

    test("names where each value came from, and shows no secret", () => {
      const { entries } = loaded({
        flags: { config: "usher.toml", port: "1" },
        env: { USHER_APP_SECRET: "s3cret" },
        files: { "usher.toml": '\nops_port = 2\n[app]\nid = "1"\nkey = "k"' },
      });
      const sources = Object.fromEntries(entries.map(({ key, source }) => [key, source]));
      expect(sources).toMatchObject({
        host: "default",
        port: "--port",
        ops_port: "usher.toml:2",
        "app.key": "usher.toml:5",
        "app.secret": "USHER_APP_SECRET",
      });
      expect(JSON.stringify(entries)).not.toContain("s3cret");
    });
  });

  describe("the master key", () => {
    const HEX = "0f".repeat(32);

    test("is taken from its variable or a file that a variable names, and shown to nobody", () => {
      const given = loaded({ env: { USHER_MASTER_KEY: HEX } });
      expect(given.config.masterKey).toBe(HEX);
      expect(JSON.stringify(given.entries)).not.toContain(HEX);
      const base64 = Buffer.from(HEX, "hex").toString("base64");
      const fromFile = { env: { USHER_MASTER_KEY_FILE: "/k" }, files: { "/k": `${base64}\n` } };
      expect(loaded(fromFile).config.masterKey).toBe(base64);
    });

    test("is refused unless it is 32 bytes, without being shown", () => {
      for (const wrong of ["a password", HEX.slice(1), `${HEX}00`, "=".repeat(44)]) {
        const [problem] = problems({ env: { USHER_MASTER_KEY: wrong } });
        expect(problem).toMatchObject({
          key: "master_key",
          source: "USHER_MASTER_KEY",
          problem: "the value given is not 32 random bytes, as 64 hex digits or as base64",
        });
      }
    });
  });

  describe("log-in with OpenID Connect", () => {
    const OIDC = {
      USHER_OIDC_ISSUER: "https://login.example.com",
      USHER_OIDC_CLIENT_ID: "usher",
      USHER_OIDC_CLIENT_SECRET: "s3cret",
      USHER_OIDC_ALLOWED: "Ada@Example.com=owner,@example.com",
    };

    test("is off unless it is configured", () => {
      expect(loaded({ env: {} }).config.oidc).toBeNull();
    });

    test("takes addresses and domains with roles, which are viewer unless they are named", () => {
      const { config, entries } = loaded({ env: OIDC });
      expect(config.oidc).toEqual({
        issuer: "https://login.example.com",
        clientId: "usher",
        clientSecret: "s3cret",
        allowed: [
          { accounts: "ada@example.com", role: "owner" },
          { accounts: "@example.com", role: "viewer" },
        ],
      });
      expect(JSON.stringify(entries)).not.toContain("s3cret");
    });

    test("refuses a part of it and names what is missing", () => {
      const { USHER_OIDC_ALLOWED: _, ...rest } = OIDC;
      expect(problems({ env: rest })).toMatchObject([
        { key: "oidc_allowed", problem: "oidc_allowed is missing" },
      ]);
    });

    test.each([
      ["USHER_OIDC_ISSUER", "http://login.example.com"],
      ["USHER_OIDC_ISSUER", "http://localhost.example.com"],
      ["USHER_OIDC_ISSUER", "login.example.com"],
      ["USHER_OIDC_ALLOWED", "example.com"],
      ["USHER_OIDC_ALLOWED", "@example.com=king"],
      ["USHER_OIDC_ALLOWED", "*"],
    ])("refuses %s=%s", (name, value) => {
      expect(problems({ env: { ...OIDC, [name]: value } })).toMatchObject([{ source: name }]);
    });

    test.each(["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"])(
      "takes a provider without TLS on loopback: %s",
      (issuer) => {
        expect(loaded({ env: { ...OIDC, USHER_OIDC_ISSUER: issuer } }).config.oidc?.issuer).toBe(issuer);
      },
    );
  });

  describe("mode and log format", () => {
    test("is production when USHER_ENV says so, or else NODE_ENV", () => {
      expect(loaded({ env: { USHER_ENV: "production" } }).config.mode).toBe("production");
      expect(loaded({ env: { NODE_ENV: "production" } }).config.mode).toBe("production");
      expect(loaded({ env: { NODE_ENV: "test" } }).config.mode).toBe("development");
      const both = { NODE_ENV: "production", USHER_ENV: "development" };
      expect(loaded({ env: both }).config.mode).toBe("development");
    });

    test("logs prettily by default only in development on a terminal", () => {
      expect(loaded({ isTerminal: true }).config.logFormat).toBe("pretty");
      expect(loaded({ isTerminal: true, env: { USHER_ENV: "production" } }).config.logFormat).toBe("json");
      expect(loaded({ isTerminal: true, flags: { logFormat: "json" } }).config.logFormat).toBe("json");
    });
  });

  describe("the first app", () => {
    const CREDENTIALS = { USHER_APP_ID: "007", USHER_APP_KEY: "1234", USHER_APP_SECRET: "1e3" };

    test("keeps ids, keys and secrets made of digits as they are written", () => {
      const expected = { id: "007", key: "1234", secret: "1e3" };
      expect(loaded({ env: CREDENTIALS }).config.firstApp.credentials).toEqual(expected);
      const flags = { appId: "007", appKey: "1234", appSecret: "1e3" };
      expect(loaded({ flags }).config.firstApp.credentials).toEqual(expected);
      const toml = file('[app]\nid = 7\nkey = 1234\nsecret = "1e3"');
      expect(loaded(toml).config.firstApp.credentials).toEqual({ id: "7", key: "1234", secret: "1e3" });
    });

    test("reads each of the three from a file that a variable names, without the newline at its end", () => {
      const env = { USHER_APP_ID_FILE: "/i", USHER_APP_KEY_FILE: "/k", USHER_APP_SECRET_FILE: "/s" };
      const files = { "/i": "1\n", "/k": "k", "/s": "s3cret\r\n" };
      expect(loaded({ env, files }).config.firstApp.credentials).toEqual({
        id: "1",
        key: "k",
        secret: "s3cret",
      });
    });

    test("refuses a secret that is given both ways, and a file that cannot be read", () => {
      const both = { ...CREDENTIALS, USHER_APP_SECRET_FILE: "/s" };
      expect(problems({ env: both, files: { "/s": "x" } })).toEqual([
        {
          key: "app.secret",
          source: "USHER_APP_SECRET_FILE",
          problem: "USHER_APP_SECRET is set as well",
          fix: "Keep one of the two.",
        },
      ]);
      const unreadable = { USHER_APP_SECRET_FILE: "/s" };
      expect(problems({ env: unreadable })).toMatchObject([
        { source: "USHER_APP_SECRET_FILE", problem: "/s cannot be read: no such file" },
      ]);
    });

    test("refuses a part of the three and names what is missing", () => {
      expect(problems({ env: { USHER_APP_ID: "1", USHER_APP_KEY: "k" } })).toMatchObject([
        {
          key: "app.secret",
          source: "USHER_APP_ID, USHER_APP_KEY",
          problem: "app.secret is missing",
          fix: expect.stringContaining("USHER_APP_SECRET"),
        },
      ]);
    });

    test.each([
      ["PUSHER_APP", "_ID"],
      ["REVERB_APP", "_ID"],
      ["SOKETI_DEFAULT_APP", "_ID"],
    ])("takes %s_ID, _KEY and _SECRET with one notice", (prefix) => {
      const env = { [`${prefix}_ID`]: "1", [`${prefix}_KEY`]: "k", [`${prefix}_SECRET`]: "s" };
      const { config, notices, entries } = loaded({ env });
      expect(config.firstApp.credentials).toEqual({ id: "1", key: "k", secret: "s" });
      expect(notices).toHaveLength(1);
      expect(notices[0]).toContain(`${prefix}_ID`);
      expect(entry(entries, "app.id")?.source).toBe(`${prefix}_ID`);
    });

    test("prefers its own names over those of others, and leaves incomplete sets alone", () => {
      const foreign = { PUSHER_APP_ID: "2", PUSHER_APP_KEY: "p", PUSHER_APP_SECRET: "s" };
      const own = loaded({ env: { ...foreign, ...CREDENTIALS } });
      expect(own.config.firstApp.credentials?.id).toBe("007");
      expect(own.notices).toEqual([]);
      expect(loaded({ env: { PUSHER_APP_KEY: "p" } }).config.firstApp.credentials).toBeNull();
    });

    test("refuses the example secret of other servers in production, and only there", () => {
      const env = { USHER_APP_ID: "app-id", USHER_APP_KEY: "app-key", USHER_APP_SECRET: "app-secret" };
      expect(loaded({ env }).config.firstApp.credentials?.secret).toBe("app-secret");
      expect(problems({ env: { ...env, USHER_ENV: "production" } })).toMatchObject([
        { key: "app.secret", source: "USHER_APP_SECRET", fix: expect.stringContaining("openssl") },
      ]);
    });

    test("refuses an id or key that an address or a signature cannot carry", () => {
      for (const key of ["a b", "a/b", "a:b", "a?b", "a#b", "x".repeat(201)]) {
        expect(problems({ env: { ...CREDENTIALS, USHER_APP_KEY: key } })).toMatchObject([{ key: "app.key" }]);
      }
    });

    test("reads settings from JSON or a table", () => {
      const expected = { clientEvents: true, presenceLimits: { members: 200 } };
      const json = '{"client_events":true,"presence_limits":{"members":200}}';
      expect(loaded({ env: { USHER_APP_SETTINGS: json } }).config.firstApp.settings).toEqual(expected);
      expect(loaded({ flags: { appSettings: json } }).config.firstApp.settings).toEqual(expected);
      const toml = "[app.settings]\nclient_events = true\npresence_limits = { members = 200 }";
      expect(loaded(file(toml)).config.firstApp.settings).toEqual(expected);
    });

    test("names the setting that is wrong and where it stands", () => {
      expect(problems({ env: { USHER_APP_SETTINGS: '{"client_event":true}' } })).toEqual([
        {
          key: "app.settings.client_event",
          source: "USHER_APP_SETTINGS",
          problem: "there is no such key",
          fix: "Did you mean client_events?",
        },
      ]);
      const toml = file("[app.settings]\nstrict = true\n\n[app.settings.presence_limits]\nmembers = 0\n");
      expect(problems(toml)).toMatchObject([
        { key: "app.settings.presence_limits.members", source: "usher.toml:5" },
      ]);
      expect(problems({ env: { USHER_APP_SETTINGS: "{client_events:true}" } })).toEqual([
        {
          key: "app.settings",
          source: "USHER_APP_SETTINGS",
          problem: '"{client_events:true}" is not a JSON object such as {"client_events": true}',
          fix: 'Give a JSON object such as {"client_events": true}.',
        },
      ]);
    });
  });

  describe("values that are refused", () => {
    test.each([
      ["port", "USHER_PORT", "65536"],
      ["port", "USHER_PORT", "-1"],
      ["port", "USHER_PORT", "6001.5"],
      ["port", "USHER_PORT", "1e3"],
      ["port", "USHER_PORT", "0x10"],
      ["ops_port", "USHER_OPS_PORT", "x"],
      ["host", "USHER_HOST", "http://localhost"],
      ["public_url", "USHER_PUBLIC_URL", "ws.example.com"],
      ["public_url", "USHER_PUBLIC_URL", "wss://ws.example.com"],
      ["path_prefix", "USHER_PATH_PREFIX", "realtime"],
      ["mode", "USHER_ENV", "prod"],
      ["log_level", "USHER_LOG_LEVEL", "loud"],
      ["log_format", "USHER_LOG_FORMAT", "xml"],
      ["max_request_bytes", "USHER_MAX_REQUEST_BYTES", "1MB"],
      ["max_connections", "USHER_MAX_CONNECTIONS", "0"],
      ["drain_seconds", "USHER_DRAIN_SECONDS", "-1"],
      ["drain_delay_seconds", "USHER_DRAIN_DELAY_SECONDS", "1.5"],
      ["workers", "USHER_WORKERS", "0"],
      ["accept_rate", "USHER_ACCEPT_RATE", "0"],
      ["accept_wait_ms", "USHER_ACCEPT_WAIT_MS", "2s"],
      ["http_time_window_seconds", "USHER_HTTP_TIME_WINDOW_SECONDS", "0"],
      ["cors_origins", "USHER_CORS_ORIGINS", "example.com"],
      ["cors_origins", "USHER_CORS_ORIGINS", "https://example.com/"],
      ["trust_proxy", "USHER_TRUST_PROXY", "maybe"],
      ["app.key", "USHER_APP_KEY", "a b"],
      ["database_url", "USHER_DATABASE_URL", "mysql://localhost/usher"],
      ["database_url", "USHER_DATABASE_URL", "postgres://localhost/usher?sslmode=prefer"],
      ["redis_url", "USHER_REDIS_URL", "http://localhost:6379"],
      ["redis_url", "USHER_REDIS_URL", "redis://localhost?ssl=true"],
      ["redis_url", "USHER_REDIS_URL", "redis+sentinel://localhost:26379"],
      ["redis_prefix", "USHER_REDIS_PREFIX", "a{b}"],
      ["webhook_url", "USHER_WEBHOOK_URL", "ftp://example.com"],
      ["webhook_url", "USHER_WEBHOOK_URL", "https://user:password@example.com"],
      ["webhook_allow_private", "USHER_WEBHOOK_ALLOW_PRIVATE", "perhaps"],
    ])("%s: %s=%s", (key, variable, value) => {
      const [problem, ...others] = problems({ env: { [variable]: value } });
      expect(problem).toMatchObject({ key, source: variable });
      expect(problem?.problem).not.toMatch(/Invalid|undefined/);
      expect(problem?.fix.endsWith(".")).toBe(true);
      expect(others).toEqual([]);
    });

    test("says what is wrong and what to write instead", () => {
      expect(problems({ flags: { port: "70000" } })).toEqual([
        {
          key: "port",
          source: "--port",
          problem: "70000 is not a whole number from 0 to 65535",
          fix: "Give a whole number from 0 to 65535.",
        },
      ]);
    });

    test("finds every problem in one run", () => {
      const given = {
        env: { USHER_PORT: "x", USHER_LOG_LEVEL: "y", USHER_APP_SETTINGS: "[]", USHER_REDIS_URL: "z" },
      };
      const keys = problems(given).map(({ key }) => key);
      expect(keys.toSorted()).toEqual(["app.settings", "log_level", "port", "redis_url"]);
    });

    test("never shows a secret", () => {
      const toml = file('[app]\nsecret = ["hunter2"]');
      expect(JSON.stringify(problems(toml))).not.toContain("hunter2");
      const broken = file('[app]\nsecret = "hunter2" oops');
      expect(problems(broken)).toHaveLength(1);
      expect(JSON.stringify(problems(broken))).not.toContain("hunter2");
    });

    test("refuses one port for two purposes, unless it is any port", () => {
      expect(problems({ env: { USHER_PORT: "9601" } })).toMatchObject([
        { key: "ops_port", source: "USHER_PORT" },
      ]);
      expect(loaded({ env: { USHER_PORT: "0", USHER_OPS_PORT: "0" } }).config.port).toBe(0);
    });

    test("explains the address that Kubernetes puts into USHER_PORT", () => {
      const [problem] = problems({ env: { USHER_PORT: "tcp://10.0.0.1:6001" } });
      expect(problem?.fix).toContain("enableServiceLinks");
    });
  });

  describe("values that are accepted", () => {
    test("reads words for yes and no", () => {
      for (const yes of ["1", "true", "YES", "on"]) {
        expect(loaded({ env: { USHER_TRUST_PROXY: yes } }).config.trustProxy).toBe(true);
      }
      expect(loaded({ env: { USHER_TRUST_PROXY: "0" } }).config.trustProxy).toBe(false);
      expect(loaded({ flags: { trustProxy: true } }).config.trustProxy).toBe(true);
    });

    test("reads lists with commas from text and as they are from a file", () => {
      const origins = ["https://a.example", "http://localhost:3000"];
      const env = { USHER_CORS_ORIGINS: "https://a.example, http://localhost:3000" };
      expect(loaded({ env }).config.corsOrigins).toEqual(origins);
      expect(loaded(file(`cors_origins = ${JSON.stringify(origins)}`)).config.corsOrigins).toEqual(origins);
      expect(loaded({ env: { USHER_CORS_ORIGINS: "*" } }).config.corsOrigins).toEqual(["*"]);
    });

    test("drops the slash at the end of a path prefix", () => {
      expect(loaded({ env: { USHER_PATH_PREFIX: "/a/b/" } }).config.pathPrefix).toBe("/a/b");
      expect(loaded({ env: { USHER_PATH_PREFIX: "/" } }).config.pathPrefix).toBe("");
    });
  });

  describe("the file", () => {
    test("names the line of a wrong value, also under a table and in dots", () => {
      expect(problems(file('# comment\nhost = "x"\nport = "many"'))).toMatchObject([
        { key: "port", source: "usher.toml:3" },
      ]);
      expect(problems(file('app.id = "1"\napp.key = "k"\n app . secret = ""'))).toMatchObject([
        { key: "app.secret", source: "usher.toml:3" },
      ]);
    });

    test("names an unknown key, its line and the one that was meant", () => {
      expect(problems(file("ops_prot = 1"))).toEqual([
        {
          key: "ops_prot",
          source: "usher.toml:1",
          problem: "there is no such key",
          fix: "Did you mean ops_port?",
        },
      ]);
      expect(problems(file('[app]\nsecrets = "x"'))).toMatchObject([
        { key: "app.secrets", source: "usher.toml:2", fix: "Did you mean app.secret?" },
      ]);
      expect(problems(file("[server]\nport = 1"))).toMatchObject([
        { key: "server", source: "usher.toml:1", fix: expect.stringContaining("ops_port") },
      ]);
    });

    test("names the place of what is not TOML", () => {
      expect(problems(file("port = 1\nhost = localhost\n"))).toMatchObject([
        { key: "config", source: "usher.toml:2:8", problem: expect.stringContaining("not valid TOML") },
      ]);
    });

    test("says which file cannot be read and who named it", () => {
      expect(problems({ flags: { config: "x.toml" } })).toMatchObject([
        { key: "config", source: "--config", problem: "x.toml cannot be read: no such file" },
      ]);
      expect(problems({ env: { USHER_CONFIG: "x.toml" } })).toMatchObject([{ source: "USHER_CONFIG" }]);
    });

    test("survives any text", () => {
      fc.assert(fc.property(fc.string(), (text) => void load(file(text))));
      fc.assert(fc.property(fc.string(), (text) => void load(file(`[app]\n${text}\nport = 1`))));
    });
  });

  test("notices a variable that looks mistyped, and no other", () => {
    const { notices } = loaded({
      env: { USHER_PROT: "1", USHER_SERVICE_HOST: "10.0.0.1", USHER_URL: "http://x", USHERETTE: "1" },
    });
    expect(notices).toEqual(["USHER_PROT is not a setting; did you mean USHER_PORT?"]);
  });

  test("knows no two keys by the same flag or variable", () => {
    const names = configKeys().flatMap((key) => [flagProperty(key), ...variablesOf(key)]);
    expect(new Set(names).size).toBe(names.length);
    expect(configKeys().every((key) => specOf(key).about.length > 0)).toBe(true);
  });
});

function entry(entries: readonly ConfigEntry[], key: string): ConfigEntry | undefined {
  return entries.find((each) => each.key === key);
}

function tomlLine(key: string, value: string): string {
  return `${key} = ${/^(true|false|[1-9]\d*)$/.test(value) ? value : JSON.stringify(value)}`;
}

describe("workers", () => {
  test("are one unless told otherwise", () => {
    expect(loaded({}).config.workers).toBe(1);
  });

  test("of a number are refused without Redis, and the problem says where the number came from", () => {
    expect(problems({ flags: { workers: "2" } })).toMatchObject([{ key: "workers", source: "--workers" }]);
    expect(problems(file("workers = 2"))).toMatchObject([{ key: "workers", source: "usher.toml:1" }]);
    const env = { USHER_REDIS_URL: "redis://localhost" };
    expect(loaded({ flags: { workers: "2" }, env }).config.workers).toBe(2);
  });

  test("are as many as there are processors with auto, and one without Redis", () => {
    const flags = { workers: "auto" };
    expect(loaded({ flags }).config.workers).toBe(1);
    const env = { USHER_REDIS_URL: "redis://localhost" };
    expect(loaded({ flags, env }).config.workers).toBe(availableParallelism());
  });
});

test("accept_rate may be unlimited", () => {
  expect(loaded({}).config).toMatchObject({ acceptRate: 5_000, acceptWaitMs: 1_500, drainDelaySeconds: 0 });
  expect(loaded({ env: { USHER_ACCEPT_RATE: "unlimited" } }).config.acceptRate).toBeNull();
});
