import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Channel, Members, PresenceChannel } from "pusher-js";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { describeServer, fresh } from "../support/target.ts";
import { eventually, within } from "../support/time-limit.ts";
import { type AuthEndpoint, startAuthEndpoint } from "./auth-endpoint.ts";
import { BUILDS, Clients } from "./clients.ts";
import { countOf, eventOf, eventWithMetadata, frameOf, record, stateOf, subscribed } from "./events.ts";
import { TcpProxy } from "./tcp-proxy.ts";

const SETTINGS = { client_events: true, subscription_counting: true, watchlist_events: true };

for (const [name, build] of BUILDS) {
  describeServer(`pusher-js, ${name} build`, { settings: SETTINGS }, (target) => {
    let endpoint: AuthEndpoint;
    const clients = new Clients(
      target.app,
      () => target.next(),
      () => endpoint,
      () => target,
    );

    beforeAll(() => {
      endpoint = startAuthEndpoint(target.app);
    });
    afterEach(() => clients.end());
    afterAll(() => endpoint.stop());

    const join = async (channelName: string, userId?: string) => {
      const client = await clients.connect(build, userId === undefined ? {} : { userId });
      const channel = client.subscribe(channelName);
      await subscribed(channel);
      return { client, channel };
    };
    const trigger = (channel: string | string[], event: string, data: unknown) =>
      clients.sdk().trigger(channel, event, data);

    const isOccupied = (channel: string) => async () => {
      const response = await clients.sdk().get({ path: `/channels/${channel}` });
      return ((await response.json()) as { occupied: boolean }).occupied;
    };

    describe("the connection", () => {
      test("goes through connecting to connected and gets a socket id", async () => {
        const client = clients.start(build);
        const states = [client.connection.state];
        client.connection.bind("state_change", ({ current }: { current: string }) => states.push(current));
        const { socket_id } = await eventOf<{ socket_id: string }>(client.connection, "connected");
        expect(socket_id).toMatch(/^\d+\.\d+$/);
        expect(client.connection.socket_id).toBe(socket_id);
        expect(states.at(-1)).toBe("connected");
        expect(states).not.toContain("failed");
      });

      test("with an unknown key is refused with 4001 and not tried again", async () => {
        const client = clients.start(build, { key: "no-such-key" });
        const error = eventOf<{ error: { data: { code: number } } }>(client.connection, "error");
        await stateOf(client, "disconnected");
        expect((await error).error.data.code).toBe(4001);
      });

      test("ends when the client disconnects, and comes back when it connects", async () => {
        const { client, channel } = await join(fresh("public-"));
        const before = client.connection.socket_id;
        client.disconnect();
        expect(client.connection.state).toBe("disconnected");
        expect(channel.subscribed).toBe(false);
        client.connect();
        await eventOf(channel, "pusher:subscription_succeeded");
        expect(client.connection.socket_id).not.toBe(before);
      });

      test("is kept by ping and pong when nothing happens on it", async () => {
        const client = await clients.connect(build, { activityTimeout: 100, pongTimeout: 5_000 });
        const socketId = client.connection.socket_id;
        const pongs: string[] = [];
        const three = Promise.withResolvers<void>();
        client.connection.bind("message", ({ event }: { event: string }) => {
          if (event === "pusher:pong" && pongs.push(event) === 3) three.resolve();
        });
        await within(5_000, three.promise, () => `${pongs.length} pongs`);
        expect(client.connection.state).toBe("connected");
        expect(client.connection.socket_id).toBe(socketId);
      });

      test("can be switched over to another key, with its channels", async () => {
        const { client, channel } = await join(fresh("private-"));
        const before = client.connection.socket_id;
        client.switchCluster({ appKey: target.app.key, cluster: "" });
        await eventOf(channel, "pusher:subscription_succeeded");
        expect(client.connection.socket_id).not.toBe(before);
      });
    });

    describe("a public channel", () => {
      test("delivers what a server triggers, decoded", async () => {
        const { channel } = await join(fresh("public-"));
        for (const data of [{ id: 7, nested: { list: [1, null, "ü"] } }, "plain text", 42, true, [1, 2]]) {
          const event = eventOf(channel, "an event");
          await trigger(channel.name, "an event", data);
          expect(await event).toEqual(data);
        }
      });

      test("delivers to handlers on the client and to global ones", async () => {
        const { client, channel } = await join(fresh("public-"));
        const onClient = eventOf(client, "App\\Events\\OrderShipped");
        const events = record(channel);
        await trigger(channel.name, "App\\Events\\OrderShipped", { id: 1 });
        expect(await onClient).toEqual({ id: 1 });
        expect(events).toEqual([["App\\Events\\OrderShipped", { id: 1 }]]);
      });

      test("delivers nothing after unsubscribing, and again after subscribing anew", async () => {
        const { client, channel } = await join(fresh("public-"));
        const other = client.subscribe(fresh("public-"));
        await subscribed(other);
        const events = record(channel);
        client.unsubscribe(channel.name);
        expect(await eventually(isOccupied(channel.name), (occupied) => !occupied)).toBe(false);
        // Frames of one connection keep their order: what comes on the other channel came later.
        const marker = eventOf(other, "marker");
        await trigger(channel.name, "unheard", 1);
        await trigger(other.name, "marker", 1);
        await marker;
        expect(events).toEqual([]);

        const again = client.subscribe(channel.name);
        await subscribed(again);
        const heard = eventOf(again, "heard");
        await trigger(channel.name, "heard", 2);
        expect(await heard).toBe(2);
      });

      test("is refused when its name is invalid, and the connection stays", async () => {
        const client = await clients.connect(build);
        const channel = client.subscribe("not a name");
        const error = await eventOf<{ status: number }>(channel, "pusher:subscription_error");
        expect(error.status).toBe(400);
        expect(client.connection.state).toBe("connected");
      });
    });

    describe("a private channel", () => {
      test("is joined with the signature of the auth endpoint", async () => {
        const { client, channel } = await join(fresh("private-"));
        const request = endpoint.requests.at(-1);
        expect(request?.form.get("socket_id")).toBe(client.connection.socket_id);
        expect(request?.form.get("channel_name")).toBe(channel.name);
        const event = eventOf(channel, "e");
        await trigger(channel.name, "e", "x");
        expect(await event).toBe("x");
      });

      test("tells its handlers the status when the endpoint refuses", async () => {
        const client = await clients.connect(build);
        const channel = client.subscribe(fresh("private-forbidden-"));
        const error = await eventOf(channel, "pusher:subscription_error");
        expect(error).toMatchObject({ type: "AuthError", status: 403 });
        expect(channel.subscriptionPending).toBe(false);
      });

      test("tells its handlers why the server refused the signature", async () => {
        const client = await clients.connect(build);
        const channel = client.subscribe(fresh("private-missigned-"));
        const onConnection = eventOf<{ data: { code: null; message: string } }>(client.connection, "error");
        const error = await eventOf<{ type: string; status: number; error: string }>(
          channel,
          "pusher:subscription_error",
        );
        expect(error).toMatchObject({ type: "AuthError", status: 401 });
        expect(error.error).toContain(`${client.connection.socket_id}:${channel.name}`);
        expect((await onConnection).data.code).toBeNull();
        expect(client.connection.state).toBe("connected");
      });

      test("can be authorized by a handler of one's own", async () => {
        const client = await clients.connect(build, {
          channelAuthorization: {
            customHandler: ({ socketId, channelName }, callback) =>
              callback(null, clients.sdk().authorizeChannel(socketId, channelName)),
          },
        });
        await subscribed(client.subscribe(fresh("private-")));
      });
    });

    describe("a presence channel", () => {
      const joinPresence = async (channelName: string, userId: string) => {
        const client = await clients.connect(build, { userId });
        const channel = client.subscribe(channelName) as PresenceChannel;
        const members = await subscribed<Members>(channel);
        return { client, channel, members };
      };

      test("hands over its members, oneself among them", async () => {
        const channelName = fresh("presence-");
        await joinPresence(channelName, "u1");
        const { channel, members } = await joinPresence(channelName, "u2");
        expect(members?.count).toBe(2);
        expect(members?.me).toEqual({ id: "u2", info: { name: "The name of u2" } });
        expect(channel.members.get("u1")).toEqual({ id: "u1", info: { name: "The name of u1" } });
        const ids: string[] = [];
        channel.members.each(({ id }: { id: string }) => ids.push(id));
        expect(ids.sort()).toEqual(["u1", "u2"]);
      });

      test("tells who comes and who goes, once for each user", async () => {
        const channelName = fresh("presence-");
        const { channel } = await joinPresence(channelName, "u1");
        const comings: unknown[] = [];
        const goings: unknown[] = [];
        channel.bind("pusher:member_added", (member: unknown) => comings.push(member));
        channel.bind("pusher:member_removed", (member: unknown) => goings.push(member));

        const added = eventOf(channel, "pusher:member_added");
        const firstTab = await joinPresence(channelName, "u2");
        expect(await added).toEqual({ id: "u2", info: { name: "The name of u2" } });
        expect(channel.members.count).toBe(2);
        const secondTab = await joinPresence(channelName, "u2");

        firstTab.client.disconnect();
        const removed = eventOf(channel, "pusher:member_removed");
        secondTab.client.unsubscribe(channelName);
        expect(await removed).toEqual({ id: "u2", info: { name: "The name of u2" } });
        expect(channel.members.count).toBe(1);
        expect([comings.length, goings.length]).toEqual([1, 1]);
      });

      test("is joined as the signed-in user when the endpoint does not say who joins", async () => {
        const client = await clients.connect(build, { userId: "u9" });
        client.signin();
        const channel = client.subscribe(fresh("presence-signed-in-")) as PresenceChannel;
        const members = await subscribed<Members>(channel);
        expect(members?.me).toEqual({ id: "u9", info: { name: "The name of u9" } });
      });
    });

    describe("an encrypted channel", () => {
      test("delivers the plain text, of which the wire carries none", async () => {
        const { client, channel } = await join(fresh("private-encrypted-"));
        const onWire = frameOf(client, "secret");
        const event = eventOf(channel, "secret");
        await trigger(channel.name, "secret", { words: "between us" });
        expect(await event).toEqual({ words: "between us" });
        const { data } = await onWire;
        expect(Object.keys(data as object).sort()).toEqual(["ciphertext", "nonce"]);
        expect(JSON.stringify(data)).not.toContain("between us");
      });
    });

    test("on an encrypted channel asks for the key again when it no longer opens an event", async () => {
      const { channel } = await join(fresh("private-encrypted-stale-key-"));
      const event = eventOf(channel, "secret");
      await trigger(channel.name, "secret", "once more");
      expect(await event).toBe("once more");
      expect(endpoint.requests.filter(({ form }) => form.get("channel_name") === channel.name)).toHaveLength(
        2,
      );
    });

    describe("a cache channel", () => {
      for (const prefix of ["cache-", "private-cache-", "presence-cache-", "private-encrypted-cache-"]) {
        test(`${prefix}* says that it is empty, and then hands over the last event`, async () => {
          const channelName = fresh(prefix);
          const first = await clients.connect(build, { userId: "u1" });
          const empty = first.subscribe(channelName);
          await eventOf(empty, "pusher:cache_miss");

          await trigger(channelName, "older", 1);
          await trigger(channelName, "newest", { price: 7 });
          const second = await clients.connect(build, { userId: "u2" });
          const full = second.subscribe(channelName);
          const events = record(full);
          expect(await eventOf(full, "newest")).toEqual({ price: 7 });
          expect(events).toEqual([["newest", { price: 7 }]]);
        });
      }
    });

    test("is told how many connections a channel has", async () => {
      const { channel } = await join(fresh("public-"));
      const two = countOf(channel, 2);
      const { client } = await join(channel.name);
      await two;
      const one = countOf(channel, 1);
      client.unsubscribe(channel.name);
      await one;
      expect(Number(channel.subscriptionCount)).toBe(1);
    });

    describe("a client event", () => {
      test("reaches the others on a private channel and not its sender", async () => {
        const channelName = fresh("private-");
        const sender = await join(channelName);
        const receiver = await join(channelName);
        const own = record(sender.channel);
        for (const data of [{ on: true }, "text", 1, null, ["a"]]) {
          const event = eventWithMetadata(receiver.channel, "client-typing");
          expect(sender.channel.trigger("client-typing", data)).toBe(true);
          const received = await event;
          expect(received.data).toEqual(data);
          expect(received.metadata?.user_id).toBeUndefined();
        }
        const reply = eventOf(sender.channel, "client-reply");
        receiver.channel.trigger("client-reply", 1);
        await reply;
        expect(own).toEqual([["client-reply", 1]]);
      });

      test("carries its sender's user id on a presence channel", async () => {
        const channelName = fresh("presence-");
        const sender = await join(channelName, "u1");
        const receiver = await join(channelName, "u2");
        const event = eventWithMetadata(receiver.channel, "client-wave");
        sender.channel.trigger("client-wave", { hand: "left" });
        expect(await event).toEqual({ data: { hand: "left" }, metadata: { user_id: "u1" } });
      });

      test("is refused on a public channel, and the connection stays", async () => {
        const { client, channel } = await join(fresh("public-"));
        const error = eventOf<{ data: { code: null; message: string } }>(client.connection, "error");
        channel.trigger("client-e", {});
        expect((await error).data.code).toBeNull();
        expect(client.connection.state).toBe("connected");
      });

      test("past the rate is dropped with 4301, and the connection stays", async () => {
        const { client, channel } = await join(fresh("private-"));
        const error = eventOf<{ data: { code: number } }>(client.connection, "error");
        for (let count = 0; count < 30; count++) channel.trigger("client-e", count);
        expect((await error).data.code).toBe(4301);
        expect(client.connection.state).toBe("connected");
      });
    });

    describe("a user", () => {
      const signIn = async (userId: string, watchlist?: readonly string[]) => {
        const client = await clients.connect(build, { userId, ...(watchlist ? { watchlist } : {}) });
        const success = eventOf(client, "pusher:signin_success");
        client.signin();
        await success;
        // What is sent to the user from another server arrives from then on.
        await target.settle();
        return client;
      };

      test("signs in and is known to the client", async () => {
        const userId = fresh("u");
        const client = await signIn(userId);
        expect(client.user.user_data).toEqual({ id: userId, user_info: { name: `The name of ${userId}` } });
      });

      test("is told when the endpoint refuses", async () => {
        const client = await clients.connect(build);
        const error = eventOf(client.user, "pusher:signin_error");
        client.signin();
        expect(await error).toMatchObject({ type: "AuthError", status: 403 });
        expect(client.connection.state).toBe("connected");
      });

      test("receives events on every connection, and nobody else does", async () => {
        const userId = fresh("u");
        const [one, two, other] = await Promise.all([signIn(userId), signIn(userId), signIn(fresh("u"))]);
        const stray = record(other.user as never);
        const events = [eventOf(one.user, "note"), eventOf(two.user, "note")];
        await clients.sdk().sendToUser(userId, "note", { text: "only you" });
        expect(await Promise.all(events)).toEqual([{ text: "only you" }, { text: "only you" }]);
        const marker = eventOf(other.user, "marker");
        await clients.sdk().sendToUser(other.user.user_data.id, "marker", 1);
        await marker;
        expect(stray).toEqual([["marker", 1]]);
      });

      test("hears who of their watchlist is online, and who comes and goes", async () => {
        const [here, absent, watcherId] = [fresh("u"), fresh("u"), fresh("u")];
        await signIn(here);
        const watcher = await clients.connect(build, { userId: watcherId, watchlist: [here, absent] });
        const online = eventOf(watcher.user.watchlist, "online");
        const offline = eventOf(watcher.user.watchlist, "offline");
        watcher.signin();
        expect(await online).toMatchObject({ user_ids: [here] });
        expect(await offline).toMatchObject({ user_ids: [absent] });

        const comes = eventOf(watcher.user.watchlist, "online");
        const friend = await signIn(absent);
        expect(await comes).toMatchObject({ user_ids: [absent] });
        const goes = eventOf(watcher.user.watchlist, "offline");
        friend.disconnect();
        expect(await goes).toMatchObject({ user_ids: [absent] });
      });

      test("loses every connection when the server ends them, and stays away until connecting", async () => {
        const userId = fresh("u");
        const [one, two, other] = await Promise.all([signIn(userId), signIn(userId), signIn(fresh("u"))]);
        const error = eventOf<{ error: { data: { code: number } } }>(one.connection, "error");
        await clients.sdk().terminateUserConnections(userId);
        await Promise.all([stateOf(one, "disconnected"), stateOf(two, "disconnected")]);
        expect(await error).toMatchObject({ data: { code: 4009 } });
        expect(other.connection.state).toBe("connected");
        one.connect();
        await eventOf(one, "pusher:signin_success");
      });
    });

    test("cancels a subscription that is still under way", async () => {
      const client = await clients.connect(build);
      const answered = frameOf(client, "pusher_internal:subscription_succeeded");
      const channel = client.subscribe(fresh("private-"));
      client.unsubscribe(channel.name);
      await answered;
      expect(await eventually(isOccupied(channel.name), (occupied) => !occupied)).toBe(false);
      expect(channel.subscribed).toBe(false);
    });
  });

  // Servers of our own, whatever the rest is aimed at.
  describe(`pusher-js, ${name} build, when a server goes away`, () => {
    let endpoint: AuthEndpoint;
    let server: TestServer;
    let proxy: TcpProxy;
    const clients = new Clients(
      TEST_APP,
      () => proxy,
      () => endpoint,
    );

    beforeAll(async () => {
      endpoint = startAuthEndpoint(TEST_APP);
      server = await startServer();
      proxy = await TcpProxy.start(server.port);
    });
    afterEach(() => clients.end());
    afterAll(async () => {
      proxy.stop();
      await endpoint.stop();
      await server.stop();
    });

    /** A client with a place on each kind of channel, signed in. */
    const settled = async () => {
      const client = await clients.connect(build, { userId: "u1" });
      const success = eventOf(client, "pusher:signin_success");
      client.signin();
      await success;
      const channels = ["public-", "private-", "presence-", "private-encrypted-"].map((prefix) =>
        client.subscribe(fresh(prefix)),
      );
      await Promise.all(channels.map((channel) => subscribed(channel)));
      return { client, channels };
    };

    test("a lost network brings it back to the same server", async () => {
      const { client, channels } = await settled();
      const before = client.connection.socket_id;
      const back = channels.map((channel) => eventOf(channel, "pusher:subscription_succeeded"));
      proxy.cut();
      await Promise.all(back);
      expect(client.connection.socket_id).not.toBe(before);
    });

    test("a drain with 4200 moves it to the next server, with its channels and its user", async () => {
      const { client, channels } = await settled();
      const before = client.connection.socket_id;
      const error = eventOf(client.connection, "error");
      const back = channels.map((channel) => eventOf(channel, "pusher:subscription_succeeded"));
      const signedIn = eventOf(client, "pusher:signin_success");

      const leaving = server;
      server = await startServer();
      proxy.retarget(server.port);
      expect(await leaving.stop()).toBe(0);
      expect(await error).toMatchObject({ data: { code: 4200 } });
      await Promise.all([...back, signedIn]);
      expect(client.connection.socket_id).not.toBe(before);
      const [, , presence, encrypted] = channels as [Channel, Channel, PresenceChannel, Channel];
      expect(presence.members.me.id).toBe("u1");

      const event = eventOf(encrypted, "after");
      await clients.sdk().trigger(encrypted.name, "after", "the move");
      expect(await event).toBe("the move");
    });
  });
}
