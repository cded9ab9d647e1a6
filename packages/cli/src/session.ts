import {
  channelStringToSign,
  channelTraits,
  encodeClientMessage,
  formatAuthValue,
  parseJsonObject,
} from "@usher/protocol";
import { hmacSha256Hex } from "./signed-request.ts";
import type { Target } from "./target.ts";

/** What happens on a connection that is subscribed to a few channels. */
export type SessionEvent =
  | { readonly kind: "connected" }
  | { readonly kind: "subscribed"; readonly channel: string }
  | { readonly kind: "event"; readonly event: ChannelEvent }
  | { readonly kind: "subscriptionRefused"; readonly message: string }
  /** A complaint of the server that ends nothing. */
  | { readonly kind: "error"; readonly message: string }
  /** The last of all. */
  | { readonly kind: "closed"; readonly code: number; readonly reason: string };

export interface ChannelEvent {
  /** The name under which client libraries know it. */
  readonly event: string;
  readonly channel: string;
  readonly data: string;
  /** The sender of a client event on a presence channel. */
  readonly userId: string | undefined;
}

/** Who the session is on presence channels. */
export interface SessionUser {
  readonly userId: string;
  /** Any JSON value; undefined for none. */
  readonly userInfo: unknown;
}

/**
 * Opens a connection and subscribes to channels, signing with the secret itself where an authorization endpoint would.
 *
 * @returns a function that closes the connection; `closed` is reported then too.
 */
export function openSession(
  target: Target,
  channels: readonly string[],
  user: SessionUser,
  report: (event: SessionEvent) => void,
): () => void {
  const socket = new WebSocket(webSocketUrl(target));
  const pending = new Set(channels);
  // What the server says before it closes may be longer than a close reason can be.
  let lastWords = "";

  socket.addEventListener("message", ({ data: text }) => {
    const frame = parseFrame(text);
    if (!frame) return;
    switch (frame.event) {
      case "pusher:pong":
        return;
      case "pusher:connection_established": {
        report({ kind: "connected" });
        const socketId = String(parseJsonObject(frame.data)?.socket_id);
        for (const channel of channels) socket.send(subscribeFrame(target, socketId, channel, user));
        return;
      }
      case "pusher:ping":
        return socket.send(encodeClientMessage({ kind: "pong" }));
      case "pusher_internal:subscription_succeeded":
        pending.delete(frame.channel);
        return report({ kind: "subscribed", channel: frame.channel });
      case "pusher:subscription_error":
        return report({ kind: "subscriptionRefused", message: String(parseJsonObject(frame.data)?.error) });
      case "pusher:error": {
        const error = parseJsonObject(frame.data);
        lastWords = String(error?.message);
        // With a code the connection is about to close. Without one it stays, and while a subscription is pending
        // that is how other servers refuse it.
        if (typeof error?.code === "number" && error.code < 4300) return;
        return report({ kind: pending.size > 0 ? "subscriptionRefused" : "error", message: lastWords });
      }
      default:
        return report({ kind: "event", event: { ...frame, event: publicName(frame.event) } });
    }
  });
  socket.addEventListener("close", ({ code, reason }) => {
    report({ kind: "closed", code, reason: lastWords || reason });
  });
  return () => socket.close(1000);
}

function webSocketUrl({ url, key }: Target): string {
  return `${url.replace(/^http/, "ws")}/app/${encodeURIComponent(key)}?protocol=7&client=usher-cli`;
}

/** `data` as text, whichever way it came: most servers send a string, and an object in errors. */
function parseFrame(text: unknown): ChannelEvent | undefined {
  const frame = typeof text === "string" ? parseJsonObject(text) : undefined;
  if (typeof frame?.event !== "string") return undefined;
  const { event, channel, data, user_id: userId } = frame;
  return {
    event,
    channel: typeof channel === "string" ? channel : "",
    data: typeof data === "string" ? data : (JSON.stringify(data) ?? ""),
    userId: typeof userId === "string" ? userId : undefined,
  };
}

function subscribeFrame(
  { key, secret }: Target,
  socketId: string,
  channel: string,
  user: SessionUser,
): string {
  const { access } = channelTraits(channel);
  const channelData =
    access === "presence" ? JSON.stringify({ user_id: user.userId, user_info: user.userInfo }) : undefined;
  const needsAuth = access === "private" || access === "presence";
  const signature = hmacSha256Hex(secret, channelStringToSign(socketId, channel, channelData));
  const auth = needsAuth ? formatAuthValue(key, signature) : undefined;
  return encodeClientMessage({ kind: "subscribe", channel, auth, channelData });
}

/** Client libraries hide the difference: `pusher_internal:member_added` is bound to as `pusher:member_added`. */
function publicName(event: string): string {
  return event.replace(/^pusher_internal:/, "pusher:");
}
