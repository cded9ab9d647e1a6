import { type StartedServer, startOurs } from "./servers.ts";

/** Usher with a webhook endpoint that takes every kind of event and answers at once. */
export async function startWithWebhooks(): Promise<StartedServer> {
  const receiver = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      await request.bytes();
      return new Response("ok");
    },
  });
  const server = await startOurs({
    USHER_WEBHOOK_URL: `http://127.0.0.1:${receiver.port}/`,
    USHER_WEBHOOK_ALLOW_PRIVATE: "1",
  });
  const stop = async () => {
    await server.stop();
    await receiver.stop(true);
  };
  return { ...server, stop };
}
