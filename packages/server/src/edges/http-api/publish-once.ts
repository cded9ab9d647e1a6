import type { App, Hub } from "@usher/hub";
import { queryValue, UsherError } from "@usher/protocol";
import { type Answer, parameterInvalid } from "./answer.ts";
import type { ApiRequest, Parameters } from "./api-request.ts";
import type { Route } from "./routes.ts";

const LONGEST_KEY = 255;

/**
 * Sends events once for an idempotency key, however often the request comes: a repeat has the first one's answer. The
 * key is `idempotency_key` in the body, or else the header `Idempotency-Key`.
 *
 * @param send sends the events and answers. A refusal had no effect, so a repeat of it is tried anew.
 */
export function publishOnce(
  app: App,
  route: Route,
  request: ApiRequest,
  parameters: Parameters,
  { hub, nowMs }: { readonly hub: Hub; readonly nowMs: number },
  send: () => Answer,
): Answer {
  const given = parameters.get("idempotency_key") ?? request.idempotencyKey;
  if (given === undefined || given === null) return send();
  if (typeof given !== "string" || given === "" || given.length > LONGEST_KEY) {
    return parameterInvalid(`Expected idempotency_key to be a string of 1 to ${LONGEST_KEY} characters`);
  }
  const { publishes } = hub.stateFor(app);
  // The MD5 was checked with the signature: whoever could find two bodies with the same one could also sign the second.
  const fingerprint = `${route.name} ${queryValue(request.query, "body_md5")}`;
  const seen = publishes.find(given, fingerprint, nowMs);
  if (seen.kind === "different") return new UsherError("idempotency_key_reused", { key: given });
  if (seen.kind === "repeated") return seen.answer as Answer;
  const answer = send();
  if (answer instanceof UsherError) return answer;
  const kept = { ...answer, isIdempotent: true };
  publishes.remember(given, fingerprint, kept, nowMs);
  return kept;
}
