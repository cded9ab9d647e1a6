import { expect, test } from "bun:test";
import NodePusher from "pusher-js";
import { type AuthEndpoint, startAuthEndpoint } from "../clients/auth-endpoint.ts";
import { Clients } from "../clients/clients.ts";
import { eventWithMetadata, subscribed } from "../clients/events.ts";
import { Admin } from "../support/admin.ts";
import { TEST_APP } from "../support/server.ts";
import { describeServer, fresh } from "../support/target.ts";

const PATH = `/apps/${TEST_APP.id}/client_events`;

describeServer(
  "client events through the admin API",
  { usher: true, settings: { client_events: true, data_limit: 1_000, server_event_rate: 20 } },
  (target) => {
    const admin = new Admin(() => target.process);
    const send = (event: object) => admin.ask("POST", PATH, event);

    test("reach clients as if a member had sent them, and everybody on the channel", async () => {
      const endpoint: AuthEndpoint = startAuthEndpoint(TEST_APP);
      const clients = new Clients(
        TEST_APP,
        () => target.process,
        () => endpoint,
      );
      try {
        const channel = fresh("presence-");
        const ann = await clients.connect(NodePusher, { userId: "ann" });
        const subscription = ann.subscribe(channel);
        await subscribed(subscription);
        const heard = eventWithMetadata(subscription, "client-typing");
        const sent = await send({ channel, event: "client-typing", data: '{"on":true}', user_id: "bob" });
        expect([sent.status, sent.body]).toEqual([200, { receivers: 1 }]);
        expect(await heard).toEqual({ data: { on: true }, metadata: { user_id: "bob" } });
      } finally {
        clients.end();
        await endpoint.stop();
      }
    });

    test("name no member on private channels", async () => {
      const channel = fresh("private-");
      const socket = await target.connect();
      await socket.join(channel);
      await socket.framesBeforePong();
      await send({ channel, event: "client-x", data: "{}", user_id: "bob" });
      expect(await socket.next()).toEqual({ event: "client-x", channel, data: "{}" });
    });

    test.each([
      ["a name without client-", { event: "typing" }, "client-"],
      ["a public channel", { channel: "news" }, "private and presence channels"],
      ["an impossible channel", { channel: "private-a b" }, "channel"],
      ["a presence channel without a member", { channel: "presence-a" }, "user_id"],
      ["too much data", { data: "x".repeat(1_001) }, "1000 bytes"],
      ["an encrypted channel", { channel: "private-encrypted-a" }, "private and presence channels"],
    ])("are refused for %s", async (_, changes, words) => {
      const { status, body } = await send({
        channel: "private-a",
        event: "client-x",
        data: "{}",
        ...changes,
      });
      expect([status, body.error.code]).toEqual([400, "event_refused"]);
      expect(body.error.message).toContain(words);
    });

    test("count towards the rate of the app's server", async () => {
      const event = { channel: "private-rate", event: "client-x", data: "{}" };
      const answers = await Promise.all(Array.from({ length: 40 }, () => send(event)));
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused.length).toBeGreaterThan(0);
      expect(refused[0]?.body.error.code).toBe("limit_reached");
    });
  },
);

describeServer("client events through the admin API, where they are off", { usher: true }, (target) => {
  test("are refused", async () => {
    const admin = new Admin(() => target.process);
    const event = { channel: "private-a", event: "client-x", data: "{}" };
    const { status, body } = await admin.ask("POST", PATH, event);
    expect([status, body.error.code]).toEqual([400, "event_refused"]);
    expect(body.error.message).toContain("you must enable this feature");
  });
});
