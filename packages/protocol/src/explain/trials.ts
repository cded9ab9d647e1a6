import { equalInConstantTime, type HmacHex } from "../signature.ts";
import type { CandidateSecret } from "./candidate-secret.ts";
import type { CauseCode } from "./causes.ts";
import type { Evidence, Finding } from "./explanation.ts";

/** One guess: had this text been signed with this secret, that would be the cause. */
export interface Trial {
  readonly cause: CauseCode;
  readonly text: string;
  readonly secret: string;
  readonly evidence?: Evidence;
  /** Whose secret it is, where it is one. */
  readonly matched?: CandidateSecret;
}

/** How much may be computed for one explanation. */
export interface TrialLimits {
  readonly maxHmacs: number;
  /** Of all texts together: the cost of a long channel_data is in its length, not in the number of HMACs. */
  readonly maxCharacters: number;
}

export interface TrialOutcome {
  readonly found: Finding | undefined;
  readonly tried: readonly CauseCode[];
  readonly hmacs: number;
}

/** Recomputes guess after guess, the likeliest first, until one gives the digest or the limits are reached. */
export function runTrials(
  trials: Iterable<Trial>,
  digest: string,
  hmacHex: HmacHex,
  { maxHmacs, maxCharacters }: TrialLimits,
): TrialOutcome {
  const tried = new Set<CauseCode>();
  const seen = new Map<string, Set<string>>();
  let hmacs = 0;
  let characters = 0;
  for (const { cause, text, secret, evidence, matched } of trials) {
    const texts = seen.get(secret) ?? new Set();
    if (texts.has(text)) continue;
    if (hmacs >= maxHmacs) break;
    if (characters + text.length > maxCharacters) continue;
    seen.set(secret, texts.add(text));
    hmacs++;
    characters += text.length;
    tried.add(cause);
    if (!equalInConstantTime(hmacHex(secret, text), digest)) continue;
    const found = { cause, ...(evidence && { evidence }), matched };
    return { found, tried: [...tried], hmacs };
  }
  return { found: undefined, tried: [...tried], hmacs };
}
