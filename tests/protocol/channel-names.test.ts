import { expect, test } from "bun:test";
import { expectRefusedSubscription, expectUnauthorized } from "../support/refusals.ts";
import { describeServer, fresh } from "../support/target.ts";

describeServer("channel names", {}, (target) => {
  test.each([
    "privateer-",
    "private",
    "private_",
    "Private-",
    "PRIVATE-",
    "x-private-",
    "presenceless-",
    "presence",
    "Presence-",
    "x-presence-",
    "cachet-",
    "x-cache-",
    "cache",
    "encrypted-",
    "server-to-user-",
  ])(
    "a prefix counts only whole, in lower case and at the start: %s is an ordinary public channel",
    async (prefix) => {
      const channel = fresh(prefix);
      const socket = await target.connect();
      const frame = await socket.join(channel);
      expect(frame.data).toBe("{}");
      expect(await socket.framesBeforePong()).toEqual([]);
    },
  );

  test.each([
    "private-",
    "private-cache-",
    "private-encrypted-",
    "private-encrypted-cache-",
    "private-x-cache-",
    "private-cachet-",
  ])("%s channels need a signature", async (prefix) => {
    const channel = fresh(prefix);
    const socket = await target.connect();
    socket.subscribe(channel);
    await expectUnauthorized(socket, channel, /^Auth info required to subscribe to /);
    const frame = await socket.join(channel);
    expect(frame.data).toBe("{}");
  });

  test.each(["presence-", "presence-cache-", "presence-encrypted-", "presence-x-cache-"])(
    "%s channels need a signature and have members",
    async (prefix) => {
      const channel = fresh(prefix);
      const socket = await target.connect();
      socket.subscribe(channel, { channel_data: '{"user_id":"1"}' });
      await expectUnauthorized(socket, channel, /^Auth info required to subscribe to /);
      const frame = await socket.join(channel, { user_id: "1" });
      expect(JSON.parse(String(frame.data))).toMatchObject({ presence: { count: 1 } });
    },
  );

  test.each(["cache-", "private-cache-", "private-encrypted-cache-", "presence-cache-"])(
    "%s channels have a cache",
    async (prefix) => {
      const socket = await target.connect();
      const channel = fresh(prefix);
      await socket.join(channel, prefix.startsWith("presence") ? { user_id: "1" } : undefined);
      await socket.nextEvent("pusher:cache_miss");
    },
  );

  test.each(["private-x-cache-", "presence-x-cache-", "private-cachet-", "presence-encrypted-cache-"])(
    "%s channels have none",
    async (prefix) => {
      const socket = await target.connect();
      await socket.join(fresh(prefix), prefix.startsWith("presence") ? { user_id: "1" } : undefined);
      expect(await socket.framesBeforePong()).toEqual([]);
    },
  );

  test("every character that the protocol allows may be used", async () => {
    const socket = await target.connect();
    await socket.join(`${fresh("c-")}AZaz09_-=@,.;`);
  });

  test.each([
    ["a colon", "presence-x:1"],
    ["a slash", "a/b"],
    ["a space", "a b"],
    ["a newline", "a\nb"],
    ["a newline at the end", "a\n"],
    ["a NUL", "a\0"],
    ["a hash", "a#b"],
    ["a percent sign", "a%20b"],
    ["a bracket", "a[1]"],
    ["a letter beyond ASCII", "kanäle"],
    ["an emoji", "🎉"],
    ["nothing at all", ""],
  ])("%s makes a name invalid", async (_what, channel) => {
    const socket = await target.connect();
    socket.subscribe(channel);
    await expectRefusedSubscription(socket, channel, { type: "InvalidChannel", status: 400 });
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("an invalid name is refused before its signature is looked at", async () => {
    const socket = await target.connect();
    const channel = "private-a:b";
    socket.subscribe(channel, { auth: socket.authFor(channel) });
    await expectRefusedSubscription(socket, channel, { type: "InvalidChannel", status: 400 });
  });

  test("the signature of a presence channel cannot be replayed for a channel named after its data", async () => {
    const socket = await target.connect();
    const data = '{"user_id":"1"}';
    const auth = socket.authFor("presence-room", data);
    const channel = `presence-room:${data}`;
    socket.subscribe(channel, { auth, channel_data: '{"user_id":"2"}' });
    await expectRefusedSubscription(socket, channel, { type: "InvalidChannel", status: 400 });
  });

  test("a name may have 200 characters and no more", async () => {
    const socket = await target.connect();
    const longest = fresh("c-").padEnd(200, "x");
    await socket.join(longest);
    await target.api.trigger({ name: "e", data: "1", channels: [longest] });
    expect(await socket.nextEvent("e")).toEqual({ event: "e", channel: longest, data: "1" });
    socket.subscribe(`${longest}x`);
    await expectRefusedSubscription(socket, `${longest}x`, { type: "InvalidChannel", status: 400 });
  });

  test("names are told apart by case", async () => {
    const channel = fresh("room-");
    const [lower, upper] = await Promise.all([target.connect(), target.connect()]);
    await lower.join(channel);
    await upper.join(channel.toUpperCase());
    await target.api.trigger({ name: "e", data: "", channels: [channel] });
    await lower.nextEvent("e");
    expect(await upper.framesBeforePong()).toEqual([]);
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "a channel may be called %s",
    async (channel) => {
      const socket = await target.connect();
      await socket.join(channel);
      const list = await target.api.get("/channels");
      expect(list.text).toContain(`"${channel}":{}`);
      const answer = await target.api.trigger({
        name: "e",
        data: "",
        channels: [channel],
        info: "subscription_count",
      });
      expect(answer.text).toBe(`{"channels":{"${channel}":{}}}`);
      expect(await socket.nextEvent("e")).toEqual({ event: "e", channel, data: "" });
    },
  );
});

describeServer(
  "a shorter limit for channel names",
  { settings: { channel_name_length: 20 }, oneNode: "the node that is asked decides alone" },
  (target) => {
    test("the limit holds for subscriptions and for the HTTP API", async () => {
      const socket = await target.connect();
      await socket.join("c".repeat(20));
      const tooLong = "c".repeat(21);
      socket.subscribe(tooLong);
      await expectRefusedSubscription(socket, tooLong, { type: "InvalidChannel", status: 400 });
      const response = await target.api.post("/events", { name: "e", data: "", channels: [tooLong] });
      expect(response.status).toBe(400);
    });
  },
);
