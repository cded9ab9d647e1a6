import { describe, expect, test } from "bun:test";
import Pusher from "pusher";
import type { TestSocket } from "../support/socket.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";
import { MASTER_KEY } from "./auth-endpoint.ts";

/** The SDK's own declaration leaves out that a request was answered, with what, or not at all. */
interface RequestError extends Error {
  readonly url: string;
  readonly status?: number;
  readonly body?: string;
}

function sdkFor(target: Target, overrides: Partial<Record<"appId" | "key" | "secret", string>> = {}): Pusher {
  return new Pusher({
    appId: target.app.id,
    key: target.app.key,
    secret: target.app.secret,
    host: target.host,
    port: String(target.port),
    useTLS: false,
    encryptionMasterKeyBase64: MASTER_KEY,
    ...overrides,
  });
}

async function failureOf(request: Promise<unknown>): Promise<RequestError> {
  const failure = await request.then(
    () => undefined,
    (error: RequestError) => error,
  );
  if (!failure) throw new Error("the request succeeded");
  return failure;
}

describeServer("the pusher SDK", { settings: { subscription_counting: true } }, (target) => {
  const sdk = () => sdkFor(target);
  const on = async (...channels: string[]): Promise<TestSocket> => {
    const socket = await target.connect();
    for (const channel of channels) {
      await socket.join(channel, memberFor(channel));
      // Past the count that follows.
      await socket.framesBeforePong();
    }
    return socket;
  };
  const memberFor = (channel: string) => (channel.startsWith("presence-") ? { user_id: "u1" } : undefined);

  describe("triggers", () => {
    test("an event on one channel, answered with 200 and an empty object", async () => {
      const channel = fresh("public-");
      const socket = await on(channel);
      const response = await sdk().trigger(channel, "App\\Events\\OrderShipped", { id: 7, name: "ü 🚀" });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({});
      const data = '{"id":7,"name":"ü 🚀"}';
      expect(await socket.framesBeforePong()).toEqual([
        { event: "App\\Events\\OrderShipped", channel, data },
      ]);
    });

    test("text as it is, without quotes around it", async () => {
      const channel = fresh("public-");
      const socket = await on(channel);
      await sdk().trigger(channel, "e", "plain");
      expect(await socket.framesBeforePong()).toEqual([{ event: "e", channel, data: "plain" }]);
    });

    test("one event on a hundred channels", async () => {
      const channels = Array.from({ length: 100 }, () => fresh("public-"));
      const [first = "", last = ""] = [channels[0], channels[99]];
      const socket = await on(first, last);
      await sdk().trigger(channels, "e", 1);
      expect(await socket.framesBeforePong()).toEqual([
        { event: "e", channel: first, data: "1" },
        { event: "e", channel: last, data: "1" },
      ]);
    });

    test("to everyone but one connection", async () => {
      const channel = fresh("private-");
      const [sender, other] = await Promise.all([on(channel), on(channel)]);
      await Promise.all([sender.framesBeforePong(), other.framesBeforePong()]);
      await sdk().trigger(channel, "e", 1, { socket_id: sender.socketId });
      expect(await sender.framesBeforePong()).toEqual([]);
      expect(await other.framesBeforePong()).toEqual([{ event: "e", channel, data: "1" }]);
    });

    test("and learns how many are on the channels", async () => {
      const [open, presence] = [fresh("public-"), fresh("presence-")];
      await on(open, presence);
      const response = await sdk().trigger([open, presence], "e", 1, {
        info: "subscription_count,user_count",
      });
      expect(await response.json()).toEqual({
        channels: { [open]: { subscription_count: 1 }, [presence]: { user_count: 1 } },
      });
    });

    test("a batch, in order, each event with an exclusion and a question of its own", async () => {
      const [one, two] = [fresh("public-"), fresh("public-")];
      const socket = await on(one, two);
      const response = await sdk().triggerBatch([
        { channel: one, name: "first", data: { n: 1 } },
        { channel: two, name: "not for you", data: 2, socket_id: socket.socketId },
        { channel: two, name: "third", data: "3", info: "subscription_count" },
      ]);
      expect(await response.json()).toEqual({ batch: [{}, {}, { subscription_count: 1 }] });
      expect(await socket.framesBeforePong()).toEqual([
        { event: "first", channel: one, data: '{"n":1}' },
        { event: "third", channel: two, data: "3" },
      ]);
    });

    test("a batch without questions, answered with an empty object", async () => {
      const response = await sdk().triggerBatch([{ channel: fresh("public-"), name: "e", data: 1 }]);
      expect(await response.json()).toEqual({});
    });

    test("an encrypted event, of which the server sees no word", async () => {
      const channel = fresh("private-encrypted-");
      const socket = await on(channel);
      await sdk().trigger(channel, "secret", { words: "between us" });
      const [frame] = await socket.framesBeforePong();
      const payload = JSON.parse(String(frame?.data)) as Record<string, string>;
      expect(Object.keys(payload).sort()).toEqual(["ciphertext", "nonce"]);
      expect(Buffer.from(payload.nonce ?? "", "base64")).toHaveLength(24);
      expect(String(frame?.data)).not.toContain("between us");
    });
  });

  describe("users", () => {
    const signedIn = async (id: string) => {
      const socket = await target.connect();
      const { auth, user_data } = sdk().authenticateUser(socket.socketId, { id });
      socket.send({ event: "pusher:signin", data: { auth, user_data } });
      await socket.nextEvent("pusher:signin_success");
      return socket;
    };

    test("sign in with authenticateUser and get what is sent to them", async () => {
      const id = fresh("u");
      const socket = await signedIn(id);
      await socket.join(`#server-to-user-${id}`);
      const response = await sdk().sendToUser(id, "note", { text: "hello" });
      expect(response.status).toBe(200);
      expect(await socket.framesBeforePong()).toEqual([
        { event: "note", channel: `#server-to-user-${id}`, data: '{"text":"hello"}' },
      ]);
    });

    test("lose all their connections, and nobody else's", async () => {
      const id = fresh("u");
      const [one, two, other] = await Promise.all([signedIn(id), signedIn(id), signedIn(fresh("u"))]);
      const response = await sdk().terminateUserConnections(id);
      expect(response.status).toBe(200);
      expect([(await one.ended()).code, (await two.ended()).code]).toEqual([4009, 4009]);
      expect(await other.framesBeforePong()).toEqual([]);
    });
  });

  test("authorizes private, presence and encrypted channels", async () => {
    const socket = await target.connect();
    for (const prefix of ["private-", "presence-", "private-encrypted-", "private-cache-"]) {
      const channel = fresh(prefix);
      const member = { user_id: "u1", user_info: { name: 'Jo "the" Ü' } };
      const ticket = sdk().authorizeChannel(
        socket.socketId,
        channel,
        prefix === "presence-" ? member : undefined,
      );
      socket.subscribe(channel, { auth: ticket.auth, channel_data: ticket.channel_data });
      const frame = await socket.nextEvent("pusher_internal:subscription_succeeded");
      expect(frame.channel).toBe(channel);
      if (prefix === "presence-") {
        expect(JSON.parse(String(frame.data)).presence.hash).toEqual({ u1: { name: 'Jo "the" Ü' } });
      }
      await socket.framesBeforePong();
    }
    const { auth } = sdk().authenticate(socket.socketId, "private-x");
    expect(auth).toBe(socket.authFor("private-x"));
  });

  describe("reads", () => {
    test("the occupied channels, by prefix and with counts", async () => {
      const prefix = fresh("presence-list-");
      await on(`${prefix}-a`, `${prefix}-b`);
      const params = { filter_by_prefix: prefix, info: "user_count" };
      const response = await sdk().get({ path: "/channels", params });
      expect(await response.json()).toEqual({
        channels: { [`${prefix}-a`]: { user_count: 1 }, [`${prefix}-b`]: { user_count: 1 } },
      });
      const none = await sdk().get({ path: "/channels", params: { filter_by_prefix: fresh("nobody-") } });
      expect(await none.json()).toEqual({ channels: {} });
    });

    test("one channel", async () => {
      const [open, presence, cache] = [fresh("public-"), fresh("presence-"), fresh("cache-")];
      await on(open, presence);
      const read = async (channel: string, info?: string) => {
        await target.settle();
        const response = await sdk().get({
          path: `/channels/${channel}`,
          ...(info ? { params: { info } } : {}),
        });
        return response.json();
      };
      expect(await read(open)).toEqual({ occupied: true });
      expect(await read(fresh("nobody-"))).toEqual({ occupied: false });
      expect(await read(open, "subscription_count")).toEqual({ occupied: true, subscription_count: 1 });
      expect(await read(presence, "user_count")).toEqual({ occupied: true, user_count: 1 });
      await sdk().trigger(cache, "e", { price: 1 });
      expect(await read(cache, "cache")).toMatchObject({ occupied: false, cache: { data: '{"price":1}' } });
    });

    test("the users of a presence channel", async () => {
      const channel = fresh("presence-");
      await on(channel);
      const response = await sdk().get({ path: `/channels/${channel}/users` });
      expect(await response.json()).toEqual({ users: [{ id: "u1" }] });
    });
  });

  test("posts a request of one's own", async () => {
    const channel = fresh("public-");
    const socket = await on(channel);
    // The SDK makes JSON of it, although its declaration asks for text.
    const body = { name: "e", channels: [channel], data: "1" } as unknown as string;
    const response = await sdk().post({ path: "/events", body, params: {} });
    expect(response.status).toBe(200);
    expect(await socket.framesBeforePong()).toEqual([{ event: "e", channel, data: "1" }]);
  });

  test("is configured by a URL", async () => {
    const { id, key, secret } = target.app;
    const client = Pusher.forURL(`http://${key}:${secret}@${target.host}:${target.port}/apps/${id}`);
    expect((await client.trigger(fresh("public-"), "e", 1)).status).toBe(200);
  });

  describe("gets an error with the status and a body that says why", () => {
    test("401 for a wrong secret", async () => {
      const error = await failureOf(sdkFor(target, { secret: "wrong" }).trigger(fresh("public-"), "e", 1));
      expect(error.name).toBe("PusherRequestError");
      expect(error.message).toBe("Unexpected status code 401");
      expect(error.status).toBe(401);
      expect(error.body).toContain("Invalid signature");
      expect(error.body).not.toContain(target.app.secret);
      expect(error.url).toContain(`/apps/${target.app.id}/events`);
    });

    test("401 for an unknown key", async () => {
      const error = await failureOf(sdkFor(target, { key: "unknown" }).trigger(fresh("public-"), "e", 1));
      expect(error.status).toBe(401);
    });

    test("404 for an unknown app", async () => {
      const error = await failureOf(sdkFor(target, { appId: "999999" }).trigger(fresh("public-"), "e", 1));
      expect(error.status).toBe(404);
      expect(error.body).toContain("999999");
    });

    test("413 for too much data", async () => {
      const error = await failureOf(sdk().trigger(fresh("public-"), "e", "x".repeat(10_241)));
      expect(error.status).toBe(413);
      expect(error.body).toContain("10240");
    });

    test("400 for a batch of more than ten, a reserved name and users of a channel without members", async () => {
      const event = { channel: fresh("public-"), name: "e", data: 1 };
      const requests = [
        sdk().triggerBatch(Array.from({ length: 11 }, () => ({ ...event }))),
        sdk().trigger(fresh("public-"), "pusher:mine", 1),
        sdk().get({ path: `/channels/${fresh("public-")}/users` }),
        sdk().get({ path: `/channels/${fresh("public-")}`, params: { info: "user_count" } }),
      ];
      const errors = await Promise.all(requests.map(failureOf));
      expect(errors.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
      for (const { body } of errors) expect(body?.length).toBeGreaterThan(10);
    });

    test("and an error without status when nobody answers", async () => {
      const nowhere = new Pusher({ appId: "1", key: "k", secret: "s", host: "127.0.0.1", port: "1" });
      const error = await failureOf(nowhere.trigger("public", "e", 1));
      expect(error.name).toBe("PusherRequestError");
      expect(error.status).toBeUndefined();
    });
  });
});
