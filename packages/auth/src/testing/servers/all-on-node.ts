import { expressServers } from "./express.ts";
import { fastifyServers } from "./fastify.ts";
import { h3Servers } from "./h3.ts";
import { koaServers } from "./koa.ts";
import { nestServers } from "./nest.ts";
import { plainServers } from "./node.ts";
import type { FrameworkServer } from "./running.ts";

/** Every framework that node:http can carry. */
export const nodeServers: readonly FrameworkServer[] = [
  ...plainServers,
  ...expressServers,
  ...fastifyServers,
  ...koaServers,
  ...nestServers,
  ...h3Servers,
];
