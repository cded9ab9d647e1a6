import type { CandidateSecret, SecretSlot } from "./candidate-secret.ts";
import { CAUSES, type CauseCode } from "./causes.ts";
import { withoutSecrets } from "./redaction.ts";

/** Why something was refused. Holds no secret and no signature, so it may be logged and shown. */
export interface Explanation {
  readonly cause: CauseCode;
  readonly message: string;
  readonly fix: string;
  /** What should have been signed; undefined where the refusal comes before that question. */
  readonly stringToSign: string | undefined;
  /** Which known secret made the signature, when one did. */
  readonly matched?: MatchedSecret;
  /** What the finding rests on, in words for people. */
  readonly evidence: Evidence;
  /** A second mistake that was found besides the cause. */
  readonly also?: CauseCode;
  /** The causes that were tried by recomputation, the likeliest first; of use when none of them fits. */
  readonly tried: readonly CauseCode[];
}

export interface MatchedSecret {
  readonly slot: SecretSlot;
  readonly secretId: string;
  readonly appId: string;
}

export type Evidence = Readonly<Record<string, string | number>>;

/** One thing that is wrong. */
export interface Finding {
  readonly cause: CauseCode;
  readonly evidence?: Evidence;
  readonly matched?: CandidateSecret | undefined;
}

export interface FindingContext {
  readonly stringToSign: string | undefined;
  readonly also?: Finding | undefined;
  readonly tried: readonly CauseCode[];
  readonly secrets: readonly CandidateSecret[];
}

/** Words a finding, with every known secret taken out of every text. */
export function explanationOf(finding: Finding, context: FindingContext): Explanation {
  const { cause } = finding;
  const { stringToSign, also, tried, secrets } = context;
  const matched = finding.matched ?? also?.matched;
  // Cut afterwards: half a secret would not be recognised.
  const clean = (text: string) => shorten(withoutSecrets(text, secrets));
  const evidence = Object.fromEntries(
    Object.entries(finding.evidence ?? {}).map(([name, value]) => [
      name,
      typeof value === "string" ? clean(value) : value,
    ]),
  );
  return {
    cause,
    message: fill(CAUSES[cause].message, evidence),
    fix: fill(CAUSES[cause].fix, evidence),
    stringToSign: stringToSign === undefined ? undefined : clean(stringToSign),
    ...(matched && {
      matched: { slot: matched.slot, secretId: clean(matched.id), appId: clean(matched.appId) },
    }),
    evidence,
    ...(also && !ENDS.includes(also.cause) && { also: also.cause }),
    tried,
  };
}

/** Not mistakes. */
const ENDS: readonly CauseCode[] = ["signature_valid", "unknown"];

// What came from outside may be long; what is shown stays readable.
const LONGEST_TEXT = 1_000;

function shorten(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}...` : text;
}

function fill(template: string, evidence: Evidence): string {
  return template.replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    Object.hasOwn(evidence, name) ? String(evidence[name]) : placeholder,
  );
}
