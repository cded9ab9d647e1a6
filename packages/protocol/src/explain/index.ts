export type { CandidateSecret, SecretSlot } from "./candidate-secret.ts";
export { CAUSES, type CauseCode, type CauseSpec } from "./causes.ts";
export { explain } from "./explain.ts";
export { DEFAULT_TRIAL_LIMITS, type ExplainOptions } from "./explain-options.ts";
export type { Evidence, Explanation, MatchedSecret } from "./explanation.ts";
export { type FrameReading, readFrame } from "./read-frame.ts";
export { shortSignature, withoutSecrets } from "./redaction.ts";
export type { Refusal, RefusedRequest, RefusedSignin, RefusedSubscription } from "./refusal.ts";
export type { TrialLimits } from "./trials.ts";
