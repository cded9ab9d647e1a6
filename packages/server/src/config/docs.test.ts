import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { APP_SETTING_TEXTS } from "./app-setting-texts.ts";
import { appSettingKeys, mergeAppSettings, printAppSettings } from "./app-settings.ts";
import { configKeys, flagOf, specOf, variablesOf } from "./config-keys.ts";
import { loadConfig } from "./load-config.ts";

const DOCS = join(import.meta.dir, "../../../../docs");

/** The cells of the table row for a key. */
function rowOf(page: string, key: string): string[] {
  const text = readFileSync(join(DOCS, page), "utf8");
  const rows = text.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const row = rows.find(([, first]) => first === `\`${key}\``) ?? [];
  return row.slice(1).map((cell) => cell.replaceAll("`", ""));
}

describe("docs/settings.md", () => {
  const defaults = printAppSettings(mergeAppSettings({}));
  const limits = defaults.presence_limits as Readonly<Record<string, number>>;

  test.each(appSettingKeys().filter((key) => key !== "strict"))(
    "%s with its default and what it does",
    (key) => {
      const value = key.startsWith("presence_limits.") ? limits[key.split(".")[1] ?? ""] : defaults[key];
      const [, shownDefault, description] = rowOf("settings.md", key);
      expect(shownDefault).toBe(JSON.stringify(value));
      expect(description).toBe(APP_SETTING_TEXTS[key].description.replaceAll("`", ""));
    },
  );

  test("strict with what it changes", () => {
    expect(readFileSync(join(DOCS, "settings.md"), "utf8")).toContain("`strict` is `false` by default");
  });
});

describe("docs/configuration.md", () => {
  const loaded = loadConfig({ flags: {}, env: {}, readFile: String, isTerminal: false });
  const entries = loaded.ok ? loaded.value.entries : [];

  test.each(configKeys())("%s with its flag, variables and default", (key) => {
    const [, flag, variables, shownDefault] = rowOf("configuration.md", key);
    expect(flag).toBe(flagOf(key));
    for (const variable of variablesOf(key)) expect(variables).toContain(variable);
    if (specOf(key).fromFile) expect(variables).toContain(`${variablesOf(key)[0]}_FILE`);
    const value = entries.find((entry) => entry.key === key)?.value;
    const isNone = value === null || value === "" || (Array.isArray(value) && value.length === 0);
    expect(shownDefault).toBe(isNone ? "none" : String(value));
  });
});
