import { z } from "@hono/zod-openapi";
import { UsherError } from "@usher/protocol";
import { AdminError } from "../admin-errors.ts";
import { listOf, pageQuery } from "../lists.ts";
import { adminRoute } from "../route.ts";
import { requireApp, requireLive } from "./apps-require.ts";
import { timeOf } from "./apps-schema.ts";
import { channelParams } from "./live-schema.ts";

export const pastEventSchema = z
  .object({
    serial: z.int().openapi({ description: "1 for the first event of an epoch", example: 42 }),
    name: z.string().openapi({ example: "price-changed" }),
    data: z.string().nullable().openapi({
      description:
        "As the debug console shows it: null where the app does not have payloads shown, and on encrypted channels",
      example: '{"price":7}',
    }),
    size: z.int().openapi({ description: "Characters of the data", example: 11 }),
    time: timeOf("When it was sent"),
    user_id: z
      .string()
      .nullable()
      .openapi({ description: "The member that sent a client event on a presence channel", example: "42" }),
  })
  .openapi("PastEvent");

const listChannelEvents = adminRoute({
  method: "get",
  path: "/apps/{app_id}/channels/{channel}/events",
  operationId: "listChannelEvents",
  tag: "Live",
  summary: "List the events that a channel keeps",
  description: "Oldest first. Channels that `history_prefixes` covers keep their last events.",
  access: { role: "viewer", scope: "live:read" },
  params: channelParams,
  query: pageQuery.extend({
    cursor: z
      .string()
      .regex(/^\d{1,15}$/)
      .optional()
      .openapi({ description: "`next_cursor` of the page before, which is the serial that it ended with" }),
  }),
  answers: {
    200: {
      about: "A page of events",
      body: listOf(pastEventSchema).extend({
        epoch: z.string().openapi({
          description: "Another one means that serials began anew, after a restart for example",
          example: "2x8f1k-1",
        }),
        first_serial: z.int().openapi({ description: "Of the oldest event that is kept", example: 1 }),
        last_serial: z.int().openapi({ description: "Of the last event; 0 before the first", example: 42 }),
      }),
    },
  },
  errors: ["app_not_found", "history_not_kept", "server_not_running"],
}).answeredBy(async ({ params, query, services }) => {
  const { id } = await requireApp(services.store.apps, params.app_id);
  const page = { after: Number(query.cursor ?? 0), limit: query.limit };
  const history = await requireLive(services).channelEvents(id, params.channel, page);
  if (history instanceof UsherError) {
    throw new AdminError("history_not_kept", { message: `${history.message}: ${history.hint}` });
  }
  return {
    status: 200,
    body: {
      items: history.events.map(({ serial, name, data, size, time, user_id }) => ({
        serial,
        name,
        data,
        size,
        time,
        user_id: user_id ?? null,
      })),
      next_cursor: history.next_after === null ? null : String(history.next_after),
      epoch: history.epoch,
      first_serial: history.first_serial,
      last_serial: history.last_serial,
    },
  };
});

export const historyRoutes = [listChannelEvents];
