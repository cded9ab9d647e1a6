import type { App, AppKey, AppSecret } from "@usher/hub";
import {
  alternativeHttpStringsToSign,
  fail,
  findSigningSecret,
  type HmacHex,
  httpStringToSign,
  ok,
  queryValue,
  type Result,
  UsherError,
  usualHttpStringToSign,
} from "@usher/protocol";
import type { ApiRequest } from "./api-request.ts";
import { md5Hex } from "./md5.ts";

export interface Credentials {
  readonly key: string;
  readonly secret: AppSecret;
}

/**
 * Was this request signed with a secret of this very app, within the window of time? The checks and their order are
 * those of Pusher's reference verifier.
 *
 * @param windowSeconds a request as many seconds old as this is refused; it bounds how long a captured one can be replayed.
 */
export function authenticate(
  request: ApiRequest,
  app: App,
  nowMs: number,
  windowSeconds: number,
  hmacHex: HmacHex,
): Result<Credentials> {
  const { query } = request;
  const key = queryValue(query, "auth_key");
  if (key === undefined) return fail(new UsherError("http_auth_key_missing"));
  const appKey = app.keys.find((candidate) => candidate.key === key);
  if (!appKey) return fail(new UsherError("http_auth_key_unknown"));

  const problem = checkVersion(request) ?? checkTimestamp(request, nowMs, windowSeconds);
  if (problem) return fail(problem);
  const signature = queryValue(query, "auth_signature");
  if (signature === undefined) return fail(new UsherError("http_auth_signature_missing"));

  const secret = findSecret(request, appKey, signature, hmacHex);
  if (!secret) {
    const stringToSign = httpStringToSign(request.method, request.signedPath, query);
    return fail(new UsherError("http_auth_signature_mismatch", { stringToSign, signature }));
  }
  const mismatch = checkBody(request);
  return mismatch ? fail(mismatch) : ok({ key, secret });
}

function findSecret(
  request: ApiRequest,
  { secrets }: AppKey,
  signature: string,
  hmacHex: HmacHex,
): AppSecret | undefined {
  const { method, signedPath, rawQuery, query } = request;
  const text =
    usualHttpStringToSign(method, signedPath, rawQuery) ?? httpStringToSign(method, signedPath, query);
  const usual = findSigningSecret(secrets, text, signature, hmacHex);
  if (usual) return usual;
  for (const text of alternativeHttpStringsToSign(method, signedPath, rawQuery, query)) {
    const secret = findSigningSecret(secrets, text, signature, hmacHex);
    if (secret) return secret;
  }
  return undefined;
}

function checkVersion({ query }: ApiRequest): UsherError | undefined {
  const version = queryValue(query, "auth_version");
  if (version === undefined) return new UsherError("http_auth_version_missing");
  return version === "1.0" ? undefined : new UsherError("http_auth_version_unsupported");
}

function checkTimestamp({ query }: ApiRequest, nowMs: number, windowSeconds: number): UsherError | undefined {
  const text = queryValue(query, "auth_timestamp");
  if (text === undefined) return new UsherError("http_auth_timestamp_missing");
  const given = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Math.abs(Math.floor(nowMs / 1000) - given) < windowSeconds) return undefined;
  return new UsherError("http_auth_timestamp_expired", {
    given: Number.isNaN(given) ? text : isoSeconds(given * 1000),
    window: windowSeconds,
    now: isoSeconds(nowMs),
  });
}

/**
 * The signature covers body_md5, and body_md5 the body. Some libraries send the MD5 of nothing along with a request that
 * has no body, so an empty body may have either.
 */
function checkBody({ body, query }: ApiRequest): UsherError | undefined {
  const given = queryValue(query, "body_md5");
  if (given === undefined && body.length === 0) return undefined;
  if (given === md5Hex(body)) return undefined;
  return new UsherError("http_body_md5_mismatch", { length: body.length });
}

function isoSeconds(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString().replace(".000Z", "Z");
}
