import { describe, expect, test } from "bun:test";
import { DEFAULT_APP_SETTINGS } from "@usher/hub";
import fc from "fast-check";
import { appSettingKeys, mergeAppSettings, parseAppSettings, printAppSettings } from "./app-settings.ts";

describe("app settings", () => {
  test("are the defaults when nothing is overridden", () => {
    expect(parseAppSettings({})).toEqual({ ok: true, value: {} });
    expect(mergeAppSettings({})).toEqual(DEFAULT_APP_SETTINGS);
  });

  test("have the names of Pusher's documentation in snake case", () => {
    const parsed = parseAppSettings({
      client_events: true,
      authorization_timeout: 5,
      data_limit: 30_720,
      cache_lifetime: 60,
      activity_timeout: 30,
      presence_limits: { member_bytes: 2_048 },
    });
    expect(parsed).toEqual({
      ok: true,
      value: {
        clientEvents: true,
        authorizationTimeoutSeconds: 5,
        dataLimitBytes: 30_720,
        cacheLifetimeSeconds: 60,
        activityTimeoutSeconds: 30,
        presenceLimits: { memberBytes: 2_048 },
      },
    });
  });

  test("can express every setting the hub has", () => {
    const everything = printAppSettings(DEFAULT_APP_SETTINGS);
    expect(parseAppSettings(everything)).toEqual({ ok: true, value: DEFAULT_APP_SETTINGS });
    const { presence_limits: limits, ...flat } = everything;
    const printed = [
      ...Object.keys(flat),
      ...Object.keys(limits as object).map((key) => `presence_limits.${key}`),
    ];
    expect(printed.toSorted()).toEqual(appSettingKeys().toSorted());
  });

  test("print back as they were written, in any combination", () => {
    const anyWhole = fc.integer({ min: 1, max: 1_000 });
    const wholeOrNull = fc.option(anyWhole, { nil: null });
    const origins = fc.constantFrom(
      null,
      ["*"],
      ["https://example.com", "https://*.example.com:8443"],
      ["capacitor://localhost"],
    );
    const written = fc.record(
      {
        force_tls: fc.boolean(),
        client_events: fc.boolean(),
        strict: fc.boolean(),
        connection_quota: wholeOrNull,
        message_quota: wholeOrNull,
        server_event_rate: wholeOrNull,
        allowed_origins: origins,
        activity_timeout: anyWhole,
        channel_name_length: anyWhole,
        batch_size: anyWhole,
        presence_limits: fc
          .record({ members: anyWhole, user_id_length: anyWhole }, { requiredKeys: [] })
          .filter((limits) => Object.keys(limits).length > 0),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(written, (settings) => {
        const parsed = parseAppSettings(settings);
        expect(parsed.ok && printAppSettings(parsed.value)).toEqual(settings);
      }),
    );
  });

  test.each([
    [{ client_evnts: true }, "client_evnts", "there is no such key", "Did you mean client_events?"],
    [{ clientEvents: true }, "clientEvents", "there is no such key", "Did you mean client_events?"],
    [
      { presence_limits: { member: 5 } },
      "presence_limits.member",
      "there is no such key",
      "Did you mean members?",
    ],
    [{ strict: "true" }, "strict", '"true" is not true or false', "Give true or false, without quotes."],
    [
      { batch_size: 0 },
      "batch_size",
      "0 is not a whole number from 1 to 10000",
      "Give a whole number from 1 to 10000.",
    ],
    [
      { connection_quota: -1 },
      "connection_quota",
      "-1 is not a whole number from 1 to 100000000, or null for unlimited",
      "Give a whole number from 1 to 100000000, or null for unlimited.",
    ],
  ])("says what is wrong with %j", (settings, key, problem, fix) => {
    const parsed = parseAppSettings(settings);
    expect(parsed.ok ? [] : parsed.error).toEqual([{ path: key.split("."), problem, fix }]);
  });

  test("say what is wrong in words of their own, never in those of a library", () => {
    const wrong = Object.fromEntries(appSettingKeys().map((key) => [key.split(".")[0], "x"]));
    for (const settings of [wrong, { allowed_origins: [] }, { allowed_origins: [5] }, [], 5, null]) {
      const parsed = parseAppSettings(settings);
      expect(parsed.ok).toBe(false);
      expect(JSON.stringify(parsed)).not.toMatch(/expected|Invalid|Too small|undefined/);
    }
  });

  test.each([
    [{ allowed_origins: [] }],
    [{ allowed_origins: ["example.com"] }],
    [{ allowed_origins: ["https://example.com/path"] }],
    [{ allowed_origins: ["https://a.*.example.com"] }],
    [{ allowed_origins: "https://example.com" }],
    [{ activity_timeout: 0 }],
    [{ data_limit: 1.5 }],
    [{ data_limit: null }],
    [{ presence_limits: [] }],
    [[]],
    [null],
    ["client_events"],
  ])("refuses %j", (settings) => {
    expect(parseAppSettings(settings).ok).toBe(false);
  });

  test("never throw, whatever is given", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void parseAppSettings(value)));
  });
});
