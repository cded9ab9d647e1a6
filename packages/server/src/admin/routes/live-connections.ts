import { z } from "@hono/zod-openapi";
import { recordAudit } from "../../audit/record-audit.ts";
import { AdminError } from "../admin-errors.ts";
import { listOf } from "../lists.ts";
import { adminRoute } from "../route.ts";
import { requireApp, requireLive } from "./apps-require.ts";
import { appParams } from "./apps-schema.ts";
import { pageOf } from "./live-page.ts";
import {
  connectionDetailSchema,
  connectionParams,
  connectionSchema,
  namesQuery,
  printConnection,
  printConnectionDetail,
} from "./live-schema.ts";

const filter = (description: string, example: string) =>
  z.string().min(1).max(2_000).optional().openapi({ description, example });

const listConnections = adminRoute({
  method: "get",
  path: "/apps/{app_id}/connections",
  operationId: "listConnections",
  tag: "Live",
  summary: "List connections",
  description: "By socket id, in the order of code units. All filters that are given must fit.",
  access: { role: "viewer", scope: "live:read" },
  params: appParams,
  query: namesQuery.extend({
    search: filter(
      "Fits what a socket id or an address begins with, a user's id, and a channel's name",
      "203.0.113.",
    ),
    socket_id: filter("What the socket id begins with", "1234."),
    user_id: filter("Signed in as this user, or a member under this id", "42"),
    address: filter("What the address begins with", "203.0.113."),
    channel: filter("Subscribed to this channel", "presence-room-7"),
  }),
  answers: { 200: { about: "A page of connections", body: listOf(connectionSchema) } },
  errors: ["app_not_found", "server_not_running"],
}).answeredBy(async ({ params, query, services }) => {
  const { id } = await requireApp(services.store.apps, params.app_id);
  const live = requireLive(services);
  const filters = {
    search: query.search,
    socketId: query.socket_id,
    userId: query.user_id,
    address: query.address,
    channel: query.channel,
  };
  const { items, next_cursor } = await pageOf(
    query,
    (page) => live.connections(id, { ...page, ...filters }),
    ({ socketId }) => socketId,
  );
  return { status: 200, body: { items: items.map(printConnection), next_cursor } };
});

const getConnection = adminRoute({
  method: "get",
  path: "/apps/{app_id}/connections/{socket_id}",
  operationId: "getConnection",
  tag: "Live",
  summary: "Show a connection",
  description: "With its user and its subscriptions, and which secret signed each of them.",
  access: { role: "viewer", scope: "live:read" },
  params: connectionParams,
  answers: { 200: { about: "The connection", body: connectionDetailSchema } },
  errors: ["app_not_found", "connection_not_found", "server_not_running"],
}).answeredBy(async ({ params, services }) => {
  const app = await requireApp(services.store.apps, params.app_id);
  const connection = requireLive(services).connection(app.id, params.socket_id);
  if (!connection) throw noConnection(params.socket_id);
  return { status: 200, body: printConnectionDetail(connection, app.secrets) };
});

const disconnect = adminRoute({
  method: "delete",
  path: "/apps/{app_id}/connections/{socket_id}",
  operationId: "disconnect",
  tag: "Live",
  summary: "End a connection",
  description:
    "By default with the code 4200: the client comes back at once with a new socket id and asks for its authorizations anew. With `stay_away` the code is 4009: stock clients stay disconnected until the page calls `connect()` again. To keep a user out for good, ban the user with `POST /apps/{app_id}/grants/revoke`.",
  access: { role: "operator", scope: "live:write" },
  params: connectionParams,
  query: z.strictObject({
    stay_away: z.stringbool().default(false).openapi({
      type: "boolean",
      description: "Whether the client is told to stay disconnected",
      example: false,
    }),
  }),
  answers: { 204: { about: "It is ended" } },
  errors: ["app_not_found", "connection_not_found", "server_not_running"],
}).answeredBy(async ({ params, query, by, services }) => {
  const { id } = await requireApp(services.store.apps, params.app_id);
  const live = requireLive(services);
  const { socket_id: socketId } = params;
  const connection = live.connection(id, socketId);
  if (!connection) throw noConnection(socketId);
  // The entry first: what cannot be written down is not done.
  await services.store.database.transaction((transaction) =>
    recordAudit(transaction, {
      actor: by,
      action: "connection.end",
      appId: id,
      target: socketId,
      details: { user_id: connection.userId, stay_away: query.stay_away },
    }),
  );
  live.disconnect(id, socketId, !query.stay_away);
  return { status: 204 };
});

export const connectionRoutes = [listConnections, getConnection, disconnect];

function noConnection(socketId: string): AdminError {
  return new AdminError("connection_not_found", {
    message: `there is no connection with the socket id ${socketId}`,
  });
}
