import type { ErrorCode } from "./errors.ts";
import type { SocketId } from "./socket-id.ts";

/** A member of a presence channel, on the wire. */
export interface Member {
  readonly userId: string;
  /** JSON text of `user_info` as the app's server signed it; undefined when there is none. */
  readonly userInfoJson: string | undefined;
}

/** What the server sends. */
export type ServerMessage =
  | {
      readonly kind: "connectionEstablished";
      readonly socketId: SocketId;
      readonly activityTimeoutSeconds: number;
    }
  | { readonly kind: "error"; readonly code: number | null; readonly message: string }
  | { readonly kind: "ping" }
  | { readonly kind: "pong" }
  | {
      readonly kind: "event";
      readonly event: string;
      readonly channel: string;
      readonly data: string;
      /** The sender of a client event on a presence channel. */
      readonly userId?: string;
    }
  | {
      readonly kind: "subscriptionSucceeded";
      readonly channel: string;
      /** The members, the new one included; on presence channels only. */
      readonly members?: readonly Member[];
    }
  | { readonly kind: "subscriptionCount"; readonly channel: string; readonly count: number }
  | {
      readonly kind: "subscriptionError";
      readonly channel: string;
      /** Usher's own, stable; the other fields are as other servers send them. */
      readonly code: ErrorCode;
      readonly type: string;
      readonly message: string;
      readonly status: number;
    }
  | { readonly kind: "memberAdded"; readonly channel: string; readonly member: Member }
  | { readonly kind: "memberRemoved"; readonly channel: string; readonly userId: string }
  | { readonly kind: "cacheMiss"; readonly channel: string }
  /** To clients that count: the next event of the channel is the one after this serial. */
  | {
      readonly kind: "position";
      readonly channel: string;
      readonly epoch: string;
      readonly serial: number;
    }
  /** To clients that count: events were missed and cannot be sent. What comes next is after this serial. */
  | {
      readonly kind: "gap";
      readonly channel: string;
      readonly reason: string;
      readonly epoch: string;
      readonly serial: number;
    }
  /** To clients that count, before their connection is ended: over what time to spread the way back. */
  | { readonly kind: "reconnectAdvice"; readonly withinMs: number }
  | { readonly kind: "signinSuccess"; readonly userData: string }
  | {
      readonly kind: "watchlistEvents";
      readonly online: readonly string[];
      readonly offline: readonly string[];
    };

const PING = '{"event":"pusher:ping","data":{}}';
const PONG = '{"event":"pusher:pong","data":{}}';

/**
 * The frame of a message. `data` is a JSON string everywhere but in `pusher:error`, `pusher:ping` and `pusher:pong`,
 * where stock clients want an object.
 */
export function encodeServerMessage(message: ServerMessage): string {
  switch (message.kind) {
    case "event":
      return encodeEvent(message);
    case "pong":
      return PONG;
    case "ping":
      return PING;
    case "connectionEstablished":
      // Both values are digits, dots and minus at most, so there is nothing to escape.
      return `{"event":"pusher:connection_established","data":"{\\"socket_id\\":\\"${message.socketId}\\",\\"activity_timeout\\":${message.activityTimeoutSeconds}}"}`;
    case "error":
      return `{"event":"pusher:error","data":{"code":${message.code},"message":${JSON.stringify(message.message)}}}`;
    case "subscriptionSucceeded":
      return onChannel(
        "pusher_internal:subscription_succeeded",
        message.channel,
        message.members ? presenceDocument(message.members) : "{}",
      );
    case "subscriptionCount":
      return onChannel(
        "pusher_internal:subscription_count",
        message.channel,
        `{"subscription_count":${message.count}}`,
      );
    case "subscriptionError":
      return onChannel(
        "pusher:subscription_error",
        message.channel,
        JSON.stringify({
          type: message.type,
          error: message.message,
          status: message.status,
          code: message.code,
        }),
      );
    case "memberAdded":
      return onChannel("pusher_internal:member_added", message.channel, memberDocument(message.member));
    case "memberRemoved":
      return onChannel(
        "pusher_internal:member_removed",
        message.channel,
        `{"user_id":${JSON.stringify(message.userId)}}`,
      );
    case "cacheMiss":
      return onChannel("pusher:cache_miss", message.channel, "{}");
    // These three name no channel of their own, so that stock handlers do not take them for one of its events: on
    // encrypted channels that would be an error.
    case "position":
      return ofUsher("position", { channel: message.channel, epoch: message.epoch, serial: message.serial });
    case "gap":
      return ofUsher("gap", {
        channel: message.channel,
        reason: message.reason,
        epoch: message.epoch,
        serial: message.serial,
      });
    case "reconnectAdvice":
      return ofUsher("reconnect", { within_ms: message.withinMs });
    case "signinSuccess":
      return `{"event":"pusher:signin_success","data":${JSON.stringify(JSON.stringify({ user_data: message.userData }))}}`;
    case "watchlistEvents":
      return `{"event":"pusher_internal:watchlist_events","data":${JSON.stringify(watchlistDocument(message))}}`;
  }
}

function encodeEvent(message: Extract<ServerMessage, { kind: "event" }>): string {
  const user = message.userId === undefined ? "" : `,"user_id":${JSON.stringify(message.userId)}`;
  return `{"event":${JSON.stringify(message.event)},"channel":${JSON.stringify(message.channel)},"data":${JSON.stringify(message.data)}${user}}`;
}

function onChannel(event: string, channel: string, data: string): string {
  return `{"event":"${event}","channel":${JSON.stringify(channel)},"data":${data === "{}" ? '"{}"' : JSON.stringify(data)}}`;
}

function ofUsher(event: string, data: object): string {
  return `{"event":"usher:${event}","data":${JSON.stringify(JSON.stringify(data))}}`;
}

/** Built as text: an object would lose ids such as `__proto__` and reorder ids that look like numbers. */
function presenceDocument(members: readonly Member[]): string {
  const ids: string[] = [];
  const hash: string[] = [];
  for (const { userId, userInfoJson } of members) {
    const id = JSON.stringify(userId);
    ids.push(id);
    hash.push(`${id}:${userInfoJson ?? "null"}`);
  }
  return `{"presence":{"count":${members.length},"ids":[${ids.join(",")}],"hash":{${hash.join(",")}}}}`;
}

function memberDocument({ userId, userInfoJson }: Member): string {
  const info = userInfoJson === undefined ? "" : `,"user_info":${userInfoJson}`;
  return `{"user_id":${JSON.stringify(userId)}${info}}`;
}

function watchlistDocument({
  online,
  offline,
}: {
  readonly online: readonly string[];
  readonly offline: readonly string[];
}): string {
  const events: { name: string; user_ids: readonly string[] }[] = [];
  if (online.length > 0) events.push({ name: "online", user_ids: online });
  if (offline.length > 0) events.push({ name: "offline", user_ids: offline });
  return JSON.stringify({ events });
}
