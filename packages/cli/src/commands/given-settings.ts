import { isJsonObject, type JsonObject } from "@usher/protocol";
import { parseAppSettings } from "@usher/server/light";
import { usageError } from "../cli-error.ts";

/** Settings as `--settings` gives them, checked before anything is made of them. */
export function givenSettings(text: string): JsonObject {
  const given = parseJson(text);
  // `null` means: no override. The setting must exist all the same.
  const parsed = parseAppSettings(isJsonObject(given) ? withoutNulls(given) : given);
  if (parsed.ok && isJsonObject(given)) return given;
  const problems = parsed.ok
    ? []
    : parsed.error.map(
        ({ path, problem, fix }) => `${["settings", ...path].join(".")}: ${problem}\n  ${fix}`,
      );
  throw usageError(problems.join("\n"), "docs/settings.md lists the settings.");
}

/** Text that is not JSON stands for itself, to be refused as what it is. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) =>
      value === null ? [] : [[name, isJsonObject(value) ? withoutNulls(value) : value]],
    ),
  );
}
