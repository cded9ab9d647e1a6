import { z } from "@hono/zod-openapi";
import { DeliveryLog } from "../../webhooks/delivery-log.ts";
import { AdminError } from "../admin-errors.ts";
import { listOf, pageOf, pageQuery } from "../lists.ts";
import { adminRoute } from "../route.ts";
import { requireWebhook } from "./webhooks.ts";
import {
  deliveryDetailSchema,
  deliveryParams,
  deliverySchema,
  deliveryStateSchema,
  printAttempt,
  printDelivery,
  webhookParams,
} from "./webhooks-schema.ts";

const listDeliveries = adminRoute({
  method: "get",
  path: "/apps/{app_id}/webhooks/{webhook_id}/deliveries",
  operationId: "listWebhookDeliveries",
  tag: "Webhooks",
  summary: "List what was sent to an endpoint, and what is to be",
  description: "Delivered ones are kept for three days, dead ones for thirty, and of each the newest.",
  access: { role: "viewer", scope: "webhooks:read" },
  params: webhookParams,
  query: pageQuery.extend({
    state: deliveryStateSchema.optional(),
    channel: z.string().max(1_000).optional().openapi({ description: "Only events of this channel" }),
  }),
  answers: { 200: { about: "The newest first", body: listOf(deliverySchema) } },
  errors: ["webhook_not_found"],
}).answeredBy(async ({ params, query, services }) => {
  const { id } = await requireWebhook(services, params);
  const { limit, cursor, state, channel } = query;
  const found = await new DeliveryLog(services.store.database).list(id, {
    limit: limit + 1,
    ...(cursor !== undefined && { before: cursor }),
    ...(state !== undefined && { state }),
    ...(channel !== undefined && { channel }),
  });
  return { status: 200, body: pageOf(found.map(printDelivery), limit, (last) => last.id) };
});

const getDelivery = adminRoute({
  method: "get",
  path: "/apps/{app_id}/webhooks/{webhook_id}/deliveries/{delivery_id}",
  operationId: "getWebhookDelivery",
  tag: "Webhooks",
  summary: "Show a delivery with each time that it was sent",
  access: { role: "viewer", scope: "webhooks:read" },
  params: deliveryParams,
  answers: { 200: { about: "The delivery", body: deliveryDetailSchema } },
  errors: ["webhook_not_found", "delivery_not_found"],
}).answeredBy(async ({ params, services }) => {
  const { id } = await requireWebhook(services, params);
  const delivery = await new DeliveryLog(services.store.database).get(id, params.delivery_id);
  if (!delivery) throw notFound(params.delivery_id);
  return { status: 200, body: { ...printDelivery(delivery), log: delivery.log.map(printAttempt) } };
});

const replayDelivery = adminRoute({
  method: "post",
  path: "/apps/{app_id}/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
  operationId: "replayWebhookDelivery",
  tag: "Webhooks",
  summary: "Send a delivery again",
  description:
    "As a new delivery of the same event, with the time of now and after whatever is owed already. Receivers know it by its event id.",
  access: { role: "operator", scope: "webhooks:write" },
  params: deliveryParams,
  answers: { 201: { about: "The new delivery", body: deliverySchema } },
  errors: ["webhook_not_found", "delivery_not_found", "delivery_owed"],
}).answeredBy(async ({ params, by, services }) => {
  const { id, appId } = await requireWebhook(services, params);
  const log = new DeliveryLog(services.store.database);
  const before = await log.get(id, params.delivery_id);
  if (!before) throw notFound(params.delivery_id);
  const replayed = await log.replayOne(appId, id, before.id, by);
  if (!replayed) throw new AdminError("delivery_owed");
  return { status: 201, body: printDelivery(replayed) };
});

const timeSchema = z.iso.datetime({ offset: true });

const replayDeliveries = adminRoute({
  method: "post",
  path: "/apps/{app_id}/webhooks/{webhook_id}/replay",
  operationId: "replayWebhookDeliveries",
  tag: "Webhooks",
  summary: "Send deliveries again: all dead ones, or those of some time",
  description: "In their order, as new deliveries of the same events, after whatever is owed already.",
  access: { role: "operator", scope: "webhooks:write" },
  params: webhookParams,
  body: z
    .strictObject({
      dead: z.literal(true).optional().openapi({ description: "Only dead ones" }),
      from: timeSchema.optional().openapi({ description: "Only those made at this time or later" }),
      to: timeSchema.optional().openapi({ description: "Only those made at this time or earlier" }),
    })
    .refine(({ dead, from, to }) => dead || from !== undefined || to !== undefined, {
      error: "needs one of dead, from and to",
    }),
  answers: {
    200: {
      about: "How many are owed anew",
      body: z.object({ replayed: z.number().int().openapi({ example: 12 }) }),
    },
  },
  errors: ["webhook_not_found"],
}).answeredBy(async ({ params, body, by, services }) => {
  const { id, appId } = await requireWebhook(services, params);
  const replayed = await new DeliveryLog(services.store.database).replay(
    appId,
    id,
    {
      dead: body.dead === true,
      fromMs: body.from === undefined ? undefined : Date.parse(body.from),
      toMs: body.to === undefined ? undefined : Date.parse(body.to),
    },
    by,
  );
  return { status: 200, body: { replayed } };
});

export const webhookDeliveryRoutes = [listDeliveries, getDelivery, replayDelivery, replayDeliveries];

function notFound(id: string): AdminError {
  return new AdminError("delivery_not_found", { message: `the endpoint has no delivery ${id}` });
}
