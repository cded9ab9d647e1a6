import { z } from "@hono/zod-openapi";
import { AdminError } from "../admin-errors.ts";
import { listOf, pageOf, pageQuery } from "../lists.ts";
import { adminRoute } from "../route.ts";
import { noSessionCookie } from "../session-cookie.ts";

const TAG = "Session";

export const openSessionSchema = z
  .object({
    id: z.string(),
    is_current: z.boolean().openapi({ description: "The one that asks" }),
    created_at: z.iso.datetime(),
    seen_at: z.iso.datetime().openapi({ description: "Last use, to the minute" }),
    expires_at: z.iso.datetime(),
    method: z.enum(["password", "oidc", "link"]),
    address: z.string().nullable(),
    user_agent: z.string().nullable(),
  })
  .openapi("OpenSession");

const listSessions = adminRoute({
  method: "get",
  path: "/sessions",
  operationId: "listSessions",
  tag: TAG,
  summary: "List your open sessions",
  access: { role: "viewer", scope: null, only: "session" },
  query: pageQuery,
  answers: { 200: { about: "The newest first", body: listOf(openSessionSchema) } },
}).answeredBy(async ({ query, principal, services }) => {
  const sessions = await services.sessions.list(principal.id, {
    before: query.cursor,
    limit: query.limit + 1,
  });
  const items = sessions.map((session) => ({
    id: session.id,
    is_current: session.id === principal.session.id,
    created_at: session.createdAt,
    seen_at: session.seenAt,
    expires_at: session.expiresAt,
    method: session.method,
    address: session.address,
    user_agent: session.userAgent,
  }));
  return { status: 200, body: pageOf(items, query.limit, ({ id }) => id) };
});

const endSession = adminRoute({
  method: "delete",
  path: "/sessions/{session_id}",
  operationId: "endSession",
  tag: TAG,
  summary: "End one of your sessions",
  access: { role: "viewer", scope: null, only: "session" },
  params: z.object({ session_id: z.string() }),
  answers: { 204: { about: "It is over" } },
  errors: ["session_not_found"],
}).answeredBy(async (context) => {
  const { params, principal, origin, services } = context;
  const isEnded = await services.sessions.end(params.session_id, principal, origin.address);
  if (!isEnded) throw new AdminError("session_not_found");
  const isOwn = params.session_id === principal.session.id;
  return { status: 204, cookies: isOwn ? [noSessionCookie(context)] : [] };
});

export const sessionsRoutes = [listSessions, endSession];
