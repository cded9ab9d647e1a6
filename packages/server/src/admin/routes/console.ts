import { z } from "@hono/zod-openapi";
import { ENTRY_TYPES } from "../../console/console-entry.ts";
import { entryFilter } from "../../console/entry-filter.ts";
import { eventStream } from "../../console/event-stream.ts";
import { AdminError } from "../admin-errors.ts";
import { adminRoute } from "../route.ts";
import { requireApp, requireLive } from "./apps-require.ts";
import { appParams, timeOf } from "./apps-schema.ts";
import { batchSchema, printBatch } from "./console-schema.ts";
import { printRefusal, refusalSchema } from "./refusal-schema.ts";

const TAG = "Debug console";

const typesField = z
  .string()
  .default("")
  .transform((text, context) => {
    const types = text.split(",").filter(Boolean);
    const parsed = z.array(z.enum(ENTRY_TYPES)).safeParse(types);
    if (parsed.success) return parsed.data;
    context.addIssue({ code: "custom", message: `is not a list of ${ENTRY_TYPES.join(", ")}` });
    return z.NEVER;
  })
  .openapi({
    type: "string",
    description: `Kinds of entries with commas between; all where it is empty: ${ENTRY_TYPES.join(", ")}`,
    example: "refused,api_event",
  });

const watchConsole = adminRoute({
  method: "get",
  path: "/apps/{app_id}/console",
  operationId: "watchConsole",
  tag: TAG,
  summary: "Watch what happens to an app, as server-sent events",
  description:
    "An event `ready` and then events `entries`, five a second at most, of what happens on the server that answers. What is too much is left out and counted. It ends after a quarter of an hour; a browser asks again by itself.",
  access: { role: "viewer", scope: "live:read" },
  params: appParams,
  query: z.strictObject({
    types: typesField,
    query: z.string().max(500).default("").openapi({
      description:
        "Words that must match: `channel:private-*`, `event:`, `socket:`, `user:`, `client:`, `address:`, `secret:`, `code:`, `webhook:`, `type:`, or a text that stands anywhere; with a minus before it, it must not",
      example: "channel:private-* -type:subscribed",
    }),
  }),
  answers: { 200: { about: "What happens", events: batchSchema } },
  errors: ["app_not_found", "server_not_running", "console_full"],
}).answeredBy(async ({ params, query, services }) => {
  const { id } = await requireApp(services.store.apps, params.app_id);
  const { console } = requireLive(services);
  const viewer = console.admit(id, entryFilter(query.types, query.query));
  if (!viewer) throw new AdminError("console_full");
  const ended = () => console.showOut(id, viewer);
  return { status: 200, stream: eventStream({ viewer, print: printBatch, ended }) };
});

const listRefusals = adminRoute({
  method: "get",
  path: "/apps/{app_id}/refusals",
  operationId: "listRefusals",
  tag: TAG,
  summary: "List what was refused lately, with its cause",
  description: "The last hundred of the server that answers, the latest first, since it started.",
  access: { role: "viewer", scope: "live:read" },
  params: appParams,
  answers: {
    200: {
      about: "The latest first",
      body: z.object({ items: z.array(refusalSchema), since: timeOf("Since when") }),
    },
  },
  errors: ["app_not_found", "server_not_running"],
}).answeredBy(async ({ params, services }) => {
  const { id } = await requireApp(services.store.apps, params.app_id);
  const live = requireLive(services);
  return {
    status: 200,
    body: {
      items: live.recentRefusals(id).map((refusal) => printRefusal(refusal, live.doctor)),
      since: new Date(live.startedAtMs).toISOString(),
    },
  };
});

export const consoleRoutes = [watchConsole, listRefusals];
