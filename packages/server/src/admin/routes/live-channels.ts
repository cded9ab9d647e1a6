import { z } from "@hono/zod-openapi";
import { AdminError } from "../admin-errors.ts";
import { listOf } from "../lists.ts";
import type { Live, LiveChannelDetail } from "../live.ts";
import { adminRoute } from "../route.ts";
import { requireApp, requireLive } from "./apps-require.ts";
import { appParams } from "./apps-schema.ts";
import { pageOf } from "./live-page.ts";
import {
  channelDetailSchema,
  channelParams,
  channelSchema,
  memberSchema,
  namesQuery,
  parseInfo,
  printChannel,
  printChannelDetail,
} from "./live-schema.ts";

const listChannels = adminRoute({
  method: "get",
  path: "/apps/{app_id}/channels",
  operationId: "listChannels",
  tag: "Live",
  summary: "List the channels that somebody is on",
  description: "By name, in the order of code units.",
  access: { role: "viewer", scope: "live:read" },
  params: appParams,
  query: namesQuery.extend({
    prefix: z
      .string()
      .max(2_000)
      .optional()
      .openapi({ description: "What names begin with", example: "presence-" }),
  }),
  answers: { 200: { about: "A page of channels", body: listOf(channelSchema) } },
  errors: ["app_not_found", "server_not_running"],
}).answeredBy(async ({ params, query, services }) => {
  const { id } = await requireApp(services.store.apps, params.app_id);
  const live = requireLive(services);
  const { items, next_cursor } = await pageOf(
    query,
    (page) => live.channels(id, { ...page, prefix: query.prefix ?? "" }),
    ({ name }) => name,
  );
  return { status: 200, body: { items: items.map(printChannel), next_cursor } };
});

const getChannel = adminRoute({
  method: "get",
  path: "/apps/{app_id}/channels/{channel}",
  operationId: "getChannel",
  tag: "Live",
  summary: "Show a channel that somebody is on",
  access: { role: "viewer", scope: "live:read" },
  params: channelParams,
  answers: { 200: { about: "The channel", body: channelDetailSchema } },
  errors: ["app_not_found", "channel_not_found", "server_not_running"],
}).answeredBy(async ({ params, services }) => {
  const { id } = await requireApp(services.store.apps, params.app_id);
  const channel = await requireChannel(requireLive(services), id, params.channel);
  return { status: 200, body: printChannelDetail(channel) };
});

const listMembers = adminRoute({
  method: "get",
  path: "/apps/{app_id}/channels/{channel}/members",
  operationId: "listMembers",
  tag: "Live",
  summary: "List the members of a presence channel",
  description: "By user id, in the order of code units; empty for a channel of any other kind.",
  access: { role: "viewer", scope: "live:read" },
  params: channelParams,
  query: namesQuery,
  answers: { 200: { about: "A page of members", body: listOf(memberSchema) } },
  errors: ["app_not_found", "channel_not_found", "server_not_running"],
}).answeredBy(async ({ params, query, services }) => {
  const { id } = await requireApp(services.store.apps, params.app_id);
  const live = requireLive(services);
  const { name } = await requireChannel(live, id, params.channel);
  const { items, next_cursor } = await pageOf(
    query,
    (page) => live.members(id, name, page),
    ({ userId }) => userId,
  );
  return {
    status: 200,
    body: {
      items: items.map(({ userId, userInfoJson, connections }) => ({
        user_id: userId,
        user_info: parseInfo(userInfoJson),
        connections,
      })),
      next_cursor,
    },
  };
});

export const channelRoutes = [listChannels, getChannel, listMembers];

async function requireChannel(live: Live, appId: string, name: string): Promise<LiveChannelDetail> {
  const channel = await live.channel(appId, name);
  if (!channel) throw new AdminError("channel_not_found", { message: `nobody is on the channel ${name}` });
  return channel;
}
