import { expect, test } from "bun:test";
import NodePusher from "pusher-js";
import { type AuthEndpoint, startAuthEndpoint } from "../clients/auth-endpoint.ts";
import { Clients } from "../clients/clients.ts";
import { eventOf, stateOf, subscribed } from "../clients/events.ts";
import { Admin } from "../support/admin.ts";
import { TEST_APP } from "../support/server.ts";
import { describeServer, fresh } from "../support/target.ts";

const APP = `/apps/${TEST_APP.id}`;

describeServer(
  "what is live, through the admin API",
  { usher: true, settings: { subscription_counting: true } },
  (target) => {
    const admin = new Admin(() => target.process);
    const names = ({ items }: { items: { name: string }[] }) => items.map(({ name }) => name);
    const onPath = (channel: string) => `${APP}/channels/${encodeURIComponent(channel)}`;

    test("channels are listed by name, by prefix and in pages", async () => {
      const prefix = fresh("listed-");
      const socket = await target.connect();
      for (const end of ["c", "a", "d", "b"]) await socket.join(`${prefix}-${end}`).then(() => socket.next());
      const all = await admin.done("GET", `${APP}/channels?prefix=${prefix}`);
      expect(names(all)).toEqual(["a", "b", "c", "d"].map((end) => `${prefix}-${end}`));
      expect(all.items[0]).toEqual({ name: `${prefix}-a`, subscription_count: 1, user_count: null });
      const first = await admin.done("GET", `${APP}/channels?prefix=${prefix}&limit=3`);
      const rest = await admin.done(
        "GET",
        `${APP}/channels?prefix=${prefix}&limit=3&cursor=${encodeURIComponent(first.next_cursor)}`,
      );
      expect([...names(first), ...names(rest)]).toEqual(names(all));
      expect(rest.next_cursor).toBeNull();
    });

    test("a presence channel shows its members, each once", async () => {
      const channel = fresh("presence-");
      const [ann, tab, bob] = [await target.connect(), await target.connect(), await target.connect()];
      await ann.join(channel, { user_id: "ann", user_info: { name: "Ann" } });
      await tab.join(channel, { user_id: "ann", user_info: { name: "Ann" } });
      await bob.join(channel, { user_id: "bob" });
      expect(await admin.done("GET", onPath(channel))).toEqual({
        name: channel,
        subscription_count: 3,
        user_count: 2,
        cached: null,
      });
      expect(await admin.done("GET", `${onPath(channel)}/members`)).toEqual({
        items: [
          { user_id: "ann", user_info: { name: "Ann" }, connections: 2 },
          { user_id: "bob", user_info: null, connections: 1 },
        ],
        next_cursor: null,
      });
      const page = await admin.done("GET", `${onPath(channel)}/members?limit=1&cursor=ann`);
      expect(page).toMatchObject({ items: [{ user_id: "bob" }], next_cursor: null });
    });

    test("a cache channel says which event it keeps, and until when", async () => {
      const channel = fresh("cache-");
      const socket = await target.connect();
      await socket.join(channel);
      expect((await admin.done("GET", onPath(channel))).cached).toBeNull();
      await admin.done("POST", `${APP}/events`, { name: "price", data: '{"eur":7}', channels: [channel] });
      const { cached } = await admin.done("GET", onPath(channel));
      expect(cached).toMatchObject({ event: "price", size: 9 });
      expect(Date.parse(cached.expires_at)).toBeGreaterThan(Date.now());
    });

    test("a channel that nobody is on is not there", async () => {
      for (const path of ["/nobody", "/nobody/members"]) {
        const { status, body } = await admin.ask("GET", `${APP}/channels${path}`);
        expect([status, body.error.code]).toEqual([404, "channel_not_found"]);
      }
    });

    test("a connection shows who it is, what it is on, and which secret signed that", async () => {
      const [channel, presence, open] = [fresh("private-"), fresh("presence-"), fresh("public-")];
      const socket = await target.connect();
      await socket.signIn({ id: "u1", user_info: { name: "Una" } });
      await socket.join(channel);
      await socket.framesBeforePong();
      await socket.join(presence, { user_id: "u1" });
      await socket.join(open);
      await socket.framesBeforePong();
      const connection = await admin.done("GET", `${APP}/connections/${socket.socketId}`);
      const { secrets } = (await admin.done("GET", APP)).keys[0];
      const signed_by = { secret_id: secrets[0].id, fingerprint: secrets[0].fingerprint, state: "current" };
      expect(connection).toMatchObject({
        socket_id: socket.socketId,
        key: TEST_APP.key,
        user_id: "u1",
        client: "pusher-js 8.6.0",
        address: "127.0.0.1",
        origin: null,
        protocol: 7,
        is_tls: false,
        subscription_count: 3,
        buffered_bytes: 0,
        user: { id: "u1", info: { name: "Una" }, signed_by },
        subscriptions: [
          { channel, user_id: null, signed_by },
          { channel: presence, user_id: "u1", signed_by },
          { channel: open, user_id: null, signed_by: null },
        ],
      });
      expect(Date.parse(connection.connected_at)).toBeLessThanOrEqual(
        Date.parse(connection.last_activity_at),
      );
    });

    test("connections are found by socket id, user, member, channel and address", async () => {
      const [channel, presence] = [fresh("private-"), fresh("presence-")];
      const userId = fresh("user-");
      const memberId = fresh("member-");
      const socket = await target.connect();
      await socket.signIn({ id: userId });
      await socket.join(channel);
      await socket.framesBeforePong();
      await socket.join(presence, { user_id: memberId });
      for (const query of [
        `socket_id=${socket.socketId}`,
        `search=${socket.socketId}`,
        `user_id=${userId}`,
        `user_id=${memberId}`,
        `search=${memberId}`,
        `channel=${channel}`,
        `search=${channel}`,
        `channel=${channel}&user_id=${userId}&address=127.0.`,
      ]) {
        const { items } = await admin.done("GET", `${APP}/connections?${query}`);
        expect([query, items.map((item: { socket_id: string }) => item.socket_id)]).toEqual([
          query,
          [socket.socketId],
        ]);
      }
      for (const query of [
        "user_id=nobody",
        `channel=${channel}&user_id=nobody`,
        "address=10.",
        "search=zz",
      ]) {
        expect(await admin.done("GET", `${APP}/connections?${query}`)).toEqual({
          items: [],
          next_cursor: null,
        });
      }
      const page = await admin.done("GET", `${APP}/connections?address=127.&limit=1`);
      expect(page.items).toHaveLength(1);
      expect(page.next_cursor).toBe(page.items[0].socket_id);
    });

    test("an event goes to everybody on its channels but the one that is left out", async () => {
      const channel = fresh("private-");
      const [sender, other] = [await target.connect(), await target.connect()];
      for (const socket of [sender, other]) await socket.join(channel);
      await Promise.all([sender.framesBeforePong(), other.framesBeforePong()]);
      const answer = await admin.done("POST", `${APP}/events`, {
        name: "order",
        data: '{"id":7}',
        channels: [channel],
        socket_id: sender.socketId,
        info: "subscription_count",
      });
      expect(answer).toEqual({ channels: { [channel]: { subscription_count: 2 } } });
      expect(await other.framesBeforePong()).toEqual([{ event: "order", channel, data: '{"id":7}' }]);
      expect(await sender.framesBeforePong()).toEqual([]);
    });

    test.each([
      [{ name: "pusher:no", data: "1", channels: ["c"] }, /reserved/],
      [{ name: "e", data: "1", channels: ["no spaces"] }, /channel name/],
      [{ name: "e", data: "x".repeat(10_241), channels: ["c"] }, /10240 bytes/],
      [{ name: "e", data: "1", channels: ["c"], info: "secrets" }, /info attribute/],
    ])("an event is refused as the HTTP API refuses it: %#", async (event, message) => {
      const { status, body } = await admin.ask("POST", `${APP}/events`, event);
      expect([status, body.error.code]).toEqual([400, "event_refused"]);
      expect(body.error.message).toMatch(message);
    });

    test("an event that is not understood at all is refused by its field", async () => {
      const { body } = await admin.ask("POST", `${APP}/events`, {
        name: "e",
        data: { id: 7 },
        channels: ["c"],
      });
      expect(body.error).toMatchObject({ code: "invalid_request", fields: [{ field: "body.data" }] });
    });

    test("a connection that is ended comes back, with a new socket id and new signatures", async () => {
      await withClients(async (clients, endpoint) => {
        const client = await clients.connect(NodePusher);
        const channel = client.subscribe(fresh("private-"));
        await subscribed(channel);
        const before = client.connection.socket_id;
        const again = eventOf(channel, "pusher:subscription_succeeded");
        await admin.done("DELETE", `${APP}/connections/${before}`);
        await again;
        expect(client.connection.socket_id).not.toBe(before);
        expect(endpoint.requests.map(({ form }) => form.get("socket_id"))).toEqual([
          before,
          client.connection.socket_id,
        ]);
        const { items } = await admin.done("GET", `/audit?app_id=${TEST_APP.id}&action=connection.end`);
        expect(items[0]).toMatchObject({
          target: before,
          actor: { kind: "local" },
          details: { stay_away: false },
        });
        const gone = await admin.ask("DELETE", `${APP}/connections/${before}`);
        expect([gone.status, gone.body.error.code]).toEqual([404, "connection_not_found"]);
      });
    });

    test("a connection that is told to stay away does", async () => {
      await withClients(async (clients) => {
        const client = await clients.connect(NodePusher);
        const error = eventOf<{ data: { code: number } }>(client.connection, "error");
        await admin.done("DELETE", `${APP}/connections/${client.connection.socket_id}?stay_away=true`);
        expect((await error).data.code).toBe(4009);
        await stateOf(client, "disconnected");
      });
    });

    test("grants are taken back now, for good, and for a time", async () => {
      const channel = fresh("private-");
      const userId = fresh("user-");
      const socket = await target.connect();
      await socket.signIn({ id: userId });
      await socket.join(channel);
      await socket.framesBeforePong();
      const now = await admin.done("POST", `${APP}/grants/revoke`, { channel, socket_id: socket.socketId });
      expect(now).toEqual({ ended: { connections: 1, subscriptions: 1, sign_ins: 0, within_seconds: 0 } });
      expect(await socket.next()).toMatchObject({ event: "pusher:subscription_error", channel });
      const banned = await admin.done("POST", `${APP}/grants/revoke`, { user_id: userId, ban_seconds: 60 });
      expect(banned).toMatchObject({
        ended: { connections: 1, sign_ins: 1 },
        restriction: { kind: "ban", user_id: userId },
      });
      await socket.ended();
      await admin.done("DELETE", `${APP}/grants/${banned.restriction.id}`);
      const again = await target.connect();
      await again.signIn({ id: userId });
    });

    async function withClients(
      run: (clients: Clients, endpoint: AuthEndpoint) => Promise<void>,
    ): Promise<void> {
      const endpoint = startAuthEndpoint(TEST_APP);
      const clients = new Clients(
        TEST_APP,
        () => target,
        () => endpoint,
      );
      try {
        await run(clients, endpoint);
      } finally {
        clients.end();
        await endpoint.stop();
      }
    }
  },
);
