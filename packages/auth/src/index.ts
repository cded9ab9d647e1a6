export { type AuthHandler, createAuthHandler } from "./auth-handler.ts";
export { type Asked, type Channels, type DefinedRule, defineChannels } from "./channels.ts";
export type { CorsOptions } from "./cors.ts";
export {
  allowedOrigins,
  type CsrfCheck,
  type DoubleSubmitOptions,
  doubleSubmit,
  requireHeader,
} from "./csrf.ts";
export { lintRules, type RuleWarning } from "./lint-rules.ts";
export type { AuthHandlerOptions, JsonpOptions, Rules, Setting } from "./options.ts";
export type { Origins } from "./origin.ts";
export type { BuiltInTypes, ParameterType } from "./parameter-type.ts";
export type { PatternParams } from "./pattern-params.ts";
export type {
  Allowed,
  ChannelRule,
  Decision,
  Member,
  RefusalReason,
  Refused,
  RuleAnswer,
  RuleContext,
  UserRule,
  UserToSignIn,
} from "./rule.ts";
export { RuleError } from "./rule-error.ts";
export { signedInIsEnough } from "./signed-in-is-enough.ts";
export {
  createWebhookHandler,
  type WebhookDetails,
  type WebhookFunctions,
  type WebhookHandlerOptions,
} from "./webhook-handler.ts";
