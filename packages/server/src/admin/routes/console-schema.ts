import { z } from "@hono/zod-openapi";
import { type ConsoleEntry, ENTRY_TYPES } from "../../console/console-entry.ts";
import type { Batch } from "../../console/viewer.ts";
import { timeOf } from "./apps-schema.ts";

export const consoleEntrySchema = z
  .object({
    id: z.int().openapi({ description: "Counts up on this server", example: 4_211 }),
    at: timeOf("When it happened"),
    type: z.enum(ENTRY_TYPES),
    channel: z.string().optional().openapi({ example: "private-orders" }),
    event: z.string().optional().openapi({ example: "order-shipped" }),
    socket_id: z.string().optional().openapi({ example: "1234.5678" }),
    user_id: z.string().optional().openapi({ example: "7" }),
    client: z.string().optional().openapi({ example: "pusher-js 8.6.0" }),
    address: z.string().optional().openapi({ example: "203.0.113.7" }),
    secret_id: z.string().optional().openapi({
      description: "The secret that signed",
      example: "sec_5f3a9c02b7d1",
    }),
    receivers: z
      .int()
      .optional()
      .openapi({ description: "How many connections an event went to", example: 12 }),
    size: z.int().optional().openapi({ description: "Characters of an event's data", example: 120 }),
    data: z.string().optional().openapi({
      description: "An event's data, where the app's setting `console_payloads` is on",
      example: '{"order":7}',
    }),
    code: z.string().optional().openapi({
      description: "A close code, the cause of a refusal, or a webhook's status",
      example: "wrong_secret",
    }),
    message: z.string().optional().openapi({ description: "In words, why" }),
    refusal_id: z
      .string()
      .optional()
      .openapi({ description: "The refusal's id in `GET /apps/{app_id}/refusals`" }),
    webhook_id: z.string().optional().openapi({
      description: "The endpoint that a webhook was sent to",
      example: "wh_5f3a9c02b7d1",
    }),
    delivery_id: z.string().optional().openapi({
      description: "The webhook's delivery",
      example: "019a9a3c4b7e0001f00dcafe",
    }),
  })
  .openapi("ConsoleEntry");

export const batchSchema = z
  .object({
    entries: z.array(consoleEntrySchema),
    dropped: z
      .int()
      .openapi({ description: "How many more there were that matched and were left out", example: 0 }),
  })
  .openapi("ConsoleEntries");

export function printBatch({ entries, dropped }: Batch): z.input<typeof batchSchema> {
  return { entries: entries.map(printEntry), dropped };
}

/** What is not there is left out by JSON itself. */
function printEntry(entry: ConsoleEntry) {
  const { id, atMs, type, channel, event, client, address, receivers, size, data, code, message } = entry;
  return {
    id,
    at: new Date(atMs).toISOString(),
    type,
    channel,
    event,
    socket_id: entry.socketId,
    user_id: entry.userId,
    client,
    address,
    secret_id: entry.secretId,
    receivers,
    size,
    data,
    code,
    message,
    refusal_id: entry.refusalId,
    webhook_id: entry.webhookId,
    delivery_id: entry.deliveryId,
  };
}
