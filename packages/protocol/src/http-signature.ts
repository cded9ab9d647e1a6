/** One query parameter: its key in lower case, as signatures have it, and both sides decoded. */
export type QueryParameter = readonly [key: string, value: string];

/**
 * What is signed for one request to the HTTP API: the method, the path and the sorted query, a line each.
 *
 * @param method in upper case.
 * @param path as the client sees it, without the query.
 * @param query `auth_signature` among it is left out. Keys are sorted, an array (`key[]`) under its bare name with its
 *   elements in the order given; of a plain key that repeats the last one counts.
 * @see Pusher docs, "Authenticating requests".
 */
export function httpStringToSign(method: string, path: string, query: readonly QueryParameter[]): string {
  const signed = query.filter(([key]) => key !== "auth_signature");
  const sorted = isSorted(signed) ? signed : signed.sort(byKey);
  let line = "";
  for (let index = 0; index < sorted.length; index++) {
    const [key, value] = sorted[index] as QueryParameter;
    if (sorted[index + 1]?.[0] === key && !isArray(key)) continue;
    line += line === "" ? `${key}=${value}` : `&${key}=${value}`;
  }
  return `${method}\n${path}\n${line}`;
}

/**
 * The query that the official libraries send with an event: sorted, nothing in it escaped, the signature last. Nearly every
 * request of a busy app has it, so it is told apart by one look instead of being taken to pieces and sorted.
 */
const USUAL_QUERY =
  /^auth_key=([\w.-]+)&auth_timestamp=(\d+)&auth_version=([\d.]+)&body_md5=([\da-f]{32})&auth_signature=([\da-f]{64})$/;

/**
 * What `httpStringToSign` makes of a query in the usual form, cut out of it as it stands; undefined for any other query.
 *
 * @param rawQuery without the question mark.
 */
export function usualHttpStringToSign(method: string, path: string, rawQuery: string): string | undefined {
  if (!USUAL_QUERY.test(rawQuery)) return undefined;
  return `${method}\n${path}\n${rawQuery.slice(0, rawQuery.lastIndexOf("&"))}`;
}

/**
 * What else an honest client may have signed for a request, besides the text above: some libraries sign the path before
 * escaping it, and some write a space as `+`.
 */
export function alternativeHttpStringsToSign(
  method: string,
  path: string,
  rawQuery: string,
  query: readonly QueryParameter[],
): string[] {
  const decodedPath = decode(path);
  const paths = decodedPath === path ? [path] : [path, decodedPath];
  const queries = rawQuery.includes("+") ? [query, parseQuery(rawQuery.replaceAll("+", "%20"))] : [query];
  return queries
    .flatMap((candidate) => paths.map((candidatePath) => httpStringToSign(method, candidatePath, candidate)))
    .slice(1);
}

/**
 * Decodes a query string. `%2B` and a literal `+` both become `+`: Pusher's libraries escape spaces as `%20`.
 *
 * @param query without the question mark. A malformed escape stands as it is.
 */
export function parseQuery(query: string): QueryParameter[] {
  const usual = USUAL_QUERY.exec(query);
  if (usual) {
    const [, key = "", timestamp = "", version = "", bodyMd5 = "", signature = ""] = usual;
    return [
      ["auth_key", key],
      ["auth_timestamp", timestamp],
      ["auth_version", version],
      ["body_md5", bodyMd5],
      ["auth_signature", signature],
    ];
  }
  const parameters: QueryParameter[] = [];
  let start = 0;
  while (start < query.length) {
    const ampersand = query.indexOf("&", start);
    const end = ampersand === -1 ? query.length : ampersand;
    const equals = query.indexOf("=", start);
    if (equals !== -1 && equals < end)
      parameters.push([keyOf(query, start, equals), decode(query.slice(equals + 1, end))]);
    else if (end > start) parameters.push([keyOf(query, start, end), ""]);
    start = end + 1;
  }
  return parameters;
}

/** The value of a parameter; of several, the last. @param key in lower case. */
export function queryValue(query: readonly QueryParameter[], key: string): string | undefined {
  return query.findLast((parameter) => parameter[0] === key)?.[1];
}

/** All values of an array parameter, `key[]=a&key[]=b`. @param key in lower case, without the brackets. */
export function queryValues(query: readonly QueryParameter[], key: string): string[] {
  return query.filter(([name]) => name === `${key}[]`).map(([, value]) => value);
}

function isSorted(query: readonly QueryParameter[]): boolean {
  for (let index = 1; index < query.length; index++) {
    if (byKey(query[index - 1] as QueryParameter, query[index] as QueryParameter) > 0) return false;
  }
  return true;
}

function byKey([a]: QueryParameter, [b]: QueryParameter): number {
  const left = isArray(a) ? a.slice(0, -2) : a;
  const right = isArray(b) ? b.slice(0, -2) : b;
  if (left !== right) return left < right ? -1 : 1;
  // A plain key and an array of one name: the plain one first, so that its repeats stand side by side.
  return Number(isArray(a)) - Number(isArray(b));
}

function isArray(key: string): boolean {
  return key.endsWith("[]");
}

function keyOf(query: string, start: number, end: number): string {
  return decode(query.slice(start, end)).toLowerCase();
}

function decode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
