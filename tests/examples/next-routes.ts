// Serves the route handlers of examples/nextjs under the paths that their folders give them.
import * as logIn from "../../examples/nextjs/app/login/route.ts";
import * as authorize from "../../examples/nextjs/app/pusher/auth/route.ts";

const ROUTES: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  "/login": logIn,
  "/pusher/auth": authorize,
};

type Route = (request: Request, context: { readonly params: Promise<object> }) => Promise<Response>;

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT),
  fetch: async (request) => {
    const route = ROUTES[new URL(request.url).pathname]?.[request.method];
    return (await route?.(request, { params: Promise.resolve({}) })) ?? new Response(null, { status: 404 });
  },
});
