import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import Pusher, { type Channel, type Members, type Options } from "pusher-js";
import { startServer, TEST_APP, type TestServer } from "../../../tests/support/server.ts";
import { createAuthHandler } from "./index.ts";
import { exampleOptions, type User, userOf } from "./testing/example.ts";

/** The stock client joins channels of a real server through the endpoint. */
describe("pusher-js", () => {
  let server: TestServer;
  let endpoint: Bun.Server<undefined>;
  const requests: string[] = [];
  const open: Pusher[] = [];

  beforeAll(async () => {
    server = await startServer();
    const handler = createAuthHandler<User>({
      ...exampleOptions,
      ...TEST_APP,
      user: (request) => userOf(request.headers.get("x-user")),
    });
    endpoint = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) => {
        requests.push(await request.clone().text());
        return handler(request);
      },
    });
  }, 30_000);
  afterEach(() => {
    for (const client of open.splice(0)) client.disconnect();
    requests.length = 0;
  });
  afterAll(async () => {
    await endpoint.stop(true);
    await server.stop();
  });

  const connect = (user: string, more: Partial<Options> = {}) => {
    const headers = { "X-User": user };
    const base = `http://127.0.0.1:${endpoint.port}/pusher`;
    const client = new Pusher(TEST_APP.key, {
      cluster: "",
      wsHost: server.host,
      wsPort: server.port,
      forceTLS: false,
      enabledTransports: ["ws"],
      channelAuthorization: { endpoint: `${base}/auth`, transport: "ajax", headers },
      userAuthentication: { endpoint: `${base}/user-auth`, transport: "ajax", headers },
      ...more,
    });
    open.push(client);
    return client;
  };

  test("joins a private channel", async () => {
    await joined(connect("10").subscribe("private-user.10"));
    expect(requests).toEqual([expect.stringMatching(/^socket_id=\d+\.\d+&channel_name=private-user\.10$/)]);
  });

  test("is refused on somebody else's, with the status 403", async () => {
    const error = await refused(connect("10").subscribe("private-user.7"));
    expect(error).toMatchObject({ type: "AuthError", status: 403 });
  });

  test("is refused with 401 when nobody is signed in", async () => {
    expect(await refused(connect("nobody").subscribe("private-foobar"))).toMatchObject({ status: 401 });
  });

  test("joins a presence channel as who the rule says", async () => {
    const members = (await joined(connect("7").subscribe("presence-room-lobby"))) as Members;
    expect(members.me).toEqual({ id: "7", info: { name: "Zoë 🎉" } });
    await refused(connect("7").subscribe("presence-room-attic"));
  });

  test("joins encrypted and cache channels", async () => {
    await joined(connect("10").subscribe("private-encrypted-cache-foobar"));
    await joined(connect("10").subscribe("private-encrypted-foobar"));
  });

  test("signs in", async () => {
    const client = connect("10");
    const success = Promise.withResolvers<{ user_data: string }>();
    client.bind("pusher:signin_success", success.resolve);
    client.signin();
    expect(JSON.parse((await success.promise).user_data)).toEqual({
      id: "10",
      user_info: { name: "Mr. Channels" },
      watchlist: ["7"],
    });
  });

  test("joins twenty-five channels with one request of the pusher-js-auth plug-in's kind", async () => {
    const url = `http://127.0.0.1:${endpoint.port}/pusher/auth`;
    const batcher = new Batcher(url, { "X-User": "10" });
    const client = connect("10", {
      channelAuthorization: {
        customHandler: ({ channelName, socketId }, callback) =>
          batcher.authorize(channelName, socketId, callback as Callback),
      },
    });
    const connected = Promise.withResolvers<void>();
    client.connection.bind("connected", () => connected.resolve());
    await connected.promise;
    const channels = Array.from({ length: 25 }, (_, index) => client.subscribe(`private-item-${index}`));
    const even = channels.filter((_, index) => index % 2 === 0);
    const odd = channels.filter((_, index) => index % 2 === 1);
    await Promise.all([...even.map(joined), ...odd.map(refused)]);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toStartWith("&socket_id=");
  });
});

type Callback = (error: Error | null, data: { auth: string } | null) => void;

/** As the plug-in does: everything of one tick in one request, with literal brackets and a leading ampersand. */
class Batcher {
  readonly #endpoint: string;
  readonly #headers: Record<string, string>;
  #waiting: { readonly channel: string; readonly callback: Callback }[] = [];

  constructor(endpoint: string, headers: Record<string, string>) {
    this.#endpoint = endpoint;
    this.#headers = headers;
  }

  authorize(channel: string, socketId: string, callback: Callback): void {
    if (this.#waiting.push({ channel, callback }) === 1) queueMicrotask(() => void this.#flush(socketId));
  }

  async #flush(socketId: string): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const names = waiting.map(
      ({ channel }, index) => `&channel_name[${index}]=${encodeURIComponent(channel)}`,
    );
    const response = await fetch(this.#endpoint, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...this.#headers },
      body: `&socket_id=${encodeURIComponent(socketId)}${names.join("")}`,
    });
    const verdicts = (await response.json()) as Record<string, { status?: number; data: { auth: string } }>;
    for (const { channel, callback } of waiting) {
      const verdict = verdicts[channel];
      if (verdict?.status === 200) callback(null, verdict.data);
      else callback(new Error(String(verdict?.status ?? 404)), null);
    }
  }
}

function joined(channel: Channel): Promise<unknown> {
  return new Promise((resolve, reject) => {
    channel.bind("pusher:subscription_succeeded", resolve);
    channel.bind("pusher:subscription_error", (error: unknown) => reject(new Error(JSON.stringify(error))));
  });
}

function refused(channel: Channel): Promise<unknown> {
  return new Promise((resolve, reject) => {
    channel.bind("pusher:subscription_error", resolve);
    channel.bind("pusher:subscription_succeeded", () => reject(new Error(`${channel.name} was joined`)));
  });
}
