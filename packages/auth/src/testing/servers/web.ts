import * as h3v1 from "h3v1";
import { Hono, type Context as HonoContext } from "hono";
import { createStaticHandler, type LoaderFunctionArgs } from "react-router";
import { toHono } from "../../adapters/hono.ts";
import { toReactRouter } from "../../adapters/react-router.ts";
import { createAuthHandler } from "../../index.ts";
import { exampleOptions, userOf } from "../example.ts";
import { h3App1, h3App2 } from "./h3.ts";
import type { FrameworkServer, Running } from "./running.ts";

/** The frameworks that take web-standard requests, on Bun's own server. */
export const webServers: readonly FrameworkServer[] = [
  { name: "no framework", start: () => serve(bareHandler()) },
  { name: "Hono", start: () => serve(honoApp(false).fetch) },
  { name: "Hono, the body read before", isParsedBefore: true, start: () => serve(honoApp(true).fetch) },
  { name: "h3 1 as a web handler", start: () => serve(h3v1.toWebHandler(h3App1(false))) },
  { name: "h3 2", start: () => serve(h3App2().fetch) },
  { name: "React Router", start: () => serve(reactRouter()) },
];

async function serve(fetch: (request: Request) => Response | Promise<Response>): Promise<Running> {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: (request) => fetch(request) });
  return { url: `http://127.0.0.1:${server.port}`, stop: () => server.stop(true) };
}

function bareHandler() {
  return createAuthHandler({
    ...exampleOptions,
    user: (request) => userOf(request.headers.get("x-user")),
  });
}

function honoApp(readsBody: boolean): Hono {
  const handler = createAuthHandler({
    ...exampleOptions,
    user: (_request, context: HonoContext) => userOf(context.req.header("x-user")),
  });
  const app = new Hono();
  if (readsBody) {
    app.use(async (context, next) => {
      const isJson = context.req.header("content-type") === "application/json";
      if (context.req.method === "POST") await (isJson ? context.req.json() : context.req.parseBody());
      await next();
    });
  }
  app.all("/pusher/auth", toHono(handler)).all("/pusher/user-auth", toHono(handler));
  return app;
}

function reactRouter() {
  const handler = createAuthHandler({
    ...exampleOptions,
    user: (_request, { request }: LoaderFunctionArgs) => userOf(request.headers.get("x-user")),
  });
  const { action, loader } = toReactRouter(handler);
  const { queryRoute } = createStaticHandler([
    { id: "auth", path: "/pusher/auth", action, loader },
    { id: "user-auth", path: "/pusher/user-auth", action, loader },
  ]);
  return (request: Request): Promise<Response> => queryRoute(request);
}
