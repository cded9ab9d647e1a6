import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import Echo from "laravel-echo";
import NodePusher from "pusher-js";
import { describeServer, fresh } from "../support/target.ts";
import { eventually, PATIENCE_MS, within } from "../support/time-limit.ts";
import { type AuthEndpoint, startAuthEndpoint } from "./auth-endpoint.ts";
import { Clients } from "./clients.ts";
import { eventOf, stateOf } from "./events.ts";

const SETTINGS = { client_events: true };

/** A callback for Echo, and the promise of what it gets first. */
function heard<T = unknown>(
  what: string,
): { readonly callback: (data: T) => void; readonly data: Promise<T> } {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { callback: resolve, data: within(PATIENCE_MS, promise, () => `${what} was not heard`) };
}

for (const broadcaster of ["pusher", "reverb"] as const) {
  describeServer(`laravel-echo with the ${broadcaster} broadcaster`, { settings: SETTINGS }, (target) => {
    let endpoint: AuthEndpoint;
    const clients = new Clients(
      target.app,
      () => target.next(),
      () => endpoint,
      () => target,
    );
    const open: Echo<typeof broadcaster>[] = [];

    beforeAll(() => {
      endpoint = startAuthEndpoint(target.app);
    });
    afterEach(() => {
      for (const echo of open.splice(0)) echo.disconnect();
    });
    afterAll(() => endpoint.stop());

    /** What Laravel's documentation has people write, aimed at a server of one's own. */
    const start = (userId?: string, more: object = {}): Echo<typeof broadcaster> => {
      const { host, port } = target.next();
      const echo = new Echo<typeof broadcaster>({
        broadcaster,
        Pusher: NodePusher,
        key: target.app.key,
        wsHost: host,
        wsPort: port,
        wssPort: port,
        forceTLS: false,
        enabledTransports: ["ws", "wss"],
        authEndpoint: endpoint.channelUrl,
        auth: { headers: {}, params: userId === undefined ? {} : { user_id: userId } },
        userAuthentication: {
          endpoint: endpoint.userUrl,
          headers: {},
          transport: "ajax",
          params: userId === undefined ? {} : { user_id: userId },
        },
        // Echo itself leaves it empty for Reverb; for the other one must.
        ...(broadcaster === "pusher" ? { cluster: "" } : {}),
        ...more,
      } as never);
      open.push(echo);
      return echo;
    };
    const trigger = (channel: string, event: string, data: unknown) =>
      clients.sdk().trigger(channel, event, data);
    const subscribed = async (channel: { subscribed(callback: () => void): unknown }) => {
      const success = heard("the subscription");
      channel.subscribed(() => success.callback(undefined));
      await success.data;
    };

    test("connects and knows its socket id and status", async () => {
      const echo = start();
      expect(echo.connectionStatus()).toBe("connecting");
      await stateOf(echo.connector.pusher, "connected");
      expect(echo.connectionStatus()).toBe("connected");
      expect(echo.socketId()).toMatch(/^\d+\.\d+$/);
      const statuses: string[] = [];
      echo.connector.onConnectionChange((status) => statuses.push(status));
      echo.disconnect();
      expect(echo.connectionStatus()).toBe("disconnected");
      expect(statuses).toContain("disconnected");
    });

    describe("channel()", () => {
      test("listens under the namespace of Laravel's events, and without it after a dot", async () => {
        const name = fresh("orders-");
        const channel = start().channel(name);
        await subscribed(channel);
        const [namespaced, custom] = [heard<object>("OrderShipped"), heard<object>(".order.custom")];
        channel.listen("OrderShipped", namespaced.callback).listen(".order.custom", custom.callback);
        await trigger(name, "App\\Events\\OrderShipped", { id: 7 });
        await trigger(name, "order.custom", { id: 8 });
        expect(await namespaced.data).toEqual({ id: 7 });
        expect(await custom.data).toEqual({ id: 8 });
      });

      test("listens to all events, and stops listening", async () => {
        const name = fresh("orders-");
        const channel = start().channel(name);
        await subscribed(channel);
        const all: unknown[] = [];
        const stopped: unknown[] = [];
        const last = heard("Last");
        channel.listenToAll((event: string, data: unknown) => all.push([event, data]));
        channel.listen("Stopped", (data: unknown) => stopped.push(data)).stopListening("Stopped");
        channel.listen("Last", last.callback);
        await trigger(name, "App\\Events\\Stopped", 1);
        await trigger(name, "App\\Events\\Last", 2);
        await last.data;
        expect(all).toEqual([
          ["Stopped", 1],
          ["Last", 2],
        ]);
        expect(stopped).toEqual([]);
      });

      test("hears notifications", async () => {
        const name = fresh("private-App.Models.User.");
        const channel = start().private(name.slice("private-".length));
        await subscribed(channel);
        const notification = heard("the notification");
        channel.notification(notification.callback);
        await trigger(name, "Illuminate\\Notifications\\Events\\BroadcastNotificationCreated", { id: "n1" });
        expect(await notification.data).toEqual({ id: "n1" });
      });
    });

    describe("private()", () => {
      test("joins with the endpoint's signature and passes the bearer and CSRF tokens on", async () => {
        const name = fresh("orders.");
        const more = { bearerToken: "a-bearer-token", csrfToken: "a-csrf-token" };
        const channel = start("u1", more).private(name);
        await subscribed(channel);
        const request = endpoint.requests.at(-1);
        expect(request?.form.get("channel_name")).toBe(`private-${name}`);
        expect(request?.headers.get("authorization")).toBe("Bearer a-bearer-token");
        expect(request?.headers.get("x-csrf-token")).toBe("a-csrf-token");
        const event = heard("OrderShipped");
        channel.listen("OrderShipped", event.callback);
        await trigger(`private-${name}`, "App\\Events\\OrderShipped", { id: 1 });
        expect(await event.data).toEqual({ id: 1 });
      });

      test("tells error() about the endpoint's 403 and about the server's refusal", async () => {
        const echo = start();
        const [forbidden, missigned] = [heard("the 403"), heard("the refusal")];
        echo.private(fresh("forbidden-")).error(forbidden.callback);
        echo.private(fresh("missigned-")).error(missigned.callback);
        expect(await forbidden.data).toMatchObject({ type: "AuthError", status: 403 });
        expect(await missigned.data).toMatchObject({ type: "AuthError", status: 401 });
      });

      test("whispers to the others", async () => {
        const name = fresh("chat-");
        const [one, two] = [start().private(name), start().private(name)];
        await Promise.all([subscribed(one), subscribed(two)]);
        const whisper = heard("the whisper");
        two.listenForWhisper("typing", whisper.callback);
        one.whisper("typing", { name: "Jo" });
        expect(await whisper.data).toEqual({ name: "Jo" });
      });
    });

    test("join() says who is here, who joins and who leaves", async () => {
      const name = fresh("room-");
      const here = heard("here()");
      const joining = heard("joining()");
      const leaving = heard("leaving()");
      start("u1").join(name).here(here.callback).joining(joining.callback).leaving(leaving.callback);
      expect(await here.data).toEqual([{ name: "The name of u1" }]);

      const hereToo = heard<{ name: string }[]>("here() of the second");
      const second = start("u2");
      const whisper = heard("the whisper");
      second.join(name).here(hereToo.callback).listenForWhisper("wave", whisper.callback);
      const names = (await hereToo.data).map((member) => member.name);
      expect(names.sort()).toEqual(["The name of u1", "The name of u2"]);
      expect(await joining.data).toEqual({ name: "The name of u2" });
      open[0]?.join(name).whisper("wave", { hand: "left" });
      expect(await whisper.data).toEqual({ hand: "left" });
      second.leave(name);
      expect(await leaving.data).toEqual({ name: "The name of u2" });
    });

    test("encryptedPrivate() opens what the server encrypted", async () => {
      const name = fresh("secrets-");
      const channel = start().encryptedPrivate(name);
      await subscribed(channel);
      const event = heard("the secret");
      channel.listen("Told", event.callback);
      await trigger(`private-encrypted-${name}`, "App\\Events\\Told", { words: "between us" });
      expect(await event.data).toEqual({ words: "between us" });
    });

    test("leave() leaves every variant of a channel", async () => {
      const name = fresh("shared-");
      const echo = start("u1");
      await Promise.all(
        [echo.channel(name), echo.private(name), echo.encryptedPrivate(name), echo.join(name)].map(
          subscribed,
        ),
      );
      const stays = echo.channel(fresh("stays-"));
      await subscribed(stays);
      const unheard: unknown[] = [];
      echo.channel(name).listen("E", (data: unknown) => unheard.push(data));
      echo.leave(name);
      const remaining = async () => {
        const response = await clients.sdk().get({ path: "/channels" });
        const { channels } = (await response.json()) as { channels: Record<string, object> };
        return Object.keys(channels).filter((channel) => channel.endsWith(name));
      };
      expect(await eventually(remaining, (channels) => channels.length === 0)).toEqual([]);
      const marker = heard("the marker");
      stays.listen("Marker", marker.callback);
      await trigger(name, "App\\Events\\E", 1);
      await trigger(stays.name, "App\\Events\\Marker", 1);
      await marker.data;
      expect(unheard).toEqual([]);
    });

    test("keeps an event from the connection whose socket id Laravel passes on", async () => {
      const name = fresh("orders-");
      const [sender, other] = [start(), start()];
      const channels = [sender.channel(name), other.channel(name)] as const;
      await Promise.all(channels.map(subscribed));
      const own: unknown[] = [];
      const [first, marker] = [heard("ToOthers"), heard("Marker")];
      channels[0].listen("ToOthers", (data: unknown) => own.push(data)).listen("Marker", marker.callback);
      channels[1].listen("ToOthers", first.callback);
      await clients.sdk().trigger(name, "App\\Events\\ToOthers", 1, { socket_id: sender.socketId() ?? "" });
      await trigger(name, "App\\Events\\Marker", 2);
      expect(await first.data).toBe(1);
      await marker.data;
      expect(own).toEqual([]);
    });

    test("signs its user in and hears what is sent to them", async () => {
      const userId = fresh("u");
      const { connector } = start(userId);
      await stateOf(connector.pusher, "connected");
      const success = eventOf(connector.pusher, "pusher:signin_success");
      connector.signin();
      await success;
      // What is sent to the user from another server arrives from then on.
      await target.settle();
      const event = eventOf(connector.pusher.user, "note");
      await clients.sdk().sendToUser(userId, "note", { text: "hello" });
      expect(await event).toEqual({ text: "hello" });
    });
  });
}
