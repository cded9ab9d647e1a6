import { z } from "@hono/zod-openapi";
import type { StoredSecret } from "../../store/app-store.ts";
import { pageQuery } from "../lists.ts";
import type { LiveChannel, LiveChannelDetail, LiveConnection, LiveConnectionDetail } from "../live.ts";
import { appParams, timeOf } from "./apps-schema.ts";

/** A channel's name may be longer than the cursors of other lists. */
export const namesQuery = pageQuery.extend({
  cursor: z
    .string()
    .min(1)
    .max(2_000)
    .optional()
    .openapi({ description: "`next_cursor` of the page before" }),
});

export const channelParams = appParams.extend({
  channel: z.string().openapi({
    param: { name: "channel", in: "path" },
    description: "The name of the channel, encoded as a part of a path",
    example: "presence-room-7",
  }),
});

export const connectionParams = appParams.extend({
  socket_id: z.string().openapi({
    param: { name: "socket_id", in: "path" },
    description: "As the client was greeted with",
    example: "1234.5678",
  }),
});

export const channelSchema = z
  .object({
    name: z.string().openapi({ example: "presence-room-7" }),
    subscription_count: z.int().openapi({ description: "Connections that are subscribed", example: 12 }),
    user_count: z.int().nullable().openapi({
      description: "Distinct users of a presence channel; null for any other channel",
      example: 9,
    }),
  })
  .openapi("Channel");

export const channelDetailSchema = channelSchema
  .extend({
    cached: z
      .object({
        event: z.string().openapi({ example: "price-changed" }),
        size: z.int().openapi({ description: "Characters of its data", example: 120 }),
        expires_at: timeOf("When it is forgotten"),
      })
      .nullable()
      .openapi({
        description: "The event that whoever joins a cache channel is sent; null where there is none",
      }),
  })
  .openapi("ChannelDetail");

export const memberSchema = z
  .object({
    user_id: z.string().openapi({ example: "42" }),
    user_info: z.unknown().openapi({
      description: "As the app's server gave it; null where it gave none",
      example: { name: "Mo" },
    }),
    connections: z
      .int()
      .openapi({ description: "Its connections on this channel, to the server that answers", example: 2 }),
  })
  .openapi("Member");

export const connectionSchema = z
  .object({
    socket_id: z.string().openapi({ example: "1234.5678" }),
    key: z
      .string()
      .openapi({ description: "That the client connected with", example: "7a1c39d40be25f68c0aa" }),
    user_id: z
      .string()
      .nullable()
      .openapi({ description: "The user it is signed in as, or else a member that it is", example: "42" }),
    client: z.string().openapi({
      description: "What the client says it is; `unknown` where it does not say",
      example: "pusher-js 8.4.0",
    }),
    address: z
      .string()
      .nullable()
      .openapi({ description: "Null where it is not known", example: "203.0.113.7" }),
    origin: z.string().nullable().openapi({
      description: "Of the page it runs on; null for clients that are not browsers",
      example: "https://shop.example",
    }),
    protocol: z.int().nullable().openapi({ description: "Null where the client did not say", example: 7 }),
    is_tls: z.boolean(),
    connected_at: timeOf("When it was opened"),
    last_activity_at: timeOf("When it was last heard of; control frames count"),
    subscription_count: z.int().openapi({ description: "Channels that it is on", example: 3 }),
    buffered_bytes: z.int().openapi({ description: "Sent, and not yet taken by the network", example: 0 }),
  })
  .openapi("Connection");

const signedBy = z
  .object({
    secret_id: z.string().openapi({ example: "sec_5f3a9c02b7d1" }),
    fingerprint: z
      .string()
      .nullable()
      .openapi({ description: "Null for a secret that is no longer there", example: "9f86d081884c" }),
    state: z
      .enum(["pending", "current", "retiring", "revoked"])
      .nullable()
      .openapi({ description: "Null for a secret that is no longer there", example: "current" }),
  })
  .nullable();

export const connectionDetailSchema = connectionSchema
  .extend({
    user: z
      .object({
        id: z.string().openapi({ example: "42" }),
        info: z.unknown().openapi({ description: "As the app's server gave it", example: { name: "Mo" } }),
        signed_by: signedBy.openapi({ description: "The secret that signed the sign-in" }),
      })
      .nullable()
      .openapi({ description: "Who is signed in; null for nobody" }),
    subscriptions: z.array(
      z.object({
        channel: z.string().openapi({ example: "presence-room-7" }),
        user_id: z.string().nullable().openapi({
          description: "The member that the connection is, on a presence channel",
          example: "42",
        }),
        signed_by: signedBy.openapi({ description: "The secret that signed it; null on public channels" }),
      }),
    ),
  })
  .openapi("ConnectionDetail");

export function printChannel(channel: LiveChannel): z.input<typeof channelSchema> {
  return {
    name: channel.name,
    subscription_count: channel.subscriptionCount,
    user_count: channel.userCount,
  };
}

export function printChannelDetail(channel: LiveChannelDetail): z.input<typeof channelDetailSchema> {
  const { cached } = channel;
  return {
    ...printChannel(channel),
    cached: cached && {
      event: cached.event,
      size: cached.size,
      expires_at: new Date(cached.expiresAtMs).toISOString(),
    },
  };
}

export function printConnection(connection: LiveConnection): z.input<typeof connectionSchema> {
  const { info } = connection;
  return {
    socket_id: connection.socketId,
    key: connection.key,
    user_id: connection.userId,
    client: info.client,
    address: info.address,
    origin: info.pageOrigin,
    protocol: info.protocol,
    is_tls: info.isTls,
    connected_at: new Date(info.connectedAtMs).toISOString(),
    last_activity_at: new Date(connection.lastActivityAtMs).toISOString(),
    subscription_count: connection.subscriptionCount,
    buffered_bytes: connection.bufferedBytes,
  };
}

/** @param secrets of the app, for their fingerprints. */
export function printConnectionDetail(
  connection: LiveConnectionDetail,
  secrets: readonly StoredSecret[],
): z.input<typeof connectionDetailSchema> {
  const signer = (secretId: string | null) => {
    if (secretId === null) return null;
    const secret = secrets.find(({ id }) => id === secretId);
    return { secret_id: secretId, fingerprint: secret?.fingerprint ?? null, state: secret?.state ?? null };
  };
  const { user } = connection;
  return {
    ...printConnection(connection),
    user: user && { id: user.id, info: parseInfo(user.userInfoJson), signed_by: signer(user.secretId) },
    subscriptions: connection.subscriptions.map(({ channel, userId, secretId }) => ({
      channel,
      user_id: userId,
      signed_by: signer(secretId),
    })),
  };
}

/** What apps say about their users, which was JSON when it came in. */
export function parseInfo(json: string | null): unknown {
  return json === null ? null : JSON.parse(json);
}
