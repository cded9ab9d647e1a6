export type { CandidateSecret, SecretSlot } from "./candidate-secret.ts";
export { CAUSES, type CauseCode, type CauseSpec } from "./causes.ts";
export { type Check, checksOf } from "./checks.ts";
export { explain } from "./explain.ts";
export { type AskedOfEndpoint, explainAnswer } from "./explain-answer.ts";
export { DEFAULT_TRIAL_LIMITS, type ExplainOptions } from "./explain-options.ts";
export {
  explainPaste,
  type PasteContext,
  type PasteExplanation,
  type PasteSubject,
} from "./explain-paste.ts";
export type { Evidence, Explanation, MatchedSecret } from "./explanation.ts";
export { keyOf } from "./key-of.ts";
export { type FrameReading, readFrame } from "./read-frame.ts";
export { type Paste, type PastedRequest, readPaste } from "./read-paste.ts";
export { shortSignature, withoutSecrets } from "./redaction.ts";
export type { Refusal, RefusedRequest, RefusedSignin, RefusedSubscription } from "./refusal.ts";
export { USUAL_PATH_PREFIXES } from "./request-texts.ts";
export type { TrialLimits } from "./trials.ts";
