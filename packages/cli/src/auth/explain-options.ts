import type { CandidateSecret, ExplainOptions } from "@usher/protocol/explain";
import { explainOptions as optionsWithin } from "@usher/server/light";

/** A person waits for one explanation here, so that it may take all the guesses there are. */
export const TRIAL_LIMITS = { maxHmacs: 5_000, maxCharacters: 50_000_000 } as const;

/** @param of what is refused: a secret that was given without its app or key is taken for theirs. */
export function explainOptions(
  secrets: readonly CandidateSecret[],
  of: { readonly appId: string | undefined; readonly key: string | undefined },
): ExplainOptions {
  return optionsWithin(secrets, of, TRIAL_LIMITS);
}
