import { httpStringToSign, parseQuery, type QueryParameter } from "../http-signature.ts";
import type { CauseCode } from "./causes.ts";
import type { TextGuess } from "./channel-texts.ts";
import type { RefusedRequest } from "./refusal.ts";

/**
 * What may have been signed in place of the three lines of a request, the likeliest first.
 *
 * @param bodyMd5 of the body as it came; undefined where it is not at hand.
 * @param otherAppIds whose paths may have been signed.
 */
export function requestTexts(
  request: RefusedRequest,
  bodyMd5: string | undefined,
  otherAppIds: readonly string[],
): readonly TextGuess[] {
  const { method, path, rawQuery } = request;
  const query = parseQuery(rawQuery);
  return [
    ...queryTexts(request),
    ...coverageTexts(request, query, bodyMd5),
    ...pathTexts(request, query),
    ...otherAppTexts(request, query, otherAppIds),
    ...methodTexts(request, query),
    ...lineTexts(httpStringToSign(method, path, query)),
  ];
}

interface RawParameter {
  readonly key: string;
  readonly rawValue: string;
  readonly value: string;
}

/** The query as it was written, with its keys as they were, without its signature. */
function rawParameters(rawQuery: string): readonly RawParameter[] {
  return rawQuery
    .split("&")
    .filter((part) => part !== "" && !/^auth_signature(=|$)/i.test(part))
    .map((part) => {
      const equals = part.indexOf("=");
      const key = equals === -1 ? part : part.slice(0, equals);
      const rawValue = equals === -1 ? "" : part.slice(equals + 1);
      return { key: decode(key), rawValue, value: decode(rawValue) };
    });
}

function queryTexts({ method, path, rawQuery }: RefusedRequest): TextGuess[] {
  const raw = rawParameters(rawQuery);
  const lower = raw.map(({ key, ...rest }) => ({ ...rest, key: key.toLowerCase() }));
  const inOrder = lower.toSorted(byKey);
  const isOfAuth = ({ key }: RawParameter) => key.startsWith("auth_") || key === "body_md5";
  const authFirst = [...lower.filter(isOfAuth), ...lower.filter((parameter) => !isOfAuth(parameter))];
  const authLast = [...lower.filter((parameter) => !isOfAuth(parameter)), ...lower.filter(isOfAuth)];
  const guess = (cause: CauseCode, line: string): TextGuess => ({
    cause,
    text: `${method}\n${path}\n${line}`,
  });
  const line = (parameters: readonly RawParameter[], spell: (parameter: RawParameter) => string) =>
    parameters.map((parameter) => `${parameter.key}=${spell(parameter)}`).join("&");
  const plain = ({ value }: RawParameter) => value;
  return [
    guess("query_not_sorted", line(lower, plain)),
    guess("query_keys_not_lowercased", line(raw.toSorted(byKey), plain)),
    guess("query_keys_not_lowercased", line(raw.toSorted(byLowerCaseKey), plain)),
    guess(
      "query_encoded",
      line(inOrder, ({ rawValue }) => rawValue),
    ),
    guess(
      "query_encoded",
      line(inOrder, ({ value }) => encode(value)),
    ),
    guess(
      "query_encoded",
      line(inOrder, ({ value }) => encode(value).replaceAll("%20", "+")),
    ),
    guess("query_signature_included", line([...lower, EMPTY_SIGNATURE].toSorted(byKey), plain)),
    guess("query_signature_included", line([...inOrder, EMPTY_SIGNATURE], plain)),
    guess("query_not_sorted", line(authFirst, plain)),
    guess("query_not_sorted", line(authLast, plain)),
  ];
}

const EMPTY_SIGNATURE: RawParameter = { key: "auth_signature", rawValue: "", value: "" };

function coverageTexts(
  { method, path }: RefusedRequest,
  query: readonly QueryParameter[],
  bodyMd5: string | undefined,
): TextGuess[] {
  const isOfAuth = (key: string) => key.startsWith("auth_") || key === "body_md5";
  const added = [...new Set(query.map(([key]) => key).filter((key) => !isOfAuth(key)))];
  const hasMd5 = query.some(([key]) => key === "body_md5");
  const without = (names: readonly string[]) =>
    httpStringToSign(
      method,
      path,
      query.filter(([key]) => !names.includes(key)),
    );
  const guesses: TextGuess[] = [];
  if (hasMd5) guesses.push({ cause: "body_md5_not_signed", text: without(["body_md5"]) });
  else if (bodyMd5 !== undefined) {
    const withMd5 = [...query, ["body_md5", bodyMd5] as const];
    guesses.push({ cause: "body_md5_not_sent", text: httpStringToSign(method, path, withMd5) });
  }
  const subsets = [added, ...added.slice(0, MOST_ADDED).map((key) => [key])];
  for (const names of added.length === 0 ? [] : subsets) {
    const parameters = names.join(", ");
    guesses.push({ cause: "query_parameters_not_signed", text: without(names), evidence: { parameters } });
  }
  return guesses;
}

const MOST_ADDED = 4;

/** Prefixes that proxies are seen to take away. */
export const USUAL_PATH_PREFIXES: readonly string[] = [
  "/ws",
  "/pusher",
  "/realtime",
  "/usher",
  "/socket",
  "/api",
];

/** Below which an app's own paths begin. */
const APPS = /\/apps\/[^/]+/;

function pathTexts(
  { method, path, pathPrefixes }: RefusedRequest,
  query: readonly QueryParameter[],
): TextGuess[] {
  const start = path.search(APPS);
  const unprefixed = start > 0 ? [path.slice(start)] : [];
  const prefixed = pathPrefixes.map((prefix) => prefix + (start > 0 ? path.slice(start) : path));
  const spelled = [
    path.slice(1),
    `${path}/`,
    path.replace(/\/+$/, ""),
    path.replace(APPS, ""),
    path.toLowerCase(),
    `/${path}`,
    path.replace(/\/{2,}/g, "/"),
    encodeURI(path.toWellFormed()),
  ];
  const guess = (cause: CauseCode) => (signedPath: string) => ({
    cause,
    text: httpStringToSign(method, signedPath, query),
    evidence: { signedPath, path },
  });
  const isOther = (other: string) => other !== path;
  return [
    ...[...unprefixed, ...prefixed].filter(isOther).map(guess("path_prefix_changed")),
    ...spelled.filter(isOther).map(guess("path_spelled_differently")),
  ];
}

function otherAppTexts(
  { method, path }: RefusedRequest,
  query: readonly QueryParameter[],
  otherAppIds: readonly string[],
): TextGuess[] {
  return otherAppIds.map((app) => ({
    cause: "signed_for_another_app",
    // As a function, since an app id may hold what a replacement text gives a meaning to.
    text: httpStringToSign(
      method,
      path.replace(APPS, () => `/apps/${app}`),
      query,
    ),
    evidence: { app },
  }));
}

function methodTexts({ method, path }: RefusedRequest, query: readonly QueryParameter[]): TextGuess[] {
  const others = [method.toLowerCase(), "GET", "POST", "HEAD", ""].filter((other) => other !== method);
  return others.map((signedMethod) => ({
    cause: "method_wrong",
    text: httpStringToSign(signedMethod, path, query),
    evidence: { method, signedMethod: signedMethod === "" ? "(nothing)" : signedMethod },
  }));
}

function lineTexts(right: string): TextGuess[] {
  const joined: readonly (readonly [separator: string, text: string])[] = [
    ["a line feed behind the query", `${right}\n`],
    ["carriage return and line feed", right.replaceAll("\n", "\r\n")],
    ["a backslash and the letter n", right.replaceAll("\n", "\\n")],
    ["nothing in between", right.replaceAll("\n", "")],
    ["spaces", right.replaceAll("\n", " ")],
    ["a question mark before the query", right.replace(/\n(?=[^\n]*$)/, "?")],
  ];
  return joined.map(([separator, text]) => ({
    cause: "lines_joined_wrongly",
    text,
    evidence: { separator },
  }));
}

function byKey(a: RawParameter, b: RawParameter): number {
  return a.key === b.key ? 0 : a.key < b.key ? -1 : 1;
}

function byLowerCaseKey(a: RawParameter, b: RawParameter): number {
  const [left, right] = [a.key.toLowerCase(), b.key.toLowerCase()];
  return left === right ? 0 : left < right ? -1 : 1;
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
