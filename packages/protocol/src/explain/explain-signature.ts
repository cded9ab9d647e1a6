import type { HmacHex } from "../signature.ts";
import { type CandidateSecret, type SortedSecrets, sortSecrets } from "./candidate-secret.ts";
import type { CauseCode } from "./causes.ts";
import type { TextGuess } from "./channel-texts.ts";
import type { Finding } from "./explanation.ts";
import { misspelledSecrets, placeholderSecrets } from "./secret-spellings.ts";
import { runTrials, type Trial, type TrialLimits, type TrialOutcome } from "./trials.ts";

/** Everything that a signature may have been made of. */
export interface SignatureGuesses {
  /** The texts that are accepted, the usual one first. */
  readonly right: readonly [string, ...string[]];
  /** Other texts of the same parts. */
  readonly near: readonly TextGuess[];
  /** Texts of other parts: another connection, another channel. */
  readonly far: readonly TextGuess[];
}

export interface SignatureContext {
  readonly digest: string | undefined;
  readonly key: string | undefined;
  readonly appId: string | undefined;
  readonly secrets: readonly CandidateSecret[];
  readonly hmacHex: HmacHex;
  readonly limits: TrialLimits;
}

/**
 * Finds out by recomputation how a signature was made. The order is fixed: the right text with every secret of the app,
 * then the signing secret with all that goes wrong with texts, with itself and with other apps', and only then whatever
 * is left with older secrets.
 */
export function traceSignature(guesses: SignatureGuesses, context: SignatureContext): TrialOutcome {
  const { digest, key, appId, secrets, hmacHex, limits } = context;
  if (digest === undefined) return { found: undefined, tried: [], hmacs: 0 };
  return runTrials(trialsOf(guesses, sortSecrets(secrets, appId, key)), digest, hmacHex, limits);
}

/** Is this the finding of a signature that is right after all? */
export function isAccepted(finding: Finding | undefined): boolean {
  return finding !== undefined && ACCEPTED.includes(finding.cause);
}

const ACCEPTED: readonly CauseCode[] = ["signature_valid", "secret_pending", "secret_retiring"];

// Shares of a budget of some sixty: without them one long list would leave nothing for what comes behind it.
const MOST_OWN = 4;
const FIRST_NEAR = 22;
const FIRST_NEAR_OF_OLDER = 3;
const FIRST_MISSPELLED = 9;
const FIRST_FOREIGN = 6;
const FIRST_FAR = 8;
const FIRST_PLACEHOLDERS = 6;

function* trialsOf({ right, near, far }: SignatureGuesses, secrets: SortedSecrets): Iterable<Trial> {
  const { own, siblings, foreign } = secrets;
  const [text] = right;
  for (const secret of own.slice(0, MOST_OWN))
    yield* right.map((accepted) => acceptedTrial(secret, accepted));
  const ofForeign = foreign.map((secret) => foreignTrial(secret, text));
  const ofPlaceholders = placeholderSecrets().map((guess) => ({ ...guess, text }));
  const [signing, ...older] = own;
  if (!signing) return yield* [...ofForeign, ...ofPlaceholders];

  const ofMisspelled = misspelledSecrets(signing).map((guess) => ({ ...guess, text }));
  yield* trialsWith(signing, near.slice(0, FIRST_NEAR));
  yield* ofMisspelled.slice(0, FIRST_MISSPELLED);
  yield* siblings.map((secret) => trial("secret_of_another_key", secret, text));
  yield* ofForeign.slice(0, FIRST_FOREIGN);
  yield* trialsWith(signing, far.slice(0, FIRST_FAR));
  yield* ofPlaceholders.slice(0, FIRST_PLACEHOLDERS);
  for (const secret of older) yield* trialsWith(secret, near.slice(0, FIRST_NEAR_OF_OLDER));

  yield* trialsWith(signing, near);
  yield* ofMisspelled;
  yield* ofPlaceholders;
  yield* trialsWith(signing, far);
  yield* ofForeign;
  for (const secret of older) yield* trialsWith(secret, [...near, ...far]);
}

function acceptedTrial(secret: CandidateSecret, text: string): Trial {
  const cause = CAUSE_BY_SLOT[secret.slot];
  return { ...trial(cause, secret, text), evidence: { secretId: secret.id } };
}

const CAUSE_BY_SLOT = {
  current: "signature_valid",
  given: "signature_valid",
  pending: "secret_pending",
  retiring: "secret_retiring",
  revoked: "secret_revoked",
} as const satisfies Record<CandidateSecret["slot"], CauseCode>;

function foreignTrial(secret: CandidateSecret, text: string): Trial {
  return { ...trial("secret_of_another_app", secret, text), evidence: { app: secret.appId } };
}

function trialsWith(secret: CandidateSecret, texts: readonly TextGuess[]): Trial[] {
  return texts.map(({ cause, text, evidence }) => ({
    ...trial(cause, secret, text),
    ...(evidence && { evidence }),
  }));
}

function trial(cause: CauseCode, matched: CandidateSecret, text: string): Trial {
  return { cause, text, secret: matched.value, matched };
}
