import { type QueryParameter, queryValue } from "../http-signature.ts";
import type { CandidateSecret } from "./candidate-secret.ts";
import type { Finding } from "./explanation.ts";
import { isPlaceholder } from "./placeholders.ts";
import { keyFault } from "./read-key.ts";
import type { RefusedRequest } from "./refusal.ts";

/** What is wrong with a request's parameters before anything is computed, in the order in which the server looks. */
export function parameterFault(
  request: RefusedRequest,
  query: readonly QueryParameter[],
  secrets: readonly CandidateSecret[],
): Finding | undefined {
  const missing = (name: string) => (queryValue(query, name) === undefined ? notSigned(name) : undefined);
  return (
    missing("auth_key") ??
    appFault(request, query, secrets) ??
    missing("auth_version") ??
    (queryValue(query, "auth_version") === "1.0" ? undefined : { cause: "auth_version_wrong" }) ??
    missing("auth_timestamp") ??
    timestampFault(request, queryValue(query, "auth_timestamp") ?? "") ??
    missing("auth_signature")
  );
}

function notSigned(parameter: string): Finding {
  return { cause: "request_not_signed", evidence: { parameter } };
}

function appFault(
  { appId }: RefusedRequest,
  query: readonly QueryParameter[],
  secrets: readonly CandidateSecret[],
): Finding | undefined {
  const key = queryValue(query, "auth_key") ?? "";
  const owner = secrets.find((secret) => secret.key === key);
  const isKnownApp = appId === undefined || secrets.some((secret) => secret.appId === appId);
  if (owner && appId !== undefined && owner.appId !== appId) {
    if (isPlaceholder(appId)) return { cause: "app_id_placeholder", evidence: { pathApp: appId } };
    return { cause: "app_id_wrong", evidence: { app: owner.appId, pathApp: appId } };
  }
  if (!isKnownApp) {
    const cause = isPlaceholder(appId) ? "app_id_placeholder" : "app_id_unknown";
    return { cause, evidence: { pathApp: appId } };
  }
  return keyFault(key, appId, secrets);
}

const HALF_HOUR = 1_800;
/** Clocks of one machine room are this near to each other. */
const NEARLY = 10;
const LONGEST_TIME_ZONE = 14 * 3_600;

function timestampFault({ nowSeconds, windowSeconds }: RefusedRequest, text: string): Finding | undefined {
  const given = /^\d{1,20}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(given)) return { cause: "timestamp_malformed" };
  if (nowSeconds === undefined) return given > 1e11 ? finerUnit(given, given / 1_000) : undefined;
  const seconds = given - nowSeconds;
  const distance = Math.abs(seconds);
  if (distance < windowSeconds) return undefined;
  const unit = finerUnit(given, nowSeconds);
  if (unit) return unit;

  const direction = seconds < 0 ? "behind the server's clock" : "ahead of the server's clock";
  const offBy = Math.abs(distance - Math.round(distance / HALF_HOUR) * HALF_HOUR);
  const isTimeZone = offBy <= NEARLY && distance <= LONGEST_TIME_ZONE + NEARLY;
  return isTimeZone
    ? { cause: "timestamp_time_zone", evidence: { seconds: distance, direction } }
    : { cause: "clock_skew", evidence: { seconds: distance, direction, windowSeconds } };
}

function finerUnit(given: number, nowSeconds: number): Finding | undefined {
  const units: readonly (readonly [unit: string, factor: number])[] = [
    ["milliseconds", 1e3],
    ["microseconds", 1e6],
    ["nanoseconds", 1e9],
  ];
  // Off by a day at most, so that an old request in milliseconds is still one in milliseconds.
  const found = units.find(([, factor]) => Math.abs(given / factor - nowSeconds) < 86_400);
  return found && { cause: "timestamp_milliseconds", evidence: { unit: found[0], factor: found[1] } };
}
