import Koa from "koa";
import { toKoa } from "../../adapters/koa.ts";
import { createAuthHandler } from "../../index.ts";
import { exampleOptions, userOf } from "../example.ts";
import { type FrameworkServer, listen } from "./running.ts";

export const koaServers: readonly FrameworkServer[] = [
  { name: "Koa", start: () => startKoa(false) },
  { name: "Koa behind a body parser", isParsedBefore: true, start: () => startKoa(true) },
];

function startKoa(hasParser: boolean) {
  const app = new Koa();
  app.silent = true;
  if (hasParser) app.use(parseBody);
  const handler = createAuthHandler({
    ...exampleOptions,
    user: (_request, context: Koa.Context) => userOf(context.get("x-user")),
  });
  app.use(toKoa(handler, { paths: ["/pusher/auth", "/pusher/user-auth"] }));
  app.use((context) => {
    context.body = "elsewhere";
  });
  return listen(app.callback());
}

/** Leaves what koa-bodyparser leaves: an object in `ctx.request.body`, with brackets as part of the names. */
async function parseBody(context: Koa.Context, next: () => Promise<unknown>): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of context.req) chunks.push(chunk as Uint8Array);
  const text = Buffer.concat(chunks).toString();
  const isJson = context.is("json") === "json";
  (context.request as { body?: unknown }).body = isJson
    ? JSON.parse(text)
    : Object.fromEntries(new URLSearchParams(text));
  await next();
}
