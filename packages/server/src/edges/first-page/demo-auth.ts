import type { App } from "@usher/hub";
import { channelStringToSign, formatAuthValue, isSocketId, userStringToSign } from "@usher/protocol";
import { hmacSha256Hex } from "../bun/bun-hmac.ts";
import { type Guest, parseGuest } from "./guest.ts";

/** `POST /first-page/auth`: what a channel authorization endpoint does, for the two channels of the page. */
export function authorizeGuest(app: App, form: URLSearchParams): Response {
  const socketId = form.get("socket_id") ?? "";
  if (!isSocketId(socketId)) return refuse(400, "socket_id must be two integers with a dot between them.\n");
  const channel = form.get("channel_name");
  switch (channel) {
    case "private-demo":
      return signed(app, channelStringToSign(socketId, channel));
    case "presence-demo": {
      const guest = parseGuest(form);
      if (!guest) return refuse(400, BAD_GUEST);
      const channelData = JSON.stringify({ user_id: guest.id, user_info: infoOf(guest) });
      return signed(app, channelStringToSign(socketId, channel, channelData), { channel_data: channelData });
    }
    default:
      return refuse(
        403,
        "You may not join this channel: only private-demo and presence-demo are signed here.\n",
      );
  }
}

/** `POST /first-page/user-auth`: what a user authentication endpoint does, for the guests of the page. */
export function authenticateGuest(app: App, form: URLSearchParams): Response {
  const socketId = form.get("socket_id") ?? "";
  if (!isSocketId(socketId)) return refuse(400, "socket_id must be two integers with a dot between them.\n");
  const guest = parseGuest(form);
  if (!guest) return refuse(400, BAD_GUEST);
  const userData = JSON.stringify({ id: guest.id, user_info: infoOf(guest) });
  return signed(app, userStringToSign(socketId, userData), { user_data: userData });
}

const BAD_GUEST = "guest_id must be 8 to 32 of a-z 0-9, guest_name up to 40 letters, digits and spaces.\n";

function infoOf({ name }: Guest): { readonly name: string } {
  return { name };
}

function signed(app: App, stringToSign: string, extra: Record<string, string> = {}): Response {
  const [appKey] = app.keys;
  const [secret] = appKey?.secrets ?? [];
  if (!appKey || !secret) return refuse(404, "The app of this page has no key.\n");
  const auth = formatAuthValue(appKey.key, hmacSha256Hex(secret.value, stringToSign));
  return Response.json({ auth, ...extra }, { headers: HEADERS });
}

const HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" } as const;

function refuse(status: number, reason: string): Response {
  return new Response(reason, {
    status,
    headers: { ...HEADERS, "content-type": "text/plain; charset=utf-8" },
  });
}
