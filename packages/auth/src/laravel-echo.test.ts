import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import Echo from "laravel-echo";
import Pusher from "pusher-js";
import { startServer, TEST_APP, type TestServer } from "../../../tests/support/server.ts";
import { createAuthHandler, requireHeader } from "./index.ts";
import { exampleOptions, type User, userOf } from "./testing/example.ts";

/** Laravel's client, with a backend that is not Laravel: its paths, its CSRF header, its bearer token. */
describe("laravel-echo", () => {
  let server: TestServer;
  let endpoint: Bun.Server<undefined>;
  const paths: string[] = [];
  const open: Echo<"reverb">[] = [];

  beforeAll(async () => {
    server = await startServer();
    const handler = createAuthHandler<User>({
      ...exampleOptions,
      ...TEST_APP,
      csrf: requireHeader("X-CSRF-TOKEN", "a-csrf-token"),
      user: (request) => userOf(request.headers.get("authorization")?.replace("Bearer ", "")),
    });
    endpoint = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => {
        paths.push(new URL(request.url).pathname);
        return handler(request);
      },
    });
  }, 30_000);
  afterEach(() => {
    for (const echo of open.splice(0)) echo.disconnect();
    paths.length = 0;
  });
  afterAll(async () => {
    await endpoint.stop(true);
    await server.stop();
  });

  const start = (csrfToken: string) => {
    const base = `http://127.0.0.1:${endpoint.port}/broadcasting`;
    const echo = new Echo<"reverb">({
      broadcaster: "reverb",
      Pusher,
      key: TEST_APP.key,
      wsHost: server.host,
      wsPort: server.port,
      forceTLS: false,
      enabledTransports: ["ws", "wss"],
      authEndpoint: `${base}/auth`,
      userAuthentication: { endpoint: `${base}/user-auth`, transport: "ajax", headers: {} },
      csrfToken,
      bearerToken: "10",
    } as never);
    open.push(echo);
    return echo;
  };

  test("joins private and presence channels", async () => {
    const echo = start("a-csrf-token");
    await new Promise<void>((resolve, reject) => {
      echo.private("user.10").subscribed(resolve).error(reject);
    });
    const here = await new Promise((resolve, reject) => {
      echo.join("room-lobby").here(resolve).error(reject);
    });
    expect(here).toEqual([{ name: "Mr. Channels" }]);
    expect(paths).toEqual(["/broadcasting/auth", "/broadcasting/auth"]);
  });

  test("signs in", async () => {
    const { pusher } = start("a-csrf-token").connector;
    const success = Promise.withResolvers<{ user_data: string }>();
    pusher.bind("pusher:signin_success", success.resolve);
    pusher.signin();
    expect(JSON.parse((await success.promise).user_data).id).toBe("10");
    expect(paths).toEqual(["/broadcasting/user-auth"]);
  });

  test("is refused with another site's token", async () => {
    const error = await new Promise((resolve) => {
      start("no-csrf-token").private("user.10").error(resolve);
    });
    expect(error).toMatchObject({ type: "AuthError", status: 403 });
  });
});
