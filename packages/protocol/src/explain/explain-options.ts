import type { HmacHex } from "../signature.ts";
import type { CandidateSecret } from "./candidate-secret.ts";
import type { TrialLimits } from "./trials.ts";

export interface ExplainOptions {
  readonly secrets: readonly CandidateSecret[];
  readonly hmacHex: HmacHex;
  /** Lower-case hex MD5 of bytes. */
  readonly md5Hex: Md5Hex;
  readonly limits: TrialLimits;
}

export type Md5Hex = (bytes: Uint8Array) => string;

/** What a server spends on one refusal: about a tenth of a millisecond. */
export const DEFAULT_TRIAL_LIMITS: TrialLimits = { maxHmacs: 64, maxCharacters: 1_000_000 };
