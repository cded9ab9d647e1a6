import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import Pusher from "pusher";
import NodePusher, { type Options } from "pusher-js";
import WorkerPusher from "pusher-js/worker";
import { eventOf, stateOf, subscribed } from "../clients/events.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { checkEndpoint } from "./check-endpoint.ts";
import { type RunningExample, runExample } from "./running-example.ts";

const TIMEOUT_MS = 60_000;

// Above what a test may wait for one event, so that the wait's own message is what a failure shows.
setDefaultTimeout(30_000);

export interface ExampleTraits {
  /** Command line; `{port}` in it becomes a free port. */
  readonly command: readonly string[];
  readonly env?: Record<string, string>;
  /** Headers that the example's page sends besides who it is. */
  readonly headers?: Record<string, string>;
  /** The endpoint answers many channels at once. */
  readonly isBatched?: boolean;
  /** The endpoint wants a header or token that other sites cannot send. */
  readonly hasCsrf?: boolean;
  /** Pages of this origin may ask, and no others. */
  readonly corsOrigin?: string;
  /** `pusher.signin()` works, too. */
  readonly hasSignIn?: boolean;
}

/**
 * What every example promises, asked by stock pusher-js. Users 1 and 2 are Ada and Grace; `/login` signs them in, by a
 * cookie or a token, and triggers `signed-in` on the private channel of whoever it is.
 */
export function describeExample(name: string, traits: ExampleTraits): void {
  describe(name, () => {
    let server: TestServer;
    let example: RunningExample;
    const open: NodePusher[] = [];

    beforeAll(async () => {
      server = await startServer();
      example = await runExample(traits.command, server, traits.env);
    }, TIMEOUT_MS);
    afterEach(() => {
      for (const client of open.splice(0)) client.disconnect();
    });
    afterAll(async () => {
      await example?.stop();
      await server.stop();
    }, TIMEOUT_MS);

    /** What the browser would send for this user from now on. */
    const logIn = async (user: number): Promise<Record<string, string>> => {
      const response = await fetch(`${example.url}/login`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ user }),
      });
      expect(response.ok).toBe(true);
      const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0] ?? "");
      const csrf = cookies.find((cookie) => cookie.startsWith("csrf="))?.slice("csrf=".length);
      const own = { ...traits.headers, ...(csrf === undefined ? {} : { "X-CSRF-Token": csrf }) };
      if (cookies.length > 0) return { ...own, Cookie: cookies.join("; ") };
      const { token } = (await response.json()) as { token: string };
      return { ...own, Authorization: `Bearer ${token}` };
    };

    const connect = async (headers: Record<string, string>): Promise<NodePusher> => {
      const options: Options = {
        cluster: "",
        wsHost: server.host,
        wsPort: server.port,
        forceTLS: false,
        enabledTransports: ["ws", "wss"],
        channelAuthorization: { endpoint: `${example.url}/pusher/auth`, transport: "ajax", headers },
        userAuthentication: { endpoint: `${example.url}/pusher/user-auth`, transport: "ajax", headers },
      };
      // Outside of a page only the build for workers can send a cookie.
      const build = "Cookie" in headers ? (WorkerPusher as unknown as typeof NodePusher) : NodePusher;
      const client = new build(server.key, options);
      open.push(client);
      await stateOf(client, "connected");
      return client;
    };

    const sdk = (): Pusher =>
      new Pusher({
        appId: server.appId,
        key: server.key,
        secret: server.secret,
        host: server.host,
        port: String(server.port),
        useTLS: false,
      });

    const refusalOf = async (client: NodePusher, channel: string): Promise<number> => {
      const { status } = await eventOf<{ status: number }>(
        client.subscribe(channel),
        "pusher:subscription_error",
      );
      return status;
    };

    const post = (body: string, headers: Record<string, string>): Promise<Response> =>
      fetch(`${example.url}/pusher/auth`, {
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
        body,
      });

    test("lets users join their own private channel, on which they get what the example triggers", async () => {
      const client = await connect(await logIn(1));
      const own = client.subscribe("private-user-1");
      await subscribed(own);
      const event = eventOf(own, "signed-in");
      await logIn(1);
      expect(await event).toEqual({ name: "Ada" });
    });

    test("refuses someone else's private channel with 403, and what it has no rule for", async () => {
      const client = await connect(await logIn(2));
      expect(await refusalOf(client, "private-user-1")).toBe(403);
      expect(await refusalOf(client, "private-user-22")).toBe(403);
      expect(await refusalOf(client, "private-orders")).toBe(403);
      await subscribed(client.subscribe("private-user-2"));
    });

    test("shows each other's name and avatar in a room, and delivers events there", async () => {
      const [ada, grace] = [await connect(await logIn(1)), await connect(await logIn(2))];
      const room = ada.subscribe("presence-room-lobby");
      await subscribed(room);
      const joining = eventOf<{ id: string; info: object }>(room, "pusher:member_added");
      const members = await subscribed<{ members: object; count: number; me: { id: string } }>(
        grace.subscribe("presence-room-lobby"),
      );
      expect(members).toMatchObject({
        count: 2,
        me: { id: "2" },
        members: {
          1: { name: "Ada", avatar: "/avatars/ada.png" },
          2: { name: "Grace", avatar: "/avatars/grace.png" },
        },
      });
      expect(await joining).toEqual({ id: "2", info: { name: "Grace", avatar: "/avatars/grace.png" } });
      const event = eventOf(room, "greeting");
      await sdk().trigger("presence-room-lobby", "greeting", "hello");
      expect(await event).toBe("hello");
    });

    test("lets nobody in who is not signed in", async () => {
      const client = await connect({ ...traits.headers });
      expect([401, 403]).toContain(await refusalOf(client, "private-user-1"));
      expect([401, 403]).toContain(await refusalOf(client, "presence-room-lobby"));
    });

    test("signs nothing for a socket id or a channel that cannot be", async () => {
      const headers = await logIn(1);
      const ask = async (socketId: string, channel: string) =>
        (await post(new URLSearchParams({ socket_id: socketId, channel_name: channel }).toString(), headers))
          .status;
      expect(await ask("1.2", "private-user-1")).toBe(200);
      for (const [socketId, channel] of [
        ["1.2:private-user-2", "private-user-1"],
        ["1.2\n", "private-user-1"],
        ["1.2", "private-user-1\n"],
        ["1.2", "presence-room-a:b"],
        ["1.2", "presence-room-a\n"],
        ["", "private-user-1"],
        ["1.2", ""],
      ] as const) {
        const status = await ask(socketId, channel);
        expect({ socketId, channel, isRefused: status === 400 || status === 403 }).toEqual({
          socketId,
          channel,
          isRefused: true,
        });
      }
    });

    test("passes every check of usher auth check", async () => {
      await checkEndpoint(server, `${example.url}/pusher/auth`, await logIn(1), [
        ...(traits.corsOrigin ? ["--origin", traits.corsOrigin] : []),
        ...(traits.isBatched ? ["--batch"] : []),
      ]);
    });

    if (traits.isBatched)
      test("answers for many channels at once", async () => {
        const body = "&socket_id=1.2&channel_name[0]=private-user-1&channel_name[1]=private-user-2";
        const response = await post(body, await logIn(1));
        expect(response.status).toBe(200);
        expect(await response.json()).toEqual({
          "private-user-1": { status: 200, data: { auth: expect.stringContaining(`${server.key}:`) } },
          "private-user-2": { status: 403 },
        });
      });

    if (traits.hasCsrf)
      test("refuses a request that any other site could send", async () => {
        const { Cookie = "" } = await logIn(1);
        const response = await post("socket_id=1.2&channel_name=private-user-1", { Cookie });
        expect(response.status).toBe(403);
      });

    if (traits.corsOrigin)
      test("lets pages of the one origin ask, and no others", async () => {
        const preflight = async (origin: string) => {
          const response = await fetch(`${example.url}/pusher/auth`, {
            method: "OPTIONS",
            headers: {
              Origin: origin,
              "Access-Control-Request-Method": "POST",
              "Access-Control-Request-Headers": "authorization",
            },
          });
          return response.headers.get("access-control-allow-origin");
        };
        expect(await preflight(traits.corsOrigin ?? "")).toBe(traits.corsOrigin ?? "");
        expect(await preflight("https://evil.example")).toBeNull();
      });

    if (traits.hasSignIn)
      test("signs users in, wherever they are connected", async () => {
        const client = await connect(await logIn(1));
        client.signin();
        await client.user.signinDonePromise;
        expect(client.user.user_data).toMatchObject({ id: "1" });
        const event = eventOf(client.user, "signed-in");
        await logIn(1);
        expect(await event).toEqual({ name: "Ada" });
      });

    test("runs without errors, and without warnings about its rules", () => {
      // A warning about a rule begins with its pattern.
      expect(example.output()).not.toMatch(/error|exception|traceback|^[\w.-]*\{/im);
    });
  });
}
