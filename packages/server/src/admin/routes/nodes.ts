import { z } from "@hono/zod-openapi";
import { listOf } from "../lists.ts";
import { adminRoute } from "../route.ts";

const nodeSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    version: z.string(),
    started_at: z.iso.datetime(),
    seen_at: z.iso.datetime().openapi({ description: "When it last told of itself" }),
    is_live: z.boolean(),
    is_draining: z.boolean(),
    connections: z.number().int(),
    applied_revision: z
      .number()
      .int()
      .openapi({ description: "Changes of apps and secrets up to this number are in effect there" }),
  })
  .openapi("Node");

const listNodes = adminRoute({
  method: "get",
  path: "/nodes",
  operationId: "listNodes",
  tag: "Nodes",
  summary: "List the servers that share this database",
  access: { role: "viewer", scope: "nodes:read" },
  answers: {
    200: { about: "Those of the last hour, the oldest first; all on one page", body: listOf(nodeSchema) },
  },
}).answeredBy(async ({ services }) => {
  const nodes = await services.store.nodes.list();
  const items = nodes.map((node) => ({
    id: node.id,
    name: node.name,
    version: node.version,
    started_at: node.startedAt,
    seen_at: node.seenAt,
    is_live: node.isLive,
    is_draining: node.isDraining,
    connections: node.connections,
    applied_revision: node.appliedRevision,
  }));
  return { status: 200, body: { items, next_cursor: null } };
});

export const nodeRoutes = [listNodes];
