import { z } from "@hono/zod-openapi";
import type { WebhookEndpoint } from "../../webhooks/endpoint.ts";
import { endpointActivity } from "../../webhooks/endpoint-activity.ts";
import { EndpointStore } from "../../webhooks/endpoint-store.ts";
import { AdminError } from "../admin-errors.ts";
import { adminRoute } from "../route.ts";
import type { AdminServices } from "../services.ts";
import { requireApp, requireLive } from "./apps-require.ts";
import { appParams } from "./apps-schema.ts";
import {
  eventTypeSchema,
  newWebhookSchema,
  printWebhook,
  printWebhookStatus,
  testedSchema,
  webhookChangesSchema,
  webhookParams,
  webhookSchema,
  webhookStatusSchema,
} from "./webhooks-schema.ts";

const listWebhooks = adminRoute({
  method: "get",
  path: "/apps/{app_id}/webhooks",
  operationId: "listWebhooks",
  tag: "Webhooks",
  summary: "List where an app's webhooks go",
  access: { role: "viewer", scope: "webhooks:read" },
  params: appParams,
  answers: { 200: { about: "The oldest first", body: z.object({ items: z.array(webhookStatusSchema) }) } },
  errors: ["app_not_found"],
}).answeredBy(async ({ params, services }) => {
  const { id } = await requireApp(services.store.apps, params.app_id);
  const endpoints = await endpointStore(services).list(id);
  const { database } = services.store;
  const activity = await endpointActivity(
    database,
    endpoints.map((endpoint) => endpoint.id),
  );
  const items = endpoints.map((endpoint) => printWebhookStatus(endpoint, activity.get(endpoint.id)));
  return { status: 200, body: { items } };
});

const createWebhook = adminRoute({
  method: "post",
  path: "/apps/{app_id}/webhooks",
  operationId: "createWebhook",
  tag: "Webhooks",
  summary: "Add an endpoint for an app's webhooks",
  access: { role: "operator", scope: "webhooks:write" },
  params: appParams,
  body: newWebhookSchema,
  answers: { 201: { about: "The endpoint", body: webhookSchema } },
  errors: ["app_not_found", "too_many_webhooks"],
}).answeredBy(async ({ params, body, by, services }) => {
  const { id } = await requireApp(services.store.apps, params.app_id);
  const endpoint = await endpointStore(services).create(id, fieldsOf(body), by);
  if (!endpoint) throw new AdminError("too_many_webhooks");
  await services.live?.refresh();
  return { status: 201, body: printWebhook(endpoint) };
});

const getWebhook = adminRoute({
  method: "get",
  path: "/apps/{app_id}/webhooks/{webhook_id}",
  operationId: "getWebhook",
  tag: "Webhooks",
  summary: "Show an endpoint",
  access: { role: "viewer", scope: "webhooks:read" },
  params: webhookParams,
  answers: { 200: { about: "The endpoint", body: webhookStatusSchema } },
  errors: ["webhook_not_found"],
}).answeredBy(async ({ params, services }) => {
  const endpoint = await requireWebhook(services, params);
  const activity = await endpointActivity(services.store.database, [endpoint.id]);
  return { status: 200, body: printWebhookStatus(endpoint, activity.get(endpoint.id)) };
});

const updateWebhook = adminRoute({
  method: "patch",
  path: "/apps/{app_id}/webhooks/{webhook_id}",
  operationId: "updateWebhook",
  tag: "Webhooks",
  summary: "Change an endpoint",
  description: "Changes what is given and leaves the rest. Its own headers are replaced as a whole.",
  access: { role: "operator", scope: "webhooks:write" },
  params: webhookParams,
  body: webhookChangesSchema,
  answers: { 200: { about: "The endpoint as it is now", body: webhookSchema } },
  errors: ["webhook_not_found"],
}).answeredBy(async ({ params, body, by, services }) => {
  const { app_id: appId, webhook_id: id } = params;
  const endpoint = await endpointStore(services).update(appId, id, changesOf(body), by);
  if (!endpoint) throw notFound(id);
  await services.live?.refresh();
  return { status: 200, body: printWebhook(endpoint) };
});

const deleteWebhook = adminRoute({
  method: "delete",
  path: "/apps/{app_id}/webhooks/{webhook_id}",
  operationId: "deleteWebhook",
  tag: "Webhooks",
  summary: "Remove an endpoint",
  description: "With its deliveries, those that are owed to it among them.",
  access: { role: "operator", scope: "webhooks:write" },
  params: webhookParams,
  answers: { 204: { about: "It is gone" } },
  errors: ["webhook_not_found"],
}).answeredBy(async ({ params, by, services }) => {
  const { app_id: appId, webhook_id: id } = params;
  if (!(await endpointStore(services).delete(appId, id, by))) throw notFound(id);
  await services.live?.refresh();
  return { status: 204 };
});

const testWebhook = adminRoute({
  method: "post",
  path: "/apps/{app_id}/webhooks/{webhook_id}/test",
  operationId: "testWebhook",
  tag: "Webhooks",
  summary: "Send a test event to an endpoint",
  description:
    "At once and once, whether the endpoint is enabled or not; the answer says what came back. The event is about the channel `usher-webhook-test`, which nobody needs to be on.",
  access: { role: "operator", scope: "webhooks:write" },
  params: webhookParams,
  body: z.strictObject({
    event_type: eventTypeSchema
      .default("channel_occupied")
      .openapi({ description: "What the event is to be" }),
  }),
  answers: {
    200: {
      about: "What came back",
      body: testedSchema,
    },
  },
  errors: ["webhook_not_found", "server_not_running", "app_not_found"],
}).answeredBy(async ({ params, body, services }) => {
  const endpoint = await requireWebhook(services, params);
  const tested = await requireLive(services).testWebhook(endpoint, body.event_type);
  if (!tested) throw new AdminError("app_not_found");
  const { status, error, response, durationMs } = tested;
  return { status: 200, body: { status, error, response, duration_ms: Math.round(durationMs) } };
});

export const webhookRoutes = [
  listWebhooks,
  createWebhook,
  getWebhook,
  updateWebhook,
  deleteWebhook,
  testWebhook,
];

/** Throws `webhook_not_found`. */
export async function requireWebhook(
  services: AdminServices,
  { app_id: appId, webhook_id: id }: z.output<typeof webhookParams>,
): Promise<WebhookEndpoint> {
  const endpoint = await endpointStore(services).get(appId, id);
  if (!endpoint) throw notFound(id);
  return endpoint;
}

function endpointStore({ store }: AdminServices): EndpointStore {
  return new EndpointStore(store.database, store.vault);
}

function notFound(id: string): AdminError {
  return new AdminError("webhook_not_found", { message: `the app has no webhook endpoint ${id}` });
}

function fieldsOf(body: z.output<typeof newWebhookSchema>) {
  return {
    url: body.url,
    eventTypes: body.event_types,
    channelPrefix: body.channel_prefix,
    channelSuffix: body.channel_suffix,
    headers: body.headers,
    batching: body.batching,
    enabled: body.enabled,
  };
}

function changesOf(body: z.output<typeof webhookChangesSchema>) {
  const { url, event_types, channel_prefix, channel_suffix, headers, batching, enabled } = body;
  return {
    ...(url !== undefined && { url }),
    ...(event_types !== undefined && { eventTypes: event_types }),
    ...(channel_prefix !== undefined && { channelPrefix: channel_prefix }),
    ...(channel_suffix !== undefined && { channelSuffix: channel_suffix }),
    ...(headers !== undefined && { headers }),
    ...(batching !== undefined && { batching }),
    ...(enabled !== undefined && { enabled }),
  };
}
