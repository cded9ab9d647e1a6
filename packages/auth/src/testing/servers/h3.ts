import * as h3v1 from "h3v1";
import { H3, type H3Event } from "h3v2";
import { toNodeHandler } from "h3v2/node";
import { toNitro } from "../../adapters/nitro.ts";
import { createAuthHandler } from "../../index.ts";
import { exampleOptions, userOf } from "../example.ts";
import { type FrameworkServer, listen } from "./running.ts";

export const h3Servers: readonly FrameworkServer[] = [
  { name: "h3 1", start: () => listen(h3v1.toNodeListener(h3App1(false))) },
  {
    name: "h3 1, the body read before",
    isParsedBefore: true,
    start: () => listen(h3v1.toNodeListener(h3App1(true))),
  },
  { name: "h3 2 on node:http", start: () => listen(toNodeHandler(h3App2()) as never) },
];

/** Of version 1, which Nitro 2 and with it Nuxt 3 and 4 are built on. */
export function h3App1(readsBody: boolean): h3v1.App {
  const app = h3v1.createApp({ onError: () => {} });
  if (readsBody) {
    app.use(
      h3v1.defineEventHandler(async (event) => {
        if (event.method === "POST") await h3v1.readBody(event).catch(() => {});
      }),
    );
  }
  const handler = createAuthHandler({
    ...exampleOptions,
    user: (_request, event: h3v1.H3Event) => userOf(h3v1.getRequestHeader(event, "x-user")),
  });
  const router = h3v1.createRouter();
  router.use("/pusher/auth", h3v1.defineEventHandler(toNitro(handler)));
  router.use("/pusher/user-auth", h3v1.defineEventHandler(toNitro(handler)));
  return app.use(router);
}

/** Of version 2, which Nitro 3 is built on. */
export function h3App2(): H3 {
  const handler = createAuthHandler({
    ...exampleOptions,
    user: (_request, event: H3Event) => userOf(event.req.headers.get("x-user")),
  });
  return new H3().all("/pusher/auth", toNitro(handler)).all("/pusher/user-auth", toNitro(handler));
}
