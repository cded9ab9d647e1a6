import formbody from "@fastify/formbody";
import fastify, { type FastifyRequest } from "fastify";
import { toFastify } from "../../adapters/fastify.ts";
import { createAuthHandler } from "../../index.ts";
import { exampleOptions, userOf } from "../example.ts";
import { type FrameworkServer, headerText, type Running } from "./running.ts";

export const fastifyServers: readonly FrameworkServer[] = [
  { name: "Fastify", start: () => startFastify(false) },
  { name: "Fastify with @fastify/formbody", start: () => startFastify(true) },
];

async function startFastify(hasFormBody: boolean): Promise<Running> {
  const app = fastify();
  if (hasFormBody) await app.register(formbody);
  const handler = createAuthHandler({
    ...exampleOptions,
    user: (_request, request: FastifyRequest) => userOf(headerText(request.headers["x-user"])),
  });
  await app.register(toFastify(handler));
  // Outside of the plugin everything is as it was.
  app.post("/other", async ({ body }) => ({ body }));
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return { url, stop: () => app.close() };
}
