import { z } from "@hono/zod-openapi";
import { listOf, pageOf, pageQuery } from "../lists.ts";
import { adminRoute } from "../route.ts";

export const entrySchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    actor: z.object({
      kind: z.enum(["operator", "token", "local", "app", "config", "system"]),
      id: z.string(),
      name: z.string(),
      address: z.string().nullable(),
    }),
    action: z.string().openapi({ example: "secret.rotate" }),
    app_id: z.string().nullable(),
    target: z.string().nullable().openapi({ description: "What it was done to: a key, a secret's id" }),
    details: z.record(z.string(), z.unknown()),
  })
  .openapi("AuditEntry");

const listAudit = adminRoute({
  method: "get",
  path: "/audit",
  operationId: "listAudit",
  tag: "Audit",
  summary: "List who did what, when, and from where",
  access: { role: "viewer", scope: "audit:read" },
  query: pageQuery.extend({
    cursor: z
      .string()
      .regex(/^\d{1,15}$/)
      .optional()
      .openapi({ description: "`next_cursor` of the page before" }),
    app_id: z.string().max(200).optional(),
    action: z.string().max(200).optional(),
    actor_id: z.string().max(200).optional(),
  }),
  answers: { 200: { about: "The newest first", body: listOf(entrySchema) } },
}).answeredBy(async ({ query, services }) => {
  const { limit, cursor, app_id: appId, action, actor_id: actorId } = query;
  const found = await services.store.audit.list({
    limit: limit + 1,
    ...(cursor !== undefined && { before: Number(cursor) }),
    ...(appId !== undefined && { appId }),
    ...(action !== undefined && { action }),
    ...(actorId !== undefined && { actorId }),
  });
  const items = found.map(({ id, at, actor, action: done, appId: of, target, details }) => {
    const { kind, name, address } = actor;
    return {
      id: String(id),
      at,
      actor: { kind, id: actor.id, name, address },
      action: done,
      app_id: of,
      target,
      details: { ...details },
    };
  });
  return { status: 200, body: pageOf(items, limit, ({ id }) => id) };
});

export const auditRoutes = [listAudit];
