import type { Place } from "./place.ts";
import rules from "./snippets/rules.txt";

/**
 * The text with everything filled in: `{{host}}`, `{{port}}`, `{{scheme}}`, `{{tls}}` (`true`) and `{{Tls}}` (`True`),
 * `{{origin}}` and `{{url}}` (with the prefix), `{{prefix}}`, `{{app_id}}`, `{{key}}`, and `{{rules}}`, which several share.
 * A line that ends in `{{if prefix}}` is there only where the server has a path prefix.
 */
export function fillSnippet(text: string, place: Place): string {
  const values = valuesOf(place);
  return text
    .replace("{{rules}}\n", rules)
    .split("\n")
    .filter((line) => place.pathPrefix !== "" || !line.endsWith(IF_PREFIX))
    .map((line) => line.replace(IF_PREFIX, ""))
    .join("\n")
    .replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole)
    .trimEnd();
}

const IF_PREFIX = "{{if prefix}}";

function valuesOf({ host, port, isTls, pathPrefix, appId, key }: Place): Readonly<Record<string, string>> {
  const scheme = isTls ? "https" : "http";
  const origin = new URL(`${scheme}://${host}:${port}`).origin;
  return {
    host,
    port: String(port),
    scheme,
    tls: String(isTls),
    Tls: isTls ? "True" : "False",
    origin,
    url: `${origin}${pathPrefix}`,
    prefix: pathPrefix,
    app_id: appId,
    key,
  };
}
