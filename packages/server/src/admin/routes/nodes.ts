import { z } from "@hono/zod-openapi";
import type { Actor } from "../../actor.ts";
import type { ListedNode } from "../../nodes/node-store.ts";
import { AdminError } from "../admin-errors.ts";
import { listOf } from "../lists.ts";
import { adminRoute } from "../route.ts";
import type { AdminServices } from "../services.ts";

export const nodeSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    version: z.string(),
    started_at: z.iso.datetime(),
    seen_at: z.iso.datetime().openapi({ description: "When it last told of itself" }),
    is_live: z.boolean(),
    is_draining: z.boolean().openapi({
      description: "It is not ready and sends its clients away, because it was asked to or because it stops",
    }),
    drain_requested_at: z.iso
      .datetime()
      .nullable()
      .openapi({ description: "Since when it is asked to; null when it is not" }),
    connections: z.number().int(),
    applied_revision: z
      .number()
      .int()
      .openapi({ description: "Changes of apps and secrets up to this number are in effect there" }),
    bus: z
      .object({
        state: z.enum(["off", "up", "down"]),
        since: z.iso.datetime().nullable().openapi({ description: "Null with `off`" }),
      })
      .openapi({ description: "Whether it hears the other nodes; `off` where there is no Redis" }),
    worker: z
      .object({ index: z.number().int(), of: z.number().int() })
      .nullable()
      .openapi({ description: "Which of the processes that share its port it is; null for the only one" }),
  })
  .openapi("Node");

const params = z.strictObject({ node_id: z.string() });

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
  return { status: 200, body: { items: nodes.map(nodeJson), next_cursor: null } };
});

const drainNode = adminRoute({
  method: "post",
  path: "/nodes/{node_id}/drain",
  operationId: "drainNode",
  tag: "Nodes",
  summary: "Take a server out of service",
  description:
    "Within about a second it is not ready any more (`/health/ready`), takes no new clients after `drain_delay_seconds`, and sends its own away in batches with the code 4200. Its HTTP API goes on, and so does the process. The list shows how many connections are left. It lasts until it is resumed, or started anew.",
  access: { role: "operator", scope: "nodes:write" },
  params,
  answers: { 200: { about: "It is asked to, or was already", body: nodeSchema } },
  errors: ["node_not_found", "node_gone"],
}).answeredBy(async ({ params, services, by }) => ({
  status: 200,
  body: nodeJson(await ask(params.node_id, true, by, services)),
}));

const resumeNode = adminRoute({
  method: "post",
  path: "/nodes/{node_id}/resume",
  operationId: "resumeNode",
  tag: "Nodes",
  summary: "Put a drained server back into service",
  description:
    "Within about a second it is ready and takes clients. Those that were sent away stay where they are. One that is draining because it stops goes on to its end.",
  access: { role: "operator", scope: "nodes:write" },
  params,
  answers: { 200: { about: "It is asked to, or is in service anyway", body: nodeSchema } },
  errors: ["node_not_found", "node_gone"],
}).answeredBy(async ({ params, services, by }) => ({
  status: 200,
  body: nodeJson(await ask(params.node_id, false, by, services)),
}));

export const nodeRoutes = [listNodes, drainNode, resumeNode];

/** The node, with what it is asked now. */
async function ask(
  id: string,
  isWanted: boolean,
  by: Actor,
  { store: { nodes } }: AdminServices,
): Promise<ListedNode> {
  const node = await nodes.get(id);
  if (!node) throw new AdminError("node_not_found");
  if (!node.isLive) throw new AdminError("node_gone");
  await nodes.askToDrain(id, isWanted, by);
  return (await nodes.get(id)) ?? node;
}

function nodeJson(node: ListedNode): z.input<typeof nodeSchema> {
  return {
    id: node.id,
    name: node.name,
    version: node.version,
    started_at: node.startedAt,
    seen_at: node.seenAt,
    is_live: node.isLive,
    is_draining: node.isDraining,
    drain_requested_at: node.drainRequestedAt,
    connections: node.connections,
    applied_revision: node.appliedRevision,
    bus: node.bus,
    worker: node.worker,
  };
}
