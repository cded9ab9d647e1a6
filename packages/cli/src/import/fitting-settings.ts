import { isJsonObject, type JsonObject } from "@usher/protocol";
import { isAppName, mergeAppSettings, parseAppSettings, printAppSettings } from "@usher/server/light";
import { ImportError, type ImportedApp } from "./imported-app.ts";

/**
 * The apps with settings that an app can have: those that are the default anyway are left out, and those that do not fit are
 * left out with a remark.
 *
 * @param given for all of them, over what was read; checked already. `null` takes the default.
 */
export function fittingApps(apps: readonly ImportedApp[], given: JsonObject): readonly ImportedApp[] {
  return apps.map((app) => {
    for (const name of [app.id, app.key]) if (!isAppName(name)) throw notAName(name);
    const { settings, misfits } = fit({ ...app.settings, ...mergedInside(app.settings, given) });
    return { ...app, name: app.name.slice(0, LONGEST_NAME), settings, remarks: [...app.remarks, ...misfits] };
  });
}

const LONGEST_NAME = 100;

function notAName(name: string): ImportError {
  return new ImportError(
    `${name} cannot be the id or key of an app`,
    "Ids and keys have up to 200 characters, without spaces and any of / : ? # % &.",
  );
}

/** Settings that are objects are changed in part. */
function mergedInside(before: JsonObject, given: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const former = before[name];
      return [name, isJsonObject(value) && isJsonObject(former) ? { ...former, ...value } : value];
    }),
  );
}

function fit(settings: JsonObject): { readonly settings: JsonObject; readonly misfits: readonly string[] } {
  const defaults = printAppSettings(mergeAppSettings({}));
  const fitting: [string, unknown][] = [];
  const misfits: string[] = [];
  for (const [name, value] of Object.entries(withoutDefaults(settings, defaults))) {
    const problem = problemOf({ [name]: value });
    if (problem) misfits.push(problem);
    else fitting.push([name, value]);
  }
  return { settings: Object.fromEntries(fitting), misfits };
}

function withoutDefaults(settings: JsonObject, defaults: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => {
      const standard = defaults[name];
      if (value === null || value === standard) return [];
      if (!isJsonObject(value) || !isJsonObject(standard)) return [[name, value]];
      const inner = withoutDefaults(value, standard);
      return Object.keys(inner).length === 0 ? [] : [[name, inner]];
    }),
  );
}

function problemOf(setting: JsonObject): string | undefined {
  const parsed = parseAppSettings(setting);
  const [problem] = parsed.ok ? [] : parsed.error;
  return problem && `${problem.path.join(".")} was not carried over: ${problem.problem}.`;
}
