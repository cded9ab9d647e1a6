/**
 * The bare engine: what `Bun.serve` costs when it does the least that still is a Pusher server.
 *
 * Nothing here is kept, limited, counted or configured; whoever subscribes to a channel gets its events, and both kinds
 * of signature are checked for real. What Usher costs above this is the price of everything else it does.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Server, ServerWebSocket } from "bun";

interface Connection {
  readonly socketId: string;
}

interface Subscribe {
  readonly event: string;
  readonly data: { readonly channel: string; readonly auth: string; readonly channel_data?: string };
}

interface Trigger {
  readonly name: string;
  readonly data: string;
  readonly channels: readonly string[];
}

const port = Number(process.env.USHER_PORT);
const appId = process.env.USHER_APP_ID ?? "";
const appKey = process.env.USHER_APP_KEY ?? "";
const appSecret = process.env.USHER_APP_SECRET ?? "";
const eventsPath = `/apps/${appId}/events`;
const json = { headers: { "content-type": "application/json" } };
let nextSocketId = 1;

const server = Bun.serve<Connection>({
  hostname: "127.0.0.1",
  port,
  fetch(request, server) {
    const path = request.url.slice(request.url.indexOf("/", 8));
    if (path.startsWith("/app/")) return accept(request, server);
    if (path.startsWith(eventsPath)) return trigger(request, path);
    return new Response("{}", json); // whoever starts it asks whether it is up
  },
  websocket: { open: greet, message: subscribe },
});

function accept(request: Request, server: Server<Connection>): Response | undefined {
  const socketId = `${nextSocketId++}.${Math.floor(Math.random() * 1e9)}`;
  if (server.upgrade(request, { data: { socketId } })) return undefined;
  return new Response("expected a WebSocket upgrade\n", { status: 426 });
}

function greet(ws: ServerWebSocket<Connection>): void {
  const data = `{\\"socket_id\\":\\"${ws.data.socketId}\\",\\"activity_timeout\\":120}`;
  ws.send(`{"event":"pusher:connection_established","data":"${data}"}`);
}

function subscribe(ws: ServerWebSocket<Connection>, text: string | Buffer): void {
  const message: Subscribe = JSON.parse(text as string);
  if (message.event !== "pusher:subscribe") return;
  const { channel, auth, channel_data: channelData } = message.data;
  if (channel.startsWith("private-") || channel.startsWith("presence-")) {
    const signed = channelData ? `${channel}:${channelData}` : channel;
    if (!isSigned(`${ws.data.socketId}:${signed}`, auth.slice(appKey.length + 1))) {
      ws.send(`{"event":"pusher:error","data":{"code":null,"message":"Invalid signature"}}`);
      return;
    }
  }
  ws.subscribe(channel);
  ws.send(
    `{"event":"pusher_internal:subscription_succeeded","channel":${JSON.stringify(channel)},"data":"{}"}`,
  );
}

async function trigger(request: Request, path: string): Promise<Response> {
  const body = await request.text();
  const query = new URLSearchParams(path.slice(eventsPath.length + 1));
  const bodyMd5 = createHash("md5").update(body).digest("hex");
  const signed = `POST\n${eventsPath}\nauth_key=${query.get("auth_key")}&auth_timestamp=${query.get("auth_timestamp")}&auth_version=1.0&body_md5=${bodyMd5}`;
  if (!isSigned(signed, query.get("auth_signature") ?? ""))
    return new Response("Invalid signature\n", { status: 401 });

  const { name, data, channels }: Trigger = JSON.parse(body);
  for (const channel of channels) server.publish(channel, JSON.stringify({ event: name, channel, data }));
  return new Response("{}", json);
}

function isSigned(text: string, signature: string): boolean {
  const expected = createHmac("sha256", appSecret).update(text).digest("hex");
  return (
    expected.length === signature.length && timingSafeEqual(Buffer.from(expected), Buffer.from(signature))
  );
}
