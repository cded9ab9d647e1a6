import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Api } from "../support/api.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { isSignedBy, WebhookReceiver } from "../support/webhook-receiver.ts";

setDefaultTimeout(60_000);

let receiver: WebhookReceiver;
let server: TestServer;
let sockets: TestSocket[];

beforeEach(async () => {
  receiver = new WebhookReceiver();
  server = await startServer({
    settings: { client_events: true, subscription_counting: true, cache_lifetime: 60 },
    env: { USHER_WEBHOOK_URL: receiver.url, USHER_WEBHOOK_ALLOW_PRIVATE: "1" },
  });
  sockets = [];
});

afterEach(async () => {
  await Promise.all(sockets.map((socket) => socket.close()));
  await server.stop();
  await receiver.stop();
});

async function connect(): Promise<TestSocket> {
  const socket = new TestSocket(
    `ws://${server.host}:${server.port}/app/${TEST_APP.key}?protocol=7&client=js&version=8.6.0&flash=false`,
    TEST_APP,
  );
  sockets.push(socket);
  await socket.established();
  return socket;
}

const on = (channel: string) => (event: { readonly channel: string }) => event.channel === channel;

describe("webhooks", () => {
  test("tell of a channel's life: occupied at once, counted, vacated after the grace", async () => {
    const socket = await connect();
    await socket.join("room");
    expect(await receiver.eventsOf(on("room"), 2)).toEqual([
      { name: "channel_occupied", channel: "room" },
      { name: "subscription_count", channel: "room", subscription_count: 1 },
    ]);
    const leftAtMs = Date.now();
    socket.unsubscribe("room");
    expect((await receiver.eventsOf(on("room"), 3)).at(-1)).toEqual({
      name: "channel_vacated",
      channel: "room",
    });
    const tookMs = (receiver.received.at(-1)?.timeMs ?? 0) - leftAtMs;
    expect(tookMs).toBeGreaterThanOrEqual(2_900);
    expect(tookMs).toBeLessThan(6_000);
  });

  test("are signed, one event each, with exactly the content type that receivers compare", async () => {
    await (await connect()).join("room");
    await receiver.eventsOf(on("room"), 2);
    for (const webhook of receiver.received) {
      expect(isSignedBy(webhook)).toBe(true);
      expect(webhook.headers.get("content-type")).toBe("application/json");
      expect(webhook.headers.get("x-pusher-key")).toBe(TEST_APP.key);
      expect(webhook.headers.get("x-pusher-signature-next")).toBeNull();
      expect(webhook.headers.get("user-agent")).toMatch(/^Usher\/\d/);
      expect(webhook.events).toHaveLength(1);
      expect(webhook.eventIds).toHaveLength(1);
      expect(webhook.body).toMatch(/^\{"time_ms":\d{13},"events":\[\{"name":/);
    }
    expect(new Set(receiver.received.flatMap(({ eventIds }) => eventIds)).size).toBe(2);
  });

  test("tell of members once, however many tabs they open, and by a string id", async () => {
    const [first, second] = [await connect(), await connect()];
    await first.join("presence-room", { user_id: 7 });
    await second.join("presence-room", { user_id: 7 });
    await first.close();
    const other = await connect();
    await other.join("presence-room", { user_id: "8" });
    await second.close();
    const events = await receiver.eventsOf(on("presence-room"), 4);
    expect(events).toEqual([
      { name: "channel_occupied", channel: "presence-room" },
      { name: "member_added", channel: "presence-room", user_id: "7" },
      { name: "member_added", channel: "presence-room", user_id: "8" },
      { name: "member_removed", channel: "presence-room", user_id: "7" },
    ]);
  });

  test("scenario 27: say nothing of whoever reconnects within the grace", async () => {
    const socket = await connect();
    await socket.join("presence-room", { user_id: "7" });
    await socket.close();
    await (await connect()).join("presence-room", { user_id: "7" });
    // Left after the one above came back: once this is told, the other would have been.
    const marker = await connect();
    await marker.join("marker");
    await marker.close();
    await receiver.eventsOf((event) => event.name === "channel_vacated", 1);
    expect(receiver.events.filter(on("presence-room"))).toEqual([
      { name: "channel_occupied", channel: "presence-room" },
      { name: "member_added", channel: "presence-room", user_id: "7" },
    ]);
  });

  test("carry client events as they were passed on, with sender, and with user on presence channels", async () => {
    const socket = await connect();
    await socket.join("presence-room", { user_id: "7" });
    await socket.join("private-room");
    socket.send({ event: "client-x", channel: "private-room", data: { on: true } });
    socket.send({ event: "client-y", channel: "presence-room", data: "żółć" });
    const events = await receiver.eventsOf((event) => event.name === "client_event", 2);
    expect(events.toSorted((a, b) => a.channel.localeCompare(b.channel)).reverse()).toEqual([
      {
        name: "client_event",
        channel: "private-room",
        event: "client-x",
        data: '{"on":true}',
        socket_id: socket.socketId,
      },
      {
        name: "client_event",
        channel: "presence-room",
        event: "client-y",
        data: "żółć",
        socket_id: socket.socketId,
        user_id: "7",
      },
    ]);
  });

  test("tell once that a cache is empty, and again when the cached event has gone", async () => {
    await (await connect()).join("cache-room");
    await (await connect()).join("cache-room");
    await receiver.eventsOf((event) => event.name === "subscription_count", 2);
    expect(receiver.events.filter(({ name }) => name === "cache_miss")).toEqual([
      { name: "cache_miss", channel: "cache-room" },
    ]);
    const api = new Api(`http://${server.host}:${server.port}`, TEST_APP);
    await api.post("/events", { name: "e", channel: "cache-room", data: "1" });
    await (await connect()).join("cache-room");
    await receiver.eventsOf((event) => event.name === "subscription_count", 3);
    expect(receiver.events.filter(({ name }) => name === "cache_miss")).toHaveLength(1);
  });

  test("scenario 28: wait for an endpoint that is down, and come in order once it is back", async () => {
    let isDown = true;
    receiver.answer = () => (isDown ? new Response("down", { status: 503 }) : new Response("up"));
    const socket = await connect();
    await socket.join("private-room");
    for (let number = 0; number < 20; number++) {
      socket.send({ event: `client-${number}`, channel: "private-room", data: {} });
    }
    await receiver.until(() => receiver.received.length >= 2);
    isDown = false;
    const taken: string[] = [];
    receiver.answer = ({ events }) => {
      taken.push(...events.filter(on("private-room")).map((event) => String(event.event ?? event.name)));
      return new Response("up");
    };
    await receiver.until(() => taken.includes("client-9"));
    expect(taken).toEqual([
      "channel_occupied",
      "subscription_count",
      ...Array.from({ length: 10 }, (_, number) => `client-${number}`),
    ]);
  });
});
