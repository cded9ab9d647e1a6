import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import Echo from "laravel-echo";
import NodePusher from "pusher-js";
import { eventOf } from "../clients/events.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { PATIENCE_MS, within } from "../support/time-limit.ts";
import { checkEndpoint } from "./check-endpoint.ts";
import { EXAMPLES, type RunningExample, runExample } from "./running-example.ts";

setDefaultTimeout(30_000);

describe.each(["pusher", "reverb"] as const)(
  "examples/laravel-echo, with Echo's broadcaster %s",
  (broadcaster) => {
    let server: TestServer;
    let example: RunningExample;
    const open: Echo<"pusher" | "reverb">[] = [];

    beforeAll(async () => {
      server = await startServer();
      example = await runExample([process.execPath, `${EXAMPLES}laravel-echo/server.mjs`], server);
    }, 30_000);
    afterEach(() => {
      for (const echo of open.splice(0)) echo.disconnect();
    });
    afterAll(async () => {
      await example.stop();
      await server.stop();
    });

    const logIn = async (user: number): Promise<string> => {
      const body = JSON.stringify({ user });
      const response = await fetch(`${example.url}/login`, { method: "POST", body });
      expect(response.status).toBe(200);
      const { token } = (await response.json()) as { token: string };
      return token;
    };

    const connect = (bearerToken: string): Echo<"pusher" | "reverb"> => {
      const echo = new Echo<"pusher" | "reverb">({
        broadcaster,
        Pusher: NodePusher,
        key: server.key,
        wsHost: server.host,
        wsPort: server.port,
        wssPort: server.port,
        forceTLS: false,
        enabledTransports: ["ws", "wss"],
        // Echo's own paths; only a page can leave out the host.
        authEndpoint: `${example.url}/broadcasting/auth`,
        userAuthentication: { endpoint: `${example.url}/broadcasting/user-auth`, headers: {} },
        bearerToken,
        // Echo's default is one object for all its instances, in which the last token would win.
        auth: { headers: {} },
        ...(broadcaster === "pusher" ? { cluster: "" } : {}),
      } as never);
      open.push(echo);
      return echo;
    };

    /** Resolves with what the callback gets first. */
    const first = <T>(what: string, register: (callback: (data: T) => void) => unknown): Promise<T> => {
      const { promise, resolve } = Promise.withResolvers<T>();
      register(resolve);
      return within(PATIENCE_MS, promise, () => `${what} was not heard`);
    };

    test("private() is for users themselves, who hear what the example triggers", async () => {
      const channel = connect(await logIn(1)).private("user-1");
      await first("subscribed()", (callback) => channel.subscribed(() => callback(true)));
      const event = first("SignedIn", (callback) => channel.listen("SignedIn", callback));
      await logIn(1);
      expect(await event).toEqual({ name: "Ada" });
    });

    test("passes every check of usher auth check", async () => {
      const headers = { Authorization: `Bearer ${await logIn(1)}` };
      await checkEndpoint(server, `${example.url}/broadcasting/auth`, headers);
    });

    test("error() hears of a 403 on someone else's channel", async () => {
      const channel = connect(await logIn(2)).private("user-1");
      const refusal = await first<{ status: number }>("error()", (callback) => channel.error(callback));
      expect(refusal.status).toBe(403);
    });

    test("here() and joining() know name and avatar", async () => {
      const [ada, grace] = [connect(await logIn(1)), connect(await logIn(2))];
      const room = ada.join("room-lobby");
      expect(await first<unknown>("here()", (callback) => room.here(callback))).toEqual([
        { name: "Ada", avatar: "/avatars/ada.png" },
      ]);
      const joining = first<unknown>("joining()", (callback) => room.joining(callback));
      grace.join("room-lobby");
      expect(await joining).toEqual({ name: "Grace", avatar: "/avatars/grace.png" });
    });

    test("signs users in at /broadcasting/user-auth", async () => {
      const echo = connect(await logIn(1));
      const { pusher } = echo.connector as unknown as { pusher: NodePusher };
      pusher.signin();
      if (pusher.connection.state !== "connected") await eventOf(pusher.connection, "connected");
      await within(PATIENCE_MS, Promise.resolve(pusher.user.signinDonePromise), () => "no sign-in");
      expect(pusher.user.user_data).toMatchObject({ id: "1" });
    });

    test("refuses those who are not signed in", async () => {
      const channel = connect("made up").private("user-1");
      const refusal = await first<{ status: number }>("error()", (callback) => channel.error(callback));
      expect(refusal.status).toBe(401);
    });
  },
);
