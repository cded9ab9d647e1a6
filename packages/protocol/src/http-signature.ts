/** One query parameter, decoded. */
export type QueryParameter = readonly [key: string, value: string];

/**
 * What is signed for one request to the HTTP API: the method, the path and the sorted query, a line each.
 *
 * @param path as the client sees it, without the query.
 * @param query decoded parameters; `auth_signature` among them is left out. Keys are lower-cased and sorted, an array
 *   (`key[]`) under its bare name with its elements in the order given; of a plain key that repeats the last one counts.
 * @see Pusher docs, "Authenticating requests".
 */
export function httpStringToSign(method: string, path: string, query: readonly QueryParameter[]): string {
  const plain = new Map<string, string>();
  const lines: { readonly sortKey: string; readonly text: string }[] = [];
  for (const [rawKey, value] of query) {
    const key = rawKey.toLowerCase();
    if (key === "auth_signature") continue;
    if (key.endsWith("[]")) lines.push({ sortKey: key.slice(0, -2), text: `${key}=${value}` });
    else plain.set(key, value);
  }
  for (const [key, value] of plain) lines.push({ sortKey: key, text: `${key}=${value}` });
  // Array.prototype.sort is stable, which is what keeps array elements in order.
  lines.sort((a, b) => (a.sortKey < b.sortKey ? -1 : a.sortKey > b.sortKey ? 1 : 0));
  return `${method.toUpperCase()}\n${path}\n${lines.map((line) => line.text).join("&")}`;
}

/**
 * Decodes a query string. `%2B` and a literal `+` both become `+`: Pusher's libraries escape spaces as `%20`.
 *
 * @param query without the question mark. A malformed escape stands as it is.
 */
export function parseQuery(query: string): QueryParameter[] {
  if (query === "") return [];
  const parameters: QueryParameter[] = [];
  for (const part of query.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    if (equals === -1) parameters.push([decode(part), ""]);
    else parameters.push([decode(part.slice(0, equals)), decode(part.slice(equals + 1))]);
  }
  return parameters;
}

/** The value of a parameter; of several, the last. */
export function queryValue(query: readonly QueryParameter[], key: string): string | undefined {
  for (let index = query.length - 1; index >= 0; index--) {
    const parameter = query[index];
    if (parameter && parameter[0].toLowerCase() === key) return parameter[1];
  }
  return undefined;
}

/** All values of an array parameter, `key[]=a&key[]=b`. */
export function queryValues(query: readonly QueryParameter[], key: string): string[] {
  return query.filter(([name]) => name.toLowerCase() === `${key}[]`).map(([, value]) => value);
}

/**
 * Every text that an honest client may have signed for a request, the likeliest first. Some libraries sign the path
 * before escaping it and others after, and some write a space as `+`.
 */
export function* httpStringsToSign(
  method: string,
  path: string,
  rawQuery: string,
  query: readonly QueryParameter[],
): Generator<string> {
  yield httpStringToSign(method, path, query);
  const decodedPath = decode(path);
  const hasLiteralPlus = rawQuery.includes("+");
  if (decodedPath !== path) yield httpStringToSign(method, decodedPath, query);
  if (!hasLiteralPlus) return;
  const withSpaces = parseQuery(rawQuery.replaceAll("+", "%20"));
  yield httpStringToSign(method, path, withSpaces);
  if (decodedPath !== path) yield httpStringToSign(method, decodedPath, withSpaces);
}

function decode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
