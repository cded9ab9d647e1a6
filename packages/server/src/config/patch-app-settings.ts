import { isJsonObject, type Result } from "@usher/protocol";
import { type AppSettingsOverrides, parseAppSettings, printAppSettings } from "./app-settings.ts";
import type { ValueProblem } from "./value-problems.ts";

/**
 * Changes the settings that are named and leaves the others as they are.
 *
 * @param patch as people write settings, where `null` for a name means: no override, the default holds. No setting has a
 *   meaning of its own for `null` besides its default.
 */
export function patchAppSettings(
  overrides: AppSettingsOverrides,
  patch: Readonly<Record<string, unknown>>,
): Result<AppSettingsOverrides, readonly ValueProblem[]> {
  return parseAppSettings(merge(printAppSettings(overrides), patch));
}

function merge(
  before: Readonly<Record<string, unknown>>,
  patch: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const after = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(patch)) {
    const former = after.get(name);
    if (value === null) after.delete(name);
    else if (isJsonObject(value)) after.set(name, merge(isJsonObject(former) ? former : {}, value));
    else after.set(name, value);
  }
  return Object.fromEntries(after);
}
