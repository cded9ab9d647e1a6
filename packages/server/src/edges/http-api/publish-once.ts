import type { App, Hub } from "@usher/hub";
import { queryValue, UsherError } from "@usher/protocol";
import { type Answer, parameterInvalid } from "./answer.ts";
import type { ApiRequest, Parameters } from "./api-request.ts";
import type { Route } from "./routes.ts";
import type { SharedKeys } from "./shared-keys.ts";

const LONGEST_KEY = 255;

export interface PublishOnceContext {
  readonly hub: Hub;
  readonly nowMs: number;
  /** Undefined where there is one node, which knows all keys. */
  readonly sharedKeys: SharedKeys | undefined;
}

/**
 * Sends events once for an idempotency key, however often the request comes: a repeat has the first one's answer. The
 * key is `idempotency_key` in the body, or else the header `Idempotency-Key`.
 *
 * @param send sends the events and answers; it refuses without a promise. A refusal had no effect, so a repeat of it is
 *   tried anew.
 */
export function publishOnce(
  app: App,
  route: Route,
  request: ApiRequest,
  parameters: Parameters,
  { hub, nowMs, sharedKeys }: PublishOnceContext,
  send: () => Answer | Promise<Answer>,
): Answer | Promise<Answer> {
  const given = parameters.get("idempotency_key") ?? request.idempotencyKey;
  if (given === undefined || given === null) return send();
  if (typeof given !== "string" || given === "" || given.length > LONGEST_KEY) {
    return parameterInvalid(`Expected idempotency_key to be a string of 1 to ${LONGEST_KEY} characters`);
  }
  // The MD5 was checked with the signature: whoever could find two bodies with the same one could also sign the second.
  const fingerprint = `${route.name} ${queryValue(request.query, "body_md5")}`;
  const once: Once = { key: given, fingerprint, publishes: hub.stateFor(app).publishes, nowMs, send };
  const seen = answerSeen(once);
  if (seen || !sharedKeys) return seen ?? sendAndRemember(once);
  return publishOnceEverywhere(app, once, sharedKeys);
}

interface Once {
  readonly key: string;
  readonly fingerprint: string;
  readonly publishes: ReturnType<Hub["stateFor"]>["publishes"];
  readonly nowMs: number;
  readonly send: () => Answer | Promise<Answer>;
}

/** The answer that this node has for a key; undefined where the request is new to it. */
function answerSeen({ key, fingerprint, publishes, nowMs }: Once): Answer | Promise<Answer> | undefined {
  const seen = publishes.find(key, fingerprint, nowMs);
  if (seen.kind === "different") return new UsherError("idempotency_key_reused", { key });
  return seen.kind === "repeated" ? (seen.answer as Answer | Promise<Answer>) : undefined;
}

function sendAndRemember({ key, fingerprint, publishes, nowMs, send }: Once): Answer | Promise<Answer> {
  const answer = send();
  if (answer instanceof UsherError) return answer;
  const kept = answer instanceof Promise ? answer.then(asIdempotent) : asIdempotent(answer);
  publishes.remember(key, fingerprint, kept, nowMs);
  return kept;
}

async function publishOnceEverywhere(app: App, once: Once, sharedKeys: SharedKeys): Promise<Answer> {
  const { key, fingerprint } = once;
  const claim = await sharedKeys.claim(app.id, key, fingerprint);
  switch (claim.kind) {
    case "repeated":
      return claim.answer as Answer;
    case "different":
      return new UsherError("idempotency_key_reused", { key });
    case "pending":
      return new UsherError("idempotency_key_pending", { key });
    case "unavailable":
      // What this node knows is better than nothing, and may have grown meanwhile.
      return answerSeen(once) ?? sendAndRemember(once);
    case "first":
  }
  try {
    const answer = await sendAndRemember(once);
    if (answer instanceof UsherError) claim.release();
    else await claim.settle(answer);
    return answer;
  } catch (error) {
    claim.release();
    throw error;
  }
}

function asIdempotent(answer: Answer): Answer {
  return answer instanceof UsherError ? answer : { ...answer, isIdempotent: true };
}
