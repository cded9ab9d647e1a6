import { z } from "@hono/zod-openapi";
import type { LoggedAttempt, LoggedDelivery } from "../../webhooks/delivery-log.ts";
import { headersProblem, urlProblem, type WebhookEndpoint } from "../../webhooks/endpoint.ts";
import type { EndpointActivity } from "../../webhooks/endpoint-activity.ts";
import { WEBHOOK_EVENT_TYPES } from "../../webhooks/event-types.ts";
import { orNull } from "../or-null.ts";
import { appParams } from "./apps-schema.ts";

export const webhookParams = appParams.extend({
  webhook_id: z.string().openapi({
    param: { name: "webhook_id", in: "path" },
    description: "The id of the endpoint.",
    example: "wh_5f3a9c02b7d1",
  }),
});

export const deliveryParams = webhookParams.extend({
  delivery_id: z.string().openapi({
    param: { name: "delivery_id", in: "path" },
    description: "The id of the delivery.",
    example: "019a9a3c4b7e0001f00dcafe",
  }),
});

export const eventTypeSchema = z.enum(WEBHOOK_EVENT_TYPES);

const URL_EXPECTED = "an http or https address without user and password";

const urlSchema = z
  .string()
  .refine((text) => urlProblem(text) === undefined, { error: URL_EXPECTED })
  .openapi({ description: "http or https; no user and password", example: "https://example.com/webhooks" });

const eventTypesSchema = z
  .array(eventTypeSchema)
  .min(1)
  .nullable()
  .openapi({ description: "The kinds of events that it gets; null for all", example: ["channel_occupied"] });

const prefixSchema = z
  .string()
  .max(200)
  .openapi({ description: "Only channels whose name begins so; empty for all", example: "presence-" });

const suffixSchema = z
  .string()
  .max(200)
  .openapi({ description: "Only channels whose name ends so; empty for all", example: "" });

const headersSchema = z
  .record(z.string(), z.string())
  .superRefine((headers, context) => {
    const problem = headersProblem(headers);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  })
  .openapi({
    description: "Sent along; not shown again. The headers that Usher sets itself cannot be given",
    example: { "X-Environment": "staging" },
  });

const batchingSchema = z
  .boolean()
  .openapi({ description: "Several events in one request: up to 100, or what comes within 100 ms" });

const enabledSchema = z
  .boolean()
  .openapi({ description: "Off: nothing is noted for it, and what is owed to it waits" });

export const newWebhookSchema = z.strictObject({
  url: urlSchema,
  event_types: eventTypesSchema.default(null),
  channel_prefix: prefixSchema.default(""),
  channel_suffix: suffixSchema.default(""),
  headers: headersSchema.default({}),
  batching: batchingSchema.default(false),
  enabled: enabledSchema.default(true),
});

export const webhookChangesSchema = z.strictObject({
  url: urlSchema.optional(),
  event_types: eventTypesSchema.optional(),
  channel_prefix: prefixSchema.optional(),
  channel_suffix: suffixSchema.optional(),
  headers: headersSchema.optional(),
  batching: batchingSchema.optional(),
  enabled: enabledSchema.optional().openapi({
    description: "Enabling forgets that Usher had disabled it, and since when it was failing",
  }),
});

export const webhookSchema = z
  .object({
    id: z.string().openapi({ example: "wh_5f3a9c02b7d1" }),
    url: urlSchema,
    event_types: eventTypesSchema,
    channel_prefix: prefixSchema,
    channel_suffix: suffixSchema,
    header_names: z.array(z.string()).openapi({ description: "Of its own headers, without their values" }),
    batching: batchingSchema,
    enabled: enabledSchema,
    disabled_reason: z
      .string()
      .nullable()
      .openapi({ description: "Why Usher disabled it; null when a person did, or when it is enabled" }),
    failing_since: z
      .string()
      .nullable()
      .openapi({ description: "Since when no delivery has succeeded; null while they do. ISO 8601, UTC" }),
    from_config: z
      .boolean()
      .openapi({ description: "It is the one of `webhook_url`, which has its way again at the next start" }),
    created_at: z.string().openapi({ description: "ISO 8601, UTC", example: "2026-05-04T12:00:00.000Z" }),
  })
  .openapi("Webhook");

const stateSchema = z.enum(["owed", "delivered", "dead", "replayed"]).openapi({
  description:
    "`owed`: to be sent, or sent again. `dead`: given up, and kept for a replay. `replayed`: was dead, and is owed anew under another id",
});

export const deliverySchema = z
  .object({
    id: z.string().openapi({ example: "019a9a3c4b7e0001f00dcafe" }),
    event_id: z
      .string()
      .openapi({ description: "The same for all endpoints, and when it is replayed; receivers get it, too" }),
    state: stateSchema,
    event: z.record(z.string(), z.unknown()).openapi({
      description: "As it stands in the webhook's body",
      example: { name: "channel_occupied", channel: "orders" },
    }),
    created_at: z.string().openapi({ description: "ISO 8601, UTC", example: "2026-05-04T12:00:00.000Z" }),
    attempts: z.number().int().openapi({ description: "How often it was sent", example: 1 }),
    next_try_at: z.string().nullable().openapi({ description: "Null where none is due" }),
    finished_at: z.string().nullable().openapi({ description: "When it was taken, or given up" }),
  })
  .openapi("WebhookDelivery");

export const attemptSchema = z
  .object({
    at: z.string(),
    status: z.number().int().nullable().openapi({ description: "Null when no answer came", example: 503 }),
    error: z
      .string()
      .nullable()
      .openapi({ description: "A code; null when it was taken", example: "status" }),
    duration_ms: z.number().int().openapi({ example: 41 }),
    response: z
      .string()
      .nullable()
      .openapi({ description: "How the answer begins, or what the failure says of itself" }),
    next_try_at: z.string().nullable(),
  })
  .openapi("WebhookAttempt");

export const testedSchema = z.object({
  status: z.number().int().nullable().openapi({ description: "Null when no answer came", example: 200 }),
  error: z.string().nullable().openapi({ description: "A code; null when it was taken" }),
  duration_ms: z.number().int().openapi({ example: 41 }),
  response: z.string().nullable().openapi({ description: "How the answer begins" }),
});

export const webhookStatusSchema = webhookSchema
  .extend({
    owed: z.number().int().openapi({ description: "Deliveries that are to be sent", example: 0 }),
    dead: z.number().int().openapi({ description: "Deliveries that were given up and are kept", example: 0 }),
    last_attempt: orNull(attemptSchema, "The last time that something was sent; null where none is known"),
  })
  .openapi("WebhookStatus");

export const deliveryDetailSchema = deliverySchema
  .extend({ log: z.array(attemptSchema).openapi({ description: "Each time it was sent, the first first" }) })
  .openapi("WebhookDeliveryDetail");

export const deliveryStateSchema = stateSchema;

export function printWebhook(endpoint: WebhookEndpoint): z.input<typeof webhookSchema> {
  return {
    id: endpoint.id,
    url: endpoint.url,
    event_types: endpoint.eventTypes === null ? null : [...endpoint.eventTypes],
    channel_prefix: endpoint.channelPrefix,
    channel_suffix: endpoint.channelSuffix,
    header_names: Object.keys(endpoint.headers),
    batching: endpoint.batching,
    enabled: endpoint.enabled,
    disabled_reason: endpoint.disabledReason,
    failing_since: endpoint.failingSince,
    from_config: endpoint.isFromConfig,
    created_at: endpoint.createdAt,
  };
}

export function printWebhookStatus(
  endpoint: WebhookEndpoint,
  activity: EndpointActivity | undefined,
): z.input<typeof webhookStatusSchema> {
  return {
    ...printWebhook(endpoint),
    owed: activity?.owed ?? 0,
    dead: activity?.dead ?? 0,
    last_attempt: activity?.lastAttempt ? printAttempt(activity.lastAttempt) : null,
  };
}

export function printDelivery(delivery: LoggedDelivery): z.input<typeof deliverySchema> {
  return {
    id: delivery.id,
    event_id: delivery.eventId,
    state: delivery.state,
    // Written by the server itself.
    event: JSON.parse(delivery.body) as Record<string, unknown>,
    created_at: delivery.createdAt,
    attempts: delivery.attempts,
    next_try_at: delivery.nextTryAt,
    finished_at: delivery.finishedAt,
  };
}

export function printAttempt(attempt: LoggedAttempt): z.input<typeof attemptSchema> {
  return {
    at: attempt.at,
    status: attempt.status,
    error: attempt.error,
    duration_ms: attempt.durationMs,
    response: attempt.response,
    next_try_at: attempt.nextTryAt,
  };
}
