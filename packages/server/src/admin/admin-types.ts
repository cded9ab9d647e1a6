// What the admin API answers, from the schemas of its routes, for those who ask it: the command line and the dashboard. Types
// alone, so that nothing of the server comes along with them.
import type { z } from "@hono/zod-openapi";
import type { appSchema, createdAppSchema, secretSchema } from "./routes/apps-schema.ts";
import type { entrySchema } from "./routes/audit.ts";
import type { batchSchema, consoleEntrySchema } from "./routes/console-schema.ts";
import type { endpointAnswerSchema, pasteAnswerSchema } from "./routes/explain-schema.ts";
import type { importedSchema } from "./routes/export-schema.ts";
import type { endedSchema, grantsRevokedSchema, restrictionSchema } from "./routes/grants-schema.ts";
import type { pastEventSchema } from "./routes/live-history.ts";
import type {
  channelDetailSchema,
  channelSchema,
  connectionDetailSchema,
  connectionSchema,
  memberSchema,
} from "./routes/live-schema.ts";
import type { nodeSchema } from "./routes/nodes.ts";
import type { invitationSchema, operatorSchema } from "./routes/operators.ts";
import type { explanationSchema, refusalSchema } from "./routes/refusal-schema.ts";
import type {
  revokedSchema,
  rotatedSchema,
  secretStatusSchema,
  statusSchema,
  verdictSchema,
} from "./routes/secrets-schema.ts";
import type { sessionSchema } from "./routes/session-schema.ts";
import type { openSessionSchema } from "./routes/sessions.ts";
import type { settingSchema } from "./routes/settings.ts";
import type { setupSchema } from "./routes/setup.ts";
import type { errorGroupSchema } from "./routes/stats-errors.ts";
import type { appStatsSchema, statsSchema } from "./routes/stats-schema.ts";
import type { newTokenSchema, tokenSchema } from "./routes/tokens.ts";
import type {
  attemptSchema,
  deliveryDetailSchema,
  deliverySchema,
  testedSchema,
  webhookSchema,
  webhookStatusSchema,
} from "./routes/webhooks-schema.ts";

/** One page of a list, as `listOf` describes it. */
export interface ListAnswer<Item> {
  readonly items: readonly Item[];
  /** `null` on the last page. */
  readonly next_cursor: string | null;
}

export type AppAnswer = Answer<typeof appSchema>;
export type CreatedAppAnswer = Answer<typeof createdAppSchema>;
export type ImportedAnswer = Answer<typeof importedSchema>;
export type SettingAnswer = Answer<typeof settingSchema>;

export type SecretAnswer = Answer<typeof secretSchema>;
export type SecretStatusAnswer = Answer<typeof secretStatusSchema>;
export type SecretsAnswer = Answer<typeof statusSchema>;
export type RotatedAnswer = Answer<typeof rotatedSchema>;
export type RevokedAnswer = Answer<typeof revokedSchema>;
export type VerdictAnswer = Answer<typeof verdictSchema>;

export type RestrictionAnswer = Answer<typeof restrictionSchema>;
export type EndedAnswer = Answer<typeof endedSchema>;
export type GrantsRevokedAnswer = Answer<typeof grantsRevokedSchema>;

export type ChannelAnswer = Answer<typeof channelSchema>;
export type ChannelDetailAnswer = Answer<typeof channelDetailSchema>;
export type MemberAnswer = Answer<typeof memberSchema>;
export type PastEventAnswer = Answer<typeof pastEventSchema>;
export type ConnectionAnswer = Answer<typeof connectionSchema>;
export type ConnectionDetailAnswer = Answer<typeof connectionDetailSchema>;

export type ConsoleEntryAnswer = Answer<typeof consoleEntrySchema>;
export type ConsoleBatchAnswer = Answer<typeof batchSchema>;
export type RefusalAnswer = Answer<typeof refusalSchema>;
export type ExplanationAnswer = Answer<typeof explanationSchema>;
export type ExplainedAnswer = Answer<typeof pasteAnswerSchema>;
export type CheckedEndpointAnswer = Answer<typeof endpointAnswerSchema>;

export type StatsAnswer = Answer<typeof statsSchema>;
export type AppStatsAnswer = Answer<typeof appStatsSchema>;
export type ErrorGroupAnswer = Answer<typeof errorGroupSchema>;

export type WebhookAnswer = Answer<typeof webhookSchema>;
export type WebhookStatusAnswer = Answer<typeof webhookStatusSchema>;
export type WebhookAttemptAnswer = Answer<typeof attemptSchema>;
export type WebhookTestAnswer = Answer<typeof testedSchema>;
export type DeliveryAnswer = Answer<typeof deliverySchema>;
export type DeliveryDetailAnswer = Answer<typeof deliveryDetailSchema>;

export type AuditEntryAnswer = Answer<typeof entrySchema>;
export type NodeAnswer = Answer<typeof nodeSchema>;
export type OperatorAnswer = Answer<typeof operatorSchema>;
export type InvitationAnswer = Answer<typeof invitationSchema>;
export type TokenAnswer = Answer<typeof tokenSchema>;
export type NewTokenAnswer = Answer<typeof newTokenSchema>;
export type SessionAnswer = Answer<typeof sessionSchema>;
export type OpenSessionAnswer = Answer<typeof openSessionSchema>;
export type SetupAnswer = Answer<typeof setupSchema>;

type Answer<Schema extends z.ZodType> = Immutable<z.output<Schema>>;

type Immutable<Value> = Value extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: Immutable<Value[Name]> }
    : Value;
