import { expect, test } from "bun:test";
import { Api } from "../support/api.ts";
import type { Frame, TestSocket } from "../support/socket.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";
import { eventually } from "../support/time-limit.ts";

const MISS = "pusher:cache_miss";

/** Subscribes a new connection to a cache channel and returns what directly follows its success. */
async function visit(target: Target, channel: string): Promise<Frame> {
  const socket = await target.connect();
  await socket.join(channel, memberFor(channel));
  const frame = await socket.next();
  expect(await socket.framesBeforePong()).toEqual([]);
  return frame;
}

function memberFor(channel: string): object | undefined {
  return channel.startsWith("presence-") ? { user_id: fresh("m") } : undefined;
}

function miss(channel: string): Frame {
  return { event: MISS, channel, data: "{}" };
}

describeServer("cache channels", { settings: { client_events: true } }, (target) => {
  test.each(["cache-", "private-cache-", "private-encrypted-cache-", "presence-cache-"])(
    "scenario 15: a %s channel misses, then has the event as it was delivered",
    async (prefix) => {
      const channel = fresh(prefix);
      const socket = await target.connect();
      await socket.join(channel, memberFor(channel));
      expect(await socket.next()).toEqual(miss(channel));
      const data = '{ "n": 12345678901234567890 }';
      await target.api.trigger({ name: "App\\Events\\Priced", data, channels: [channel] });
      const event = { event: "App\\Events\\Priced", channel, data };
      expect(await socket.next()).toEqual(event);
      expect(await visit(target, channel)).toEqual(event);
    },
  );

  test("only the last event is kept", async () => {
    const channel = fresh("cache-");
    await target.api.trigger({ name: "first", data: "1", channels: [channel] });
    await target.api.trigger({ name: "second", data: "2", channels: [channel] });
    expect(await visit(target, channel)).toEqual({ event: "second", channel, data: "2" });
  });

  test("every subscriber who misses is told", async () => {
    const channel = fresh("cache-");
    expect(await visit(target, channel)).toEqual(miss(channel));
    expect(await visit(target, channel)).toEqual(miss(channel));
  });

  test("an event fills the cache although nobody is there", async () => {
    const channel = fresh("cache-");
    await target.api.trigger({ name: "e", data: "1", channels: [channel] });
    expect(await visit(target, channel)).toEqual({ event: "e", channel, data: "1" });
  });

  test("the cache outlives the last subscriber", async () => {
    const channel = fresh("cache-");
    const socket = await target.connect();
    await socket.join(channel);
    await target.api.trigger({ name: "e", data: "1", channels: [channel] });
    await socket.close();
    expect(await visit(target, channel)).toEqual({ event: "e", channel, data: "1" });
  });

  test("an event to several channels fills each that has a cache", async () => {
    const channels = [fresh("cache-"), fresh("c-"), fresh("private-cache-")];
    await target.api.trigger({ name: "e", data: "1", channels });
    for (const channel of channels.filter((name) => name.includes("cache-"))) {
      expect(await visit(target, channel)).toEqual({ event: "e", channel, data: "1" });
    }
  });

  test("a batch fills the caches in its order", async () => {
    const [one, two] = [fresh("cache-"), fresh("cache-")];
    const batch = [
      { name: "e", channel: one, data: "old" },
      { name: "e", channel: two, data: "2" },
      { name: "e", channel: one, data: "new" },
    ];
    expect((await target.api.post("/batch_events", { batch })).status).toBe(200);
    expect((await visit(target, one)).data).toBe("new");
    expect((await visit(target, two)).data).toBe("2");
  });

  test("an event that leaves out a connection is cached, and that connection gets it when it comes back", async () => {
    const channel = fresh("cache-");
    const socket = await target.connect();
    await socket.join(channel);
    await socket.nextEvent(MISS);
    await target.api.trigger({ name: "e", data: "1", channels: [channel], socket_id: socket.socketId });
    expect(await socket.framesBeforePong()).toEqual([]);
    socket.unsubscribe(channel);
    await socket.join(channel);
    expect(await socket.next()).toEqual({ event: "e", channel, data: "1" });
  });

  test("client events are not cached", async () => {
    const channel = fresh("private-cache-");
    const [sender, receiver] = await Promise.all([target.connect(), target.connect()]);
    const join = async (socket: TestSocket): Promise<void> => {
      await socket.join(channel);
      await socket.nextEvent(MISS);
    };
    await join(sender);
    await join(receiver);
    sender.send({ event: "client-x", channel, data: "1" });
    await receiver.nextEvent("client-x");
    expect(await visit(target, channel)).toEqual(miss(channel));
  });

  test("members who come and go are not cached", async () => {
    const channel = fresh("presence-cache-");
    const socket = await target.connect();
    await socket.join(channel, { user_id: "1" });
    await socket.nextEvent(MISS);
    await visit(target, channel);
    await socket.nextEvent("pusher_internal:member_added");
    expect(await visit(target, channel)).toEqual(miss(channel));
  });

  test("an encrypted channel's cache holds the ciphertext as it is", async () => {
    const channel = fresh("private-encrypted-cache-");
    const data =
      '{"nonce":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYX","ciphertext":"7WImdiuE+3O15iaUnPWIZksGIjg3kJE/YoFtnVMk5QjV"}';
    await target.api.trigger({ name: "e", data, channels: [channel] });
    expect(await visit(target, channel)).toEqual({ event: "e", channel, data });
  });

  test("of events that were sent one after the other the last is kept, whatever server each was sent to", async () => {
    const send = async (channel: string, data: string): Promise<void> => {
      const { host, port } = target.next();
      await new Api(`http://${host}:${port}`, target.app).trigger({ name: "e", data, channels: [channel] });
    };
    const channels = Array.from({ length: 50 }, () => fresh("cache-"));
    for (const channel of channels) {
      await send(channel, "older");
      await send(channel, "newest");
    }
    const kept = await Promise.all(channels.map((channel) => visit(target, channel)));
    expect(kept.map(({ data }) => data)).toEqual(channels.map(() => "newest"));
  });

  test("an event that is refused fills no cache", async () => {
    const channel = fresh("cache-");
    const tooMuch = { name: "e", data: "x".repeat(10_241), channels: [channel] };
    expect((await target.api.post("/events", tooMuch)).status).toBe(413);
    expect(await visit(target, channel)).toEqual(miss(channel));
  });

  test("the HTTP API shows the cached data and the seconds that it has left, or null", async () => {
    const channel = fresh("cache-");
    const show = async (): Promise<unknown> =>
      (await target.api.get(`/channels/${channel}`, [["info", "cache"]])).json();
    expect(await show()).toEqual({ occupied: false, cache: null });
    await target.api.trigger({ name: "e", data: "1", channels: [channel] });
    const { cache } = (await show()) as { cache: { data: string; ttl: number } };
    expect(cache.data).toBe("1");
    expect(cache.ttl).toBeWithin(1_790, 1_801);
  });
});

describeServer("cache lifetime", { settings: { cache_lifetime: 1 } }, (target) => {
  test("scenario 15: after its lifetime a cached event is gone, and the next visitor misses", async () => {
    const channel = fresh("cache-");
    await target.api.trigger({ name: "e", data: "1", channels: [channel] });
    expect((await visit(target, channel)).event).toBe("e");
    const frame = await eventually(
      () => visit(target, channel),
      ({ event }) => event === MISS,
    );
    expect(frame).toEqual(miss(channel));
    const info = await target.api.get(`/channels/${channel}`, [["info", "cache"]]);
    expect(info.json()).toMatchObject({ cache: null });
  });
});
