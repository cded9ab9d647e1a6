import Pusher from "pusher";

export interface AppCredentials {
  readonly id: string;
  readonly key: string;
  readonly secret: string;
}

/** The key that the app's own server and its clients share for encrypted channels. */
export const MASTER_KEY = Buffer.from("an encryption master key of 32 b").toString("base64");

/** One request, as its channels in the order sent. */
export interface AuthRequest {
  readonly channels: readonly string[];
  readonly isBatch: boolean;
  readonly form: URLSearchParams;
}

export interface BatchEndpoint {
  /** In the order of arrival. */
  readonly requests: AuthRequest[];
  /** Awaited before each answer. */
  beforeAnswer: () => Promise<void>;
  fetch(request: Request): Promise<Response>;
}

/**
 * What an app's own server does for its clients, with the official SDK: a single channel as pusher-js asks for it, and
 * many as `pusher-js-auth` does. Channels called forbidden are refused. Below `/single` it knows no batches.
 */
export function createBatchEndpoint(app: AppCredentials): BatchEndpoint {
  const { id, key, secret } = app;
  // Signing alone: it never sends anything.
  const sdk = new Pusher({
    appId: id,
    key,
    secret,
    host: "unused.invalid",
    encryptionMasterKeyBase64: MASTER_KEY,
  });
  const requests: AuthRequest[] = [];

  const authorize = (channel: string, form: URLSearchParams) => {
    if (channel.includes("forbidden")) return { status: 403 };
    const userId = form.get("user_id") ?? "somebody";
    const member = { user_id: userId, user_info: { name: `The name of ${userId}` } };
    const isPresence = channel.startsWith("presence-");
    const data = sdk.authorizeChannel(form.get("socket_id") ?? "", channel, isPresence ? member : undefined);
    return { status: 200, data };
  };

  const endpoint: BatchEndpoint = {
    requests,
    beforeAnswer: async () => {},
    async fetch(request) {
      const form = new URLSearchParams(await request.text());
      const single = form.get("channel_name");
      const batch = [...form].filter(([name]) => /^channel_name\[\d+\]$/.test(name)).map(([, name]) => name);
      requests.push({ channels: single === null ? batch : [single], isBatch: single === null, form });
      await endpoint.beforeAnswer();
      if (single !== null) {
        const { status, data } = authorize(single, form);
        return data ? Response.json(data) : new Response("Forbidden", { status });
      }
      if (new URL(request.url).pathname === "/single") return new Response("Bad Request", { status: 400 });
      return Response.json(Object.fromEntries(batch.map((channel) => [channel, authorize(channel, form)])));
    },
  };
  return endpoint;
}
