import { z } from "@hono/zod-openapi";
import { UsherError } from "@usher/protocol";
import { AdminError, type AdminErrorCode } from "../admin-errors.ts";
import { adminRoute } from "../route.ts";
import { requireApp, requireLive } from "./apps-require.ts";
import { appParams } from "./apps-schema.ts";

const triggerEvent = adminRoute({
  method: "post",
  path: "/apps/{app_id}/events",
  operationId: "triggerEvent",
  tag: "Live",
  summary: "Trigger an event",
  description:
    "As the HTTP API does, with the same checks; it counts towards the app's rate and quota. Encrypted channels take only what the app's own server encrypts, which is passed on as it is.",
  access: { role: "operator", scope: "events:write" },
  params: appParams,
  body: z.strictObject({
    name: z.string().openapi({ example: "order-shipped" }),
    data: z.string().openapi({ description: "Text, usually JSON; clients parse it", example: '{"order":7}' }),
    channels: z
      .array(z.string())
      .min(1)
      .openapi({ description: "Each name once or more; each channel gets it once", example: ["orders"] }),
    socket_id: z
      .string()
      .optional()
      .openapi({ description: "A connection that does not receive it", example: "1234.5678" }),
    info: z.string().optional().openapi({
      description:
        "What to answer about each channel: `user_count`, `subscription_count`, or both with a comma",
      example: "subscription_count",
    }),
  }),
  maxBodyBytes: 32 * 1024 * 1024,
  isPassedOn: true,
  answers: {
    200: {
      about: "It is on its way",
      body: z.object({
        channels: z
          .record(
            z.string(),
            z.object({ user_count: z.int().optional(), subscription_count: z.int().optional() }),
          )
          .optional()
          .openapi({
            description: "By name, where `info` was asked for",
            example: { orders: { subscription_count: 12 } },
          }),
      }),
    },
  },
  errors: ["app_not_found", "app_disabled", "event_refused", "limit_reached", "server_not_running"],
}).answeredBy(async ({ params, body, services }) => {
  const { id } = await requireApp(services.store.apps, params.app_id);
  const answer = await requireLive(services).trigger(id, body);
  if (answer instanceof UsherError) throw refusalOf(answer);
  return { status: 200, body: JSON.parse(answer) };
});

const sendClientEvent = adminRoute({
  method: "post",
  path: "/apps/{app_id}/client_events",
  operationId: "sendClientEvent",
  tag: "Live",
  summary: "Send a client event",
  description:
    "To everybody on a channel, as if a connection of some user had sent it, with the same checks. It counts towards the app's rate and quota as a triggered event does. No webhook tells of it, since no connection sent it.",
  access: { role: "operator", scope: "events:write" },
  params: appParams,
  body: z.strictObject({
    channel: z.string().openapi({ description: "A private or presence channel", example: "presence-room-7" }),
    event: z.string().openapi({ description: "Begins with `client-`", example: "client-typing" }),
    data: z.string().openapi({ description: "Text, usually JSON; clients parse it", example: '{"on":true}' }),
    user_id: z
      .string()
      .min(1)
      .optional()
      .openapi({ description: "The member that it is from; needed on presence channels", example: "42" }),
  }),
  maxBodyBytes: 32 * 1024 * 1024,
  isPassedOn: true,
  answers: {
    200: {
      about: "It is on its way",
      body: z.object({
        receivers: z.int().openapi({ description: "How many connections it went to, here", example: 3 }),
      }),
    },
  },
  errors: ["app_not_found", "app_disabled", "event_refused", "limit_reached", "server_not_running"],
}).answeredBy(async ({ params, body, services }) => {
  const { id } = await requireApp(services.store.apps, params.app_id);
  const { channel, event, data, user_id: userId } = body;
  const receivers = requireLive(services).clientEvent(id, { channel, event, data, userId });
  if (receivers instanceof UsherError) throw refusalOf(receivers);
  return { status: 200, body: { receivers } };
});

export const eventRoutes = [triggerEvent, sendClientEvent];

/** What the HTTP API refuses with, as this API says it. */
function refusalOf(error: UsherError): AdminError {
  const code: AdminErrorCode =
    error.code === "app_disabled"
      ? "app_disabled"
      : error.code === "http_app_not_found"
        ? "app_not_found"
        : error.code === "http_rate_exceeded" || error.code === "message_quota_reached"
          ? "limit_reached"
          : "event_refused";
  return new AdminError(code, { message: `${error.message}: ${error.hint}` });
}
