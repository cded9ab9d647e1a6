import { describe, expect, test } from "bun:test";
import { createAuthHandler } from "../index.ts";
import { exampleOptions, userOf } from "../testing/example.ts";
import { AUTH } from "../testing/requests.ts";
import { toAstro } from "./astro.ts";
import { toNext } from "./next.ts";
import { toReactRouter } from "./react-router.ts";
import { toSvelteKit } from "./sveltekit.ts";

// These frameworks call exported functions with a web-standard request, which is all that there is to their adapters.
// What is called here has the shape that they call with.

interface Context {
  readonly request: Request;
  readonly locals: { readonly session: string };
}

const handler = createAuthHandler({
  ...exampleOptions,
  user: (_request, { locals }: Context) => userOf(locals.session),
});

function contextOf(method: string): Context {
  const body = method === "POST" ? { body: "socket_id=1234.1234&channel_name=private-foobar" } : {};
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const request = new Request("http://localhost/pusher/auth", { method, headers, ...body });
  return { request, locals: { session: "10" } };
}

const ADAPTERS: readonly (readonly [string, (context: Context) => Promise<Response>, string])[] = [
  ["SvelteKit POST", toSvelteKit(handler).POST, "POST"],
  ["SvelteKit GET", toSvelteKit(handler).GET, "GET"],
  ["SvelteKit OPTIONS", toSvelteKit(handler).OPTIONS, "OPTIONS"],
  ["Astro POST", toAstro(handler).POST, "POST"],
  ["Astro GET", toAstro(handler).GET, "GET"],
  ["Astro OPTIONS", toAstro(handler).OPTIONS, "OPTIONS"],
  ["React Router action", toReactRouter(handler).action, "POST"],
  ["React Router loader", toReactRouter(handler).loader, "GET"],
  ["Next.js POST", (context) => toNext(handler).POST(context.request, context), "POST"],
  ["Next.js GET", (context) => toNext(handler).GET(context.request, context), "GET"],
  ["Next.js OPTIONS", (context) => toNext(handler).OPTIONS(context.request, context), "OPTIONS"],
];

describe("the handler gets the request and the framework's context", () => {
  test.each(ADAPTERS)("%s", async (_name, route, method) => {
    const response = await route(contextOf(method));
    if (method === "POST") expect(await response.json()).toEqual({ auth: AUTH });
    if (method === "GET") expect(await response.json()).toMatchObject({ parameter: "callback" });
    if (method === "OPTIONS") expect(response.status).toBe(204);
  });
});
