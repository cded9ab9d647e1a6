import Pusher from "pusher";
import type { AppCredentials } from "../support/sign.ts";

/** The key that the app's own server and its clients share for encrypted channels: base64 of 32 bytes. */
export const MASTER_KEY = Buffer.from("an encryption master key of 32 b").toString("base64");

/** What a client sent to the endpoint. */
export interface AuthRequest {
  readonly path: string;
  readonly form: URLSearchParams;
  readonly headers: Headers;
}

export interface AuthEndpoint {
  readonly channelUrl: string;
  readonly userUrl: string;
  /** In the order of arrival. */
  readonly requests: readonly AuthRequest[];
  stop(): Promise<void>;
}

/**
 * What an app's own server does for its clients, with the official SDK and a few rules of its own: whoever asks is the
 * user of the parameter `user_id`, and words in a channel's name say what to do about it.
 */
export function startAuthEndpoint(app: AppCredentials): AuthEndpoint {
  const sdk = sdkOf(app, app.secret);
  const missigning = sdkOf(app, "another secret");
  const requests: AuthRequest[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const path = new URL(request.url).pathname;
      const form = new URLSearchParams(await request.text());
      const isFirst = requests.every(
        (before) => before.form.get("channel_name") !== form.get("channel_name"),
      );
      requests.push({ path, form, headers: request.headers });
      if (path === "/pusher/user-auth") return authenticateUser(sdk, form);
      const channel = form.get("channel_name") ?? "";
      const answer = authorizeChannel(channel.includes("missigned") ? missigning : sdk, form);
      // As if the key had been changed while the answer was under way.
      return channel.includes("stale-key") && isFirst ? withStaleKey(answer) : answer;
    },
  });
  return {
    channelUrl: `http://127.0.0.1:${server.port}/pusher/auth`,
    userUrl: `http://127.0.0.1:${server.port}/pusher/user-auth`,
    requests,
    stop: () => server.stop(true),
  };
}

function authorizeChannel(sdk: Pusher, form: URLSearchParams): Response {
  const socketId = form.get("socket_id") ?? "";
  const channel = form.get("channel_name") ?? "";
  const userId = form.get("user_id");
  if (channel.includes("forbidden")) return new Response("Forbidden", { status: 403 });
  // A presence channel may leave out who joins where the client has signed in.
  if (!channel.startsWith("presence-") || channel.includes("signed-in") || userId === null) {
    return Response.json(sdk.authorizeChannel(socketId, channel));
  }
  const member = { user_id: userId, user_info: { name: form.get("user_name") ?? `The name of ${userId}` } };
  return Response.json(sdk.authorizeChannel(socketId, channel, member));
}

async function withStaleKey(answer: Response): Promise<Response> {
  const shared_secret = Buffer.alloc(32).toString("base64");
  return Response.json({ ...((await answer.json()) as object), shared_secret });
}

function authenticateUser(sdk: Pusher, form: URLSearchParams): Response {
  const id = form.get("user_id");
  if (id === null) return new Response("Forbidden", { status: 403 });
  const watchlist = form.get("watchlist")?.split(",");
  const user = { id, user_info: { name: `The name of ${id}` }, ...(watchlist ? { watchlist } : {}) };
  return Response.json(sdk.authenticateUser(form.get("socket_id") ?? "", user));
}

function sdkOf({ id, key }: AppCredentials, secret: string): Pusher {
  // Signing alone: it never sends anything.
  return new Pusher({
    appId: id,
    key,
    secret,
    host: "unused.invalid",
    encryptionMasterKeyBase64: MASTER_KEY,
  });
}
