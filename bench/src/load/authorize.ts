import type { AuthorizeJob, AuthorizeOutcome, Target } from "../job.ts";
import { HttpPool } from "./http-pool.ts";
import { startUsage } from "./usage.ts";

/** Pages with many private channels each: every one asks the app's endpoint for signatures and subscribes with them. */
export async function runAuthorize(target: Target, job: AuthorizeJob): Promise<AuthorizeOutcome> {
  const endpoint = await HttpPool.open(target.host, job.endpointPort, job.requestsInFlight);
  await openPages(target, endpoint, { ...job, pages: job.warmUpPages });

  const stopServer = startUsage(target.pid);
  const stopEndpoint = startUsage(job.endpointPid);
  const subscribed = await openPages(target, endpoint, job);
  const usage = stopServer();
  const endpointCpuSeconds = stopEndpoint().serverCpuSeconds;
  return { kind: "authorize", subscribed, requests: endpoint.requests, usage, endpointCpuSeconds };
}

type Pages = Pick<AuthorizeJob, "pages" | "channels" | "isBatched" | "pagesAtOnce">;

/** Resolves to how many subscriptions there were, once each page has all of its own. */
async function openPages(target: Target, endpoint: HttpPool, job: Pages): Promise<number> {
  let next = 0;
  let subscribed = 0;
  const worker = async () => {
    while (next < job.pages) {
      const joined = await openPage(target, endpoint, job, next++);
      subscribed += joined;
    }
  };
  await Promise.all(Array.from({ length: job.pagesAtOnce }, worker));
  return subscribed;
}

async function openPage(target: Target, endpoint: HttpPool, job: Pages, page: number): Promise<number> {
  const names = Array.from({ length: job.channels }, (_, part) => `private-user-${page}-${part}`);
  const socket = new WebSocket(
    `ws://${target.host}:${target.port}/app/${target.key}?protocol=7&client=bench`,
  );
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let subscribed = 0;
  socket.onclose = ({ code }) => reject(new Error(`a page's connection ended with ${code}`));
  socket.onmessage = ({ data }: MessageEvent<string>) => {
    if (data.includes("subscription_succeeded")) {
      subscribed++;
      if (subscribed === names.length) resolve(subscribed);
    } else if (data.includes("connection_established")) {
      const socketId = /\d+\.\d+/.exec(data)?.[0] ?? "";
      authorize(endpoint, job.isBatched, String(page), socketId, names, (channel, auth) =>
        socket.send(JSON.stringify({ event: "pusher:subscribe", data: { channel, auth } })),
      ).catch(reject);
    } else reject(new Error(data));
  };
  try {
    return await promise;
  } finally {
    socket.onclose = null;
    socket.close();
  }
}

/** As the plug-in asks, all at once, or as stock pusher-js does, one by one. */
async function authorize(
  endpoint: HttpPool,
  isBatched: boolean,
  user: string,
  socketId: string,
  channels: readonly string[],
  onGrant: (channel: string, auth: string) => void,
): Promise<void> {
  if (isBatched) {
    const list = channels.map((channel, index) => `channel_name[${index}]=${channel}`).join("&");
    const answer = await post(endpoint, user, `socket_id=${socketId}&${list}`);
    const verdicts = answer as Readonly<Record<string, { readonly data?: { readonly auth: string } }>>;
    for (const channel of channels) onGrant(channel, verdicts[channel]?.data?.auth ?? "");
    return;
  }
  await Promise.all(
    channels.map(async (channel) => {
      const answer = await post(endpoint, user, `socket_id=${socketId}&channel_name=${channel}`);
      onGrant(channel, (answer as { readonly auth: string }).auth);
    }),
  );
}

async function post(endpoint: HttpPool, user: string, body: string): Promise<unknown> {
  return JSON.parse(
    await endpoint.post(
      `/pusher/auth`,
      `Content-Type: application/x-www-form-urlencoded\r\nX-User: ${user}\r\n`,
      body,
    ),
  );
}
