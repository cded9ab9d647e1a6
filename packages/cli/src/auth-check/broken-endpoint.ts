import Pusher from "pusher";

export const APP = { key: "278d425bdf160c739803", secret: "7ad3773142a6692b25b8" } as const;
export const MASTER_KEY = Buffer.from("an encryption master key of 32 b").toString("base64");

/** What pusher-js asked a test's endpoint. */
export interface EndpointCall {
  readonly request: Request;
  readonly url: URL;
  readonly form: URLSearchParams;
  readonly socketId: string;
  readonly channel: string;
}

export interface TestEndpoint {
  readonly url: string;
  readonly requests: readonly Request[];
  stop(): Promise<void>;
}

type Answering = (call: EndpointCall) => Response | Promise<Response>;

/** An endpoint that answers as a test tells it to. */
export function startEndpoint(answer: Answering): TestEndpoint {
  const requests: Request[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      requests.push(request);
      const url = new URL(request.url);
      const form = request.method === "GET" ? url.searchParams : new URLSearchParams(await request.text());
      const [socketId, channel] = [form.get("socket_id") ?? "", form.get("channel_name") ?? ""];
      return answer({ request, url, form, socketId, channel });
    },
  });
  return { url: `http://127.0.0.1:${server.port}/auth`, requests, stop: () => server.stop(true) };
}

/** Signing alone: it never sends anything. */
export const sdk = new Pusher({
  appId: "3",
  ...APP,
  host: "unused.invalid",
  encryptionMasterKeyBase64: MASTER_KEY,
});

const MEMBER = { user_id: "10", user_info: { name: "Mr. Channels" } };

/** What an endpoint with the official SDK answers that does everything right: `X-User: 10` may join what has no 11 in it. */
export function goodAnswer(call: EndpointCall): Response {
  if (call.request.method === "OPTIONS") {
    const names = call.request.headers.get("access-control-request-headers") ?? "";
    return withCors(
      call,
      new Response(null, { status: 204, headers: { "Access-Control-Allow-Headers": names } }),
    );
  }
  return withCors(call, decide(call));
}

export function signed({ socketId, channel }: EndpointCall): object {
  return sdk.authorizeChannel(socketId, channel, channel.startsWith("presence-") ? MEMBER : undefined);
}

export const NO_STORE = { "Cache-Control": "no-store" };

function decide(call: EndpointCall): Response {
  const { request, url, socketId, channel } = call;
  if (request.method !== "POST") return new Response(null, { status: 405 });
  if (request.headers.get("x-user") !== "10") return json({ error: "not signed in" }, 401);
  try {
    if (url.pathname.endsWith("/user")) return json(sdk.authenticateUser(socketId, { id: "10" }));
    if (!/^(?:private|presence)-/.test(channel)) return json({ error: "public" }, 400);
    const answer = signed(call);
    return channel.includes("11") ? json({ error: "forbidden" }, 403) : json(answer);
  } catch (error) {
    return json({ error: String(error) }, 400);
  }
}

export function json(value: object, status = 200): Response {
  return Response.json(value, { status, headers: NO_STORE });
}

function withCors({ request }: EndpointCall, response: Response): Response {
  if (request.headers.get("origin") === PAGE) response.headers.set("Access-Control-Allow-Origin", PAGE);
  return response;
}

export const PAGE = "http://page.example";
