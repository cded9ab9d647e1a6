import { channelTraits, parseJsonObject } from "@usher/protocol";
import {
  CAUSES,
  type CandidateSecret,
  type CauseCode,
  explainAnswer,
  keyOf,
  type TrialLimits,
} from "@usher/protocol/explain";
import { explainOptions } from "./explain-options.ts";
import { type Problem, problem } from "./problems.ts";

/** What the endpoint was asked to sign. */
export interface Asked {
  readonly socketId: string;
  /** Undefined for a sign-in. */
  readonly channel: string | undefined;
}

export interface Known {
  /** The app that the endpoint signs for, where that is known. */
  readonly appId: string | undefined;
  /** Those that the signature may have been made with; none when nobody gave any. */
  readonly secrets: readonly CandidateSecret[];
  /** Of other requests to the same endpoint. */
  readonly otherSocketIds: readonly string[];
  /** How much may be computed to explain one signature. */
  readonly limits: TrialLimits;
}

/**
 * What is wrong with the JSON of an answer, its signature included. Where no secret is known, only what shows without
 * it: a signature can then still turn out to be made with the key or with a placeholder.
 *
 * @param body as it came, for one channel or one user.
 */
export function signedAnswerProblems(
  body: string,
  asked: Asked,
  { appId, secrets, otherSocketIds, limits }: Known,
): readonly Problem[] {
  const { socketId, channel } = asked;
  const answer = parseJsonObject(body);
  const common = { appId, socketId, otherSocketIds };
  const explanation = explainAnswer(
    body,
    channel === undefined
      ? { kind: "user", ...common }
      : { kind: "channel", ...common, channel, isSignedIn: false, otherChannels: [] },
    explainOptions(secrets.length > 0 ? secrets : [standIn()], { appId, key: keyOf(answer?.auth) }, limits),
  );
  const { cause, message, fix, stringToSign, also } = explanation;
  const found: Problem[] = [];
  if (cause === "unknown" && secrets.length > 0)
    found.push(problem("signature_wrong", { text: stringToSign ?? "" }));
  else if (cause !== "signature_valid" && cause !== "unknown") {
    const level = ACCEPTED.includes(cause) ? "warns" : "fails";
    found.push({ code: cause, level, message: lowerFirst(message), fix });
  }
  if (also !== undefined && !/\{/.test(CAUSES[also].message)) found.push(fromTable(also));
  // It is looked at only behind a signature that could be verified.
  if (channel !== undefined && answer && channelTraits(channel).isEncrypted) {
    const fault = sharedSecretFault(answer.shared_secret);
    if (fault && cause !== fault) found.push(fromTable(fault));
  }
  return found;
}

/** Right today, and wrong once the rotation of the secret is over or before it is known everywhere. */
const ACCEPTED: readonly CauseCode[] = ["secret_pending", "secret_retiring"];

/** The signature in an answer that a client would go on with; undefined when there is none. */
export function authOf(body: string): string | undefined {
  const answer = parseJsonObject(body);
  return typeof answer?.auth === "string" && answer.auth !== "" ? answer.auth : undefined;
}

/** In place of a secret that is not known: no signature matches it, and it takes any key for its own. */
function standIn(): CandidateSecret {
  return { appId: "", key: "", id: "given", slot: "given", value: crypto.randomUUID() };
}

function sharedSecretFault(
  sharedSecret: unknown,
): "shared_secret_missing" | "shared_secret_malformed" | undefined {
  if (sharedSecret === undefined || sharedSecret === null) return "shared_secret_missing";
  const isBase64 = typeof sharedSecret === "string" && /^[A-Za-z0-9+/]{43}=$/.test(sharedSecret);
  return isBase64 ? undefined : "shared_secret_malformed";
}

function fromTable(cause: CauseCode): Problem {
  const { message, fix } = CAUSES[cause];
  return { code: cause, level: "fails", message: lowerFirst(message), fix };
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
