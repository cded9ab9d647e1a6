import { z } from "@hono/zod-openapi";
import type { Restriction } from "@usher/hub";
import type { Actor } from "../../actor.ts";
import { NOTHING_ENDED } from "../../grants/ended.ts";
import { type GrantsToRevoke, parseGrantsToRevoke } from "../../grants/grants-to-revoke.ts";
import {
  type GrantsRevoked,
  printRestriction,
  restrictionOf,
  revocationAnswer,
} from "../../grants/revoke-grants.ts";
import type { StoredApp } from "../../store/app-store.ts";
import { AdminError } from "../admin-errors.ts";
import { listOf } from "../lists.ts";
import { adminRoute } from "../route.ts";
import type { AdminServices } from "../services.ts";
import { requireApp, requireLive } from "./apps-require.ts";
import { appParams } from "./apps-schema.ts";
import { grantsRevokedSchema, restrictionSchema } from "./grants-schema.ts";

const listGrants = adminRoute({
  method: "get",
  path: "/apps/{app_id}/grants",
  operationId: "listRestrictions",
  tag: "Grants",
  summary: "List what the app has taken back for later",
  description: "Bans and watermarks, the oldest first. Bans that are over are left out.",
  access: { role: "viewer", scope: "apps:read" },
  params: appParams,
  answers: { 200: { about: "All of them, in one page", body: listOf(restrictionSchema) } },
  errors: ["app_not_found"],
}).answeredBy(async ({ params, services: { store, now } }) => {
  const { restrictions } = await requireApp(store.apps, params.app_id);
  const nowMs = now();
  const items = restrictions.filter((restriction) => !isOver(restriction, nowMs)).map(printRestriction);
  return { status: 200, body: { items, next_cursor: null } };
});

const revokeGrants = adminRoute({
  method: "post",
  path: "/apps/{app_id}/grants/revoke",
  operationId: "revokeGrants",
  tag: "Grants",
  summary: "Take grants back",
  description:
    "Now: name a channel, a user, a connection, or some of them, and what fits all of them ends. Without a channel the connections end too, with 4200: clients come back and ask for each grant anew.\n\nWith `ban_seconds` the user can neither sign in nor be a member for that time. With `not_before`, signatures count no more that were made for connections opened before now: of the channel, of the user, or of the whole app when neither is given.",
  access: { role: "operator", scope: "grants:write" },
  params: appParams,
  body: z.strictObject({
    channel: z
      .string()
      .nullish()
      .openapi({ description: "A private or presence channel", example: "private-room-7" }),
    user_id: z
      .string()
      .nullish()
      .openapi({ description: "Signed in, or a member of a channel, as this user", example: "42" }),
    socket_id: z.string().nullish().openapi({ description: "One connection", example: "1234.5678" }),
    ban_seconds: z
      .int()
      .min(1)
      .max(315_360_000)
      .nullish()
      .openapi({ description: "How long the user is kept out; up to ten years", example: 86_400 }),
    not_before: z
      .boolean()
      .nullish()
      .openapi({ description: "Refuse older signatures from now on", example: false }),
    reason: z
      .string()
      .max(200)
      .nullish()
      .openapi({ description: "For the user, who is sent it", example: "you left the team" }),
  }),
  answers: {
    200: {
      about: "How much ended, and what lasts",
      body: grantsRevokedSchema,
    },
  },
  errors: ["app_not_found", "too_many_restrictions", "server_not_running"],
}).answeredBy(async ({ params, body, by, services }) => {
  const app = await requireApp(services.store.apps, params.app_id);
  const what = parseGrantsToRevoke(body, app.settings);
  if (!what.ok) throw new AdminError("invalid_request", { message: what.error.message });
  return { status: 200, body: revocationAnswer(await revoke(app, what.value, by, services)) };
});

const liftRestriction = adminRoute({
  method: "delete",
  path: "/apps/{app_id}/grants/{id}",
  operationId: "liftRestriction",
  tag: "Grants",
  summary: "Lift a ban or a watermark",
  access: { role: "operator", scope: "grants:write" },
  params: appParams.extend({
    id: z.string().openapi({
      param: { name: "id", in: "path" },
      description: "The id of the restriction",
      example: "ban_5f3a9c02b7d1",
    }),
  }),
  answers: { 204: { about: "It is lifted" } },
  errors: ["app_not_found", "restriction_not_found"],
}).answeredBy(async ({ params, by, services: { store, live } }) => {
  await store.apps.liftRestriction(params.app_id, params.id, by);
  await live?.refresh();
  return { status: 204 };
});

export const grantRoutes = [listGrants, revokeGrants, liftRestriction];

/** What lasts can be written down without a server; what ends now needs one. */
async function revoke(
  app: StoredApp,
  what: GrantsToRevoke,
  by: Actor,
  services: AdminServices,
): Promise<GrantsRevoked> {
  const { live, store, now } = services;
  if (live || what.kind === "now") return requireLive(services).revokeGrants(app, what, by);
  const restriction = restrictionOf(what, now());
  await store.apps.restrict(app.id, restriction, by);
  return { ended: NOTHING_ENDED, restriction };
}

function isOver(restriction: Restriction, nowMs: number): boolean {
  return restriction.kind === "ban" && restriction.untilMs !== null && restriction.untilMs <= nowMs;
}
