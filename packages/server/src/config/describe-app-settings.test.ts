import { describe, expect, test } from "bun:test";
import { APP_SETTING_TEXTS } from "./app-setting-texts.ts";
import { appSettingKeys, parseAppSettings } from "./app-settings.ts";
import { describeAppSettings } from "./describe-app-settings.ts";
import { patchAppSettings } from "./patch-app-settings.ts";

const byName = (overrides: Parameters<typeof describeAppSettings>[0]) =>
  new Map(describeAppSettings(overrides).map((setting) => [setting.name, setting]));

describe("the settings of an app, described", () => {
  test("are all there, in the order in which people read them", () => {
    const names: string[] = describeAppSettings({}).map(({ name }) => name);
    expect(names).toEqual(Object.keys(APP_SETTING_TEXTS));
    expect(names.toSorted()).toEqual(appSettingKeys().toSorted());
  });

  test("say which are overridden and what holds in the end", () => {
    const settings = byName({ clientEvents: true, presenceLimits: { members: 500 } });
    expect(settings.get("client_events")).toMatchObject({ default: false, override: true, effective: true });
    expect(settings.get("presence_limits.members")).toMatchObject({
      default: 100,
      override: 500,
      effective: 500,
    });
    expect(settings.get("batch_size")).toMatchObject({ default: 10, override: undefined, effective: 10 });
  });

  test("say what they may be", () => {
    const settings = byName({});
    expect(settings.get("strict")).toMatchObject({ type: "boolean", minimum: null, isNullable: false });
    expect(settings.get("allowed_origins")).toMatchObject({ type: "origins", isNullable: true });
    expect(settings.get("authorization_timeout")).toMatchObject({
      type: "integer",
      minimum: 1,
      maximum: 3600,
      isNullable: false,
      unit: "seconds",
    });
    expect(settings.get("presence_limits.members")).toMatchObject({ type: "integer", maximum: 100_000 });
  });

  test("have null for a default wherever null is a value, so that null can mean to inherit", () => {
    for (const { isNullable, default: byDefault } of describeAppSettings({})) {
      expect(byDefault === null).toBe(isNullable);
    }
  });
});

describe("a patch of settings", () => {
  const before = { clientEvents: true, batchSize: 20, presenceLimits: { members: 5, memberBytes: 99 } };

  test("changes what it names", () => {
    expect(patchAppSettings(before, { batch_size: 30, presence_limits: { members: 6 } })).toEqual({
      ok: true,
      value: { clientEvents: true, batchSize: 30, presenceLimits: { members: 6, memberBytes: 99 } },
    });
  });

  test("takes an override away with null", () => {
    expect(patchAppSettings(before, { batch_size: null, presence_limits: { members: null } })).toEqual({
      ok: true,
      value: { clientEvents: true, presenceLimits: { memberBytes: 99 } },
    });
    expect(patchAppSettings(before, { presence_limits: null })).toEqual({
      ok: true,
      value: { clientEvents: true, batchSize: 20 },
    });
    expect(patchAppSettings({}, { batch_size: null })).toEqual({ ok: true, value: {} });
  });

  test("that does not fit is refused with the setting's name", () => {
    for (const [patch, path] of [
      [{ batch_size: 0 }, ["batch_size"]],
      [{ presence_limits: { members: "many" } }, ["presence_limits", "members"]],
      [{ presence_limits: 7 }, ["presence_limits"]],
      [{ bach_size: 3 }, ["bach_size"]],
      [JSON.parse('{"__proto__":{"batch_size":1}}'), ["__proto__"]],
    ] as const) {
      const patched = patchAppSettings(before, patch);
      expect(patched.ok ? [] : patched.error.map((problem) => problem.path)).toEqual([path]);
    }
    expect(parseAppSettings({}).ok).toBe(true);
  });
});
