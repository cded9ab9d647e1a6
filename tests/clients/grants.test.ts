import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import NodePusher, { type PresenceChannel } from "pusher-js";
import SevenPusher from "pusher-js-7/worker";
import { Usher } from "../../packages/sdk/src/index.ts";
import { SYSTEM } from "../../packages/server/src/actor.ts";
import { openStore, type Store } from "../../packages/server/src/store/open-store.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";
import { eventually } from "../support/time-limit.ts";
import { type AuthEndpoint, startAuthEndpoint } from "./auth-endpoint.ts";
import { type ClientOptions, Clients } from "./clients.ts";
import { eventOf, record, stateOf, subscribed } from "./events.ts";

// Of 7 the build for workers, which uses the WebSocket of its surroundings, as that for pages does. The one for Node takes every
// close for a broken line, whoever the server is, and gives up at the third within minutes.
const VERSIONS = [
  ["8", NodePusher],
  ["7", SevenPusher as unknown as typeof NodePusher],
] as const;
type Build = (typeof VERSIONS)[number][1];

const NEW_SECRET = "the secret that nobody has seen";

/** That build looks for the random numbers of a page, although workers have no window. */
function lendWindow(): void {
  Object.assign(globalThis, { window: globalThis });
}

function takeWindowBack(): void {
  Reflect.deleteProperty(globalThis, "window");
}

function usherOf({ app, host, port }: Target, secret = app.secret): Usher {
  return new Usher({ appId: app.id, key: app.key, secret, host, port });
}

/** The store of the running server, as another process sees it. */
function storeOf(target: Target): Promise<Store> {
  const { dataDir } = target.process;
  return openStore({ dataDir, create: false, lockWaitMs: 5_000, masterKey: null, databaseUrl: null });
}

for (const [version, build] of VERSIONS) {
  describeServer(`pusher-js ${version}, when grants are taken back,`, { usher: true }, (target) => {
    let endpoint: AuthEndpoint;
    const clients = new Clients(
      target.app,
      () => target,
      () => endpoint,
    );
    beforeAll(() => {
      lendWindow();
      endpoint = startAuthEndpoint(target.app);
    });
    afterEach(() => clients.end());
    afterAll(() => {
      takeWindowBack();
      return endpoint.stop();
    });

    const join = async (channelName: string, options: ClientOptions = {}) => {
      const client = await clients.connect(build, options);
      const channel = client.subscribe(channelName) as PresenceChannel;
      await subscribed(channel);
      return { client, channel };
    };
    const signIn = (userId: string) => signedIn(clients, build, userId);
    const memberIds = (channel: PresenceChannel) => Object.keys(channel.members.members).sort();

    describe("of a user on a channel,", () => {
      test("hears it on the channel, is told nothing more, and stays connected", async () => {
        const name = fresh("presence-");
        const ann = await join(name, { userId: "1" });
        const bob = await join(name, { userId: "2" });
        const { socket_id } = ann.client.connection;
        const events = record(ann.channel);
        const errors: unknown[] = [];
        ann.client.connection.bind("error", (error: unknown) => errors.push(error));

        const refusal = eventOf(ann.channel, "pusher:subscription_error");
        const removed = eventOf<{ id: string }>(bob.channel, "pusher:member_removed");
        const { ended } = await usherOf(target).revokeGrants({
          channel: name,
          userId: "1",
          reason: "Be kind",
        });
        expect(ended).toEqual({ connections: 1, subscriptions: 1, signIns: 0, withinSeconds: 0 });
        expect(await refusal).toEqual({
          type: "AuthError",
          error: `The authorization for ${name} was taken back: Be kind`,
          status: 403,
          code: "grant_revoked",
        });
        expect((await removed).id).toBe("1");
        expect(memberIds(bob.channel)).toEqual(["2"]);

        const heard = eventOf(bob.channel, "e");
        await clients.sdk().trigger(name, "e", "x");
        await heard;
        // What pusher-js makes of it: the channel looks subscribed, and its list of members stands still.
        expect(ann.channel.subscribed).toBe(true);
        expect(ann.channel.subscriptionPending).toBe(false);
        expect(memberIds(ann.channel)).toEqual(["1", "2"]);
        expect(events).toEqual([]);
        expect(errors).toEqual([]);
        expect(ann.client.connection.socket_id).toBe(socket_id);
      });

      test("comes back by unsubscribing and subscribing, on a new connection, through the endpoint", async () => {
        const name = fresh("presence-");
        const { client, channel } = await join(name, { userId: "1" });
        const { socket_id } = client.connection;
        const refusal = eventOf(channel, "pusher:subscription_error");
        await usherOf(target).revokeGrants({ channel: name, userId: "1" });
        await refusal;
        client.unsubscribe(name);
        expect(channel.subscribed).toBe(false);

        const again = client.subscribe(name) as PresenceChannel;
        await subscribed(again);
        expect(client.connection.socket_id).not.toBe(socket_id);
        expect(endpoint.requests.at(-1)?.form.get("socket_id")).toBe(client.connection.socket_id);
        expect(memberIds(again)).toEqual(["1"]);
      });
    });

    test("of a connection on a channel, hears it there, and keeps its other channels", async () => {
      const { client, channel } = await join(fresh("private-"));
      const other = client.subscribe(fresh("private-"));
      await subscribed(other);
      const tab = await join(channel.name);
      const refusal = eventOf(channel, "pusher:subscription_error");
      await usherOf(target).revokeGrants({
        channel: channel.name,
        socketId: client.connection.socket_id,
      });
      expect(await refusal).toMatchObject({ status: 403 });
      const [heard, heardByTab] = [eventOf(other, "e"), eventOf(tab.channel, "e")];
      const events = record(channel);
      await clients.sdk().trigger([channel.name, other.name], "e", "x");
      await Promise.all([heard, heardByTab]);
      expect(events).toEqual([]);
    });

    test("of a user everywhere, hears it, comes back at once, signs in and subscribes anew", async () => {
      const userId = fresh("user-");
      const client = await signIn(userId);
      const channel = client.subscribe(fresh("private-"));
      await subscribed(channel);
      const { socket_id } = client.connection;
      const refusal = eventOf(channel, "pusher:subscription_error");
      const succeeded = eventOf(channel, "pusher:subscription_succeeded");
      let hasNotice = false;
      client.user.bind("notice", () => {
        hasNotice = true;
      });
      const { ended } = await usherOf(target).revokeGrants({ userId });
      expect(ended).toEqual({ connections: 1, subscriptions: 1, signIns: 1, withinSeconds: 1 });
      expect(await refusal).toMatchObject({ code: "grant_revoked" });
      await succeeded;
      expect(client.connection.socket_id).not.toBe(socket_id);
      // Signs in anew by itself, so that what is sent to the user arrives again.
      await eventually(
        async () => {
          await clients.sdk().sendToUser(userId, "notice", {});
          return hasNotice;
        },
        (hasArrived) => hasArrived,
      );
      expect(client.user.user_data?.id).toBe(userId);
    });

    describe("by a ban,", () => {
      test("is disconnected and stays so, also when it connects again, until the ban is over", async () => {
        const userId = fresh("user-");
        const client = await signIn(userId);
        const ended = stateOf(client, "disconnected");
        const codes = errorCodes(client);
        const { restriction } = await usherOf(target).revokeGrants({ userId, banSeconds: 2, reason: "Spam" });
        await ended;
        expect(codes).toContain(4009);

        client.connect();
        await stateOf(client, "connected");
        await stateOf(client, "disconnected");

        const attempt = async () => {
          client.connect();
          await stateOf(client, "connected");
          return (await isSignedIn(client, userId)) ? Date.now() : undefined;
        };
        const backAtMs = await eventually(attempt, (at) => at !== undefined);
        const until = restriction?.kind === "ban" ? Date.parse(restriction.until ?? "") : Number.NaN;
        expect(backAtMs).toBeGreaterThanOrEqual(until);
      });

      test("hears why on the presence channel that it asks for, and is disconnected", async () => {
        const userId = fresh("user-");
        await usherOf(target).revokeGrants({ userId, banSeconds: 600, reason: "Spam" });
        const client = await clients.connect(build, { userId });
        const channel = client.subscribe(fresh("presence-"));
        const refusal = await eventOf<{ error: string }>(channel, "pusher:subscription_error");
        expect(refusal).toMatchObject({ type: "AuthError", status: 403, code: "user_banned" });
        expect(refusal.error).toEndWith(": Spam");
        await stateOf(client, "disconnected");
        expect(channel.subscribed).toBe(false);
      });

      test("is let in again once the ban is lifted", async () => {
        const userId = fresh("user-");
        const client = await signIn(userId);
        const ended = stateOf(client, "disconnected");
        const { restriction } = await usherOf(target).revokeGrants({ userId, banSeconds: 600 });
        await ended;
        const store = await storeOf(target);
        await store.apps.liftRestriction(target.app.id, restriction?.id ?? "", SYSTEM);
        await store.close();
        await eventually(
          async () => {
            client.connect();
            await stateOf(client, "connected");
            return isSignedIn(client, userId);
          },
          (signedIn) => signedIn,
        );
      });
    });

    describe("by a watermark,", () => {
      test("comes back at once with a new socket id and a new signature, and its handlers hear of success", async () => {
        const { client, channel } = await join(fresh("presence-"), { userId: "1" });
        const listener = await join(fresh("public-"));
        const before = [client.connection.socket_id, listener.client.connection.socket_id];
        const failures: unknown[] = [];
        channel.bind("pusher:subscription_error", (error: unknown) => failures.push(error));
        const succeeded = eventOf(channel, "pusher:subscription_succeeded");
        const { ended, restriction } = await usherOf(target).revokeGrants({
          channel: channel.name,
          notBefore: true,
        });
        expect(ended).toMatchObject({ connections: 1, subscriptions: 1, signIns: 0 });
        expect(restriction).toMatchObject({ kind: "not_before", channel: channel.name });
        await succeeded;
        expect(channel.subscribed).toBe(true);
        expect(memberIds(channel)).toEqual(["1"]);
        expect(failures).toEqual([]);
        expect(client.connection.socket_id).not.toBe(before[0] ?? "");
        expect(endpoint.requests.at(-1)?.form.get("socket_id")).toBe(client.connection.socket_id);
        expect(listener.client.connection.socket_id).toBe(before[1] ?? "");
      });

      test("comes back when it shows a signature for the connection that it has from before", async () => {
        const client = await clients.connect(build);
        const { socket_id } = client.connection;
        const name = fresh("private-");
        await usherOf(target).revokeGrants({ channel: name, notBefore: true });
        await subscribed(client.subscribe(name));
        expect(client.connection.socket_id).not.toBe(socket_id);
      });
    });

    test("by a revoked secret, comes back and asks for a signature; those with a good one notice nothing", async () => {
      let secret = target.app.secret;
      const leaked: ClientOptions = {
        channelAuthorization: {
          customHandler: ({ socketId, channelName }, callback) =>
            void usherOf(target, secret)
              .authorizeChannel(socketId, channelName, { user_id: "1" })
              .then((auth) => callback(null, auth)),
        },
      } as ClientOptions;
      const good: ClientOptions = {
        channelAuthorization: {
          customHandler: ({ socketId, channelName }, callback) =>
            void usherOf(target, NEW_SECRET)
              .authorizeChannel(socketId, channelName, { user_id: "2" })
              .then((auth) => callback(null, auth)),
        },
      } as ClientOptions;
      const store = await storeOf(target);
      const { id, key } = target.app;
      await store.apps.rotateSecret(id, key, { secret: NEW_SECRET }, SYSTEM);
      await store.apps.activateSecret(id, key, { retireForSeconds: 3_600 }, SYSTEM);
      await eventually(
        async () =>
          (
            await usherOf(target, NEW_SECRET)
              .get({ path: "/channels" })
              .catch(() => undefined)
          )?.status,
        (status) => status === 200,
      );

      const name = fresh("presence-");
      const ann = await join(name, leaked);
      const bob = await join(name, good);
      const before = [ann.client.connection.socket_id, bob.client.connection.socket_id];
      secret = NEW_SECRET;
      const gone = eventOf<{ id: string }>(bob.channel, "pusher:member_removed");
      const back = eventOf<{ id: string }>(bob.channel, "pusher:member_added");
      const succeeded = eventOf(ann.channel, "pusher:subscription_succeeded");
      const revoke = { which: "retiring", endConnections: true, replacement: "unused" } as const;
      await store.apps.revokeSecrets(id, key, revoke, SYSTEM);
      await store.close();
      expect([(await gone).id, (await back).id]).toEqual(["1", "1"]);
      await succeeded;
      expect(ann.channel.subscribed).toBe(true);
      expect(memberIds(ann.channel)).toEqual(["1", "2"]);
      expect(ann.client.connection.socket_id).not.toBe(before[0] ?? "");
      expect(bob.client.connection.socket_id).toBe(before[1] ?? "");
    });
  });

  describeServer(
    `pusher-js ${version}, when grants have a lifetime,`,
    { settings: { subscription_lifetime_seconds: 1 } },
    (target) => {
      let endpoint: AuthEndpoint;
      const clients = new Clients(
        target.app,
        () => target,
        () => endpoint,
      );
      beforeAll(() => {
        lendWindow();
        endpoint = startAuthEndpoint(target.app);
      });
      afterAll(() => {
        clients.end();
        takeWindowBack();
        return endpoint.stop();
      });

      test("comes back by itself and asks for a new signature; who needs none stays", async () => {
        const client = await clients.connect(build);
        const channel = client.subscribe(fresh("private-"));
        await subscribed(channel);
        const listener = await clients.connect(build);
        await subscribed(listener.subscribe(fresh("public-")));
        const before = [client.connection.socket_id, listener.connection.socket_id];
        const codes = errorCodes(client);
        await eventOf(channel, "pusher:subscription_succeeded");
        expect(codes).toContain(4200);
        expect(client.connection.socket_id).not.toBe(before[0] ?? "");
        expect(endpoint.requests.at(-1)?.form.get("socket_id")).toBe(client.connection.socket_id);
        expect(listener.connection.socket_id).toBe(before[1] ?? "");
      });
    },
  );
}

async function signedIn(clients: Clients, build: Build, userId: string) {
  const client = await clients.connect(build, { userId });
  client.signin();
  await eventually(
    () => isSignedIn(client, userId),
    (isIn) => isIn,
  );
  return client;
}

/** Whether the client's connection is signed in, as soon as that is decided. */
async function isSignedIn(client: NodePusher, userId: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const decide = () => resolve(client.user.user_data?.id === userId);
  const onMessage = ({ event }: { event: string }) => {
    if (event === "pusher:signin_success") setTimeout(decide);
  };
  if (client.user.user_data?.id === userId) resolve(true);
  client.connection.bind("message", onMessage);
  client.connection.bind("disconnected", decide);
  try {
    return await promise;
  } finally {
    client.connection.unbind("message", onMessage);
    client.connection.unbind("disconnected", decide);
  }
}

/** The codes of the errors that a client's connection reports from now on. */
function errorCodes(client: NodePusher): (number | null | undefined)[] {
  const codes: (number | null | undefined)[] = [];
  client.connection.bind("error", ({ data }: { data?: { code: number | null } }) => codes.push(data?.code));
  return codes;
}
