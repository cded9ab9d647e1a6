import { expect, test } from "bun:test";
import { expectAnswer, expectRefused } from "../support/answers.ts";
import type { TestSocket } from "../support/socket.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";

async function subscriber(target: Target, ...channels: readonly string[]): Promise<TestSocket> {
  const socket = await target.connect();
  for (const channel of channels) await socket.join(channel);
  return socket;
}

describeServer("HTTP API: trigger", {}, (target) => {
  test("trap 8: success is status 200 and the JSON object {}", async () => {
    const channels = [fresh("c-")];
    expectAnswer(await target.api.post("/events", { name: "e", data: "x", channels }), "{}");
  });

  test("one event goes to each of its channels", async () => {
    const channels = [fresh("c-"), fresh("c-")];
    const socket = await subscriber(target, ...channels);
    await target.api.trigger({ name: "e", data: "x", channels });
    expect(await socket.framesBeforePong()).toEqual(
      channels.map((channel) => ({ event: "e", channel, data: "x" })),
    );
  });

  test("a single channel may be given as channel", async () => {
    const channel = fresh("c-");
    const socket = await subscriber(target, channel);
    expectAnswer(await target.api.post("/events", { name: "e", data: "x", channel }), "{}");
    expect(await socket.next()).toEqual({ event: "e", channel, data: "x" });
  });

  test("when both channel and channels are given, channels counts", async () => {
    const [one, many] = [fresh("c-"), fresh("c-")];
    const socket = await subscriber(target, one, many);
    await target.api.post("/events", { name: "e", data: "x", channel: one, channels: [many] });
    expect(await socket.framesBeforePong()).toEqual([{ event: "e", channel: many, data: "x" }]);
  });

  test("repeated channels count once", async () => {
    const channel = fresh("c-");
    const socket = await subscriber(target, channel);
    await target.api.trigger({ name: "e", data: "x", channels: [channel, channel, channel] });
    expect(await socket.framesBeforePong()).toHaveLength(1);
  });

  test("scenario 21: 100 channels are accepted, 101 are refused", async () => {
    const channels = Array.from({ length: 101 }, () => fresh("c-"));
    const socket = await subscriber(target, channels[0] ?? "", channels[99] ?? "");
    expectRefused(await target.api.post("/events", { name: "e", data: "", channels }), 400, /100 channels/);
    expect(await socket.framesBeforePong()).toEqual([]);
    expectAnswer(
      await target.api.post("/events", { name: "e", data: "", channels: channels.slice(0, 100) }),
      "{}",
    );
    expect(await socket.framesBeforePong()).toHaveLength(2);
  });

  test.each([
    ["no channel at all", {}],
    ["an empty list", { channels: [] }],
    ["channels that are text", { channels: "c" }],
    ["a channel that is a number", { channels: [1] }],
    ["a channel that is a list", { channel: ["c"] }],
    ["an empty name", { channels: [""] }],
    ["a name with a colon", { channels: ["a:b"] }],
    ["a name with a newline", { channels: ["a\n"] }],
    ["a name of 201 characters", { channels: ["c".repeat(201)] }],
    ["a reserved name", { channels: ["#private"] }],
  ])("answers 400 for %s", async (_what, channels) => {
    expectRefused(await target.api.post("/events", { name: "e", data: "", ...channels }), 400);
  });

  test("one invalid channel of several keeps the event from all", async () => {
    const channel = fresh("c-");
    const socket = await subscriber(target, channel);
    const channels = [channel, "not valid"];
    expectRefused(await target.api.post("/events", { name: "e", data: "", channels }), 400);
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test.each([
    ["missing", {}],
    ["empty", { name: "" }],
    ["a number", { name: 1 }],
    ["null", { name: null }],
  ])("scenario 21: answers 400 when the name is %s", async (_what, name) => {
    const response = await target.api.post("/events", { data: "", channels: ["c"], ...name });
    expectRefused(response, 400, /^Expected name parameter to be a string/);
  });

  test("a name may have 200 characters and no more", async () => {
    const event = { data: "", channels: [fresh("c-")] };
    expectAnswer(await target.api.post("/events", { ...event, name: "n".repeat(200) }), "{}");
    expectRefused(await target.api.post("/events", { ...event, name: "n".repeat(201) }), 400, /200/);
  });

  test.each(["pusher:x", "pusher_internal:x", "pusher-notification", "pusher:ping"])(
    "scenario 21: the name %s is reserved",
    async (name) => {
      const response = await target.api.post("/events", { name, data: "", channels: ["c"] });
      expectRefused(response, 400, /^The 'pusher' namespace is reserved for internal usage/);
    },
  );

  test.each([
    "App\\Events\\OrderShipped",
    "order.shipped",
    "order shipped",
    "🎉",
    "client-typing",
    "pusher",
    "pushers:x",
    "Pusher:x",
    "my-pusher:x",
    '"quoted"',
    "new\nline",
    "__proto__",
  ])("trap 12: an event may be called %j", async (name) => {
    const channel = fresh("private-");
    const socket = await subscriber(target, channel);
    expectAnswer(await target.api.post("/events", { name, data: "x", channels: [channel] }), "{}");
    expect(await socket.next()).toEqual({ event: name, channel, data: "x" });
  });

  test.each([
    ["missing", {}],
    ["an object", { data: {} }],
    ["a number", { data: 1 }],
    ["null", { data: null }],
    ["true", { data: true }],
  ])("answers 400 when the data is %s", async (_what, data) => {
    const response = await target.api.post("/events", { name: "e", channels: ["c"], ...data });
    expectRefused(response, 400, /^Expected data parameter to be a string/);
  });

  test("data may be empty", async () => {
    const channel = fresh("c-");
    const socket = await subscriber(target, channel);
    expectAnswer(await target.api.post("/events", { name: "e", data: "", channels: [channel] }), "{}");
    expect(await socket.next()).toEqual({ event: "e", channel, data: "" });
  });

  test.each([
    ["letters of one byte", "x".repeat(10_240), "x"],
    ["letters of two bytes", "é".repeat(5_120), "x"],
    ["emoji of four bytes", "🎉".repeat(2_560), "x"],
    ["characters that JSON writes with six", "\u0001".repeat(10_240), "\u0001"],
  ])("scenario 21: 10240 bytes of %s are accepted, one more is 413", async (_what, data, more) => {
    const channel = fresh("c-");
    const socket = await subscriber(target, channel);
    const channels = [channel];
    const refused = await target.api.post("/events", { name: "e", data: data + more, channels });
    expectRefused(
      refused,
      413,
      /^The data content of this event exceeds the allowed maximum \(10240 bytes\)/,
    );
    expectAnswer(await target.api.post("/events", { name: "e", data, channels }), "{}");
    expect(await socket.next()).toEqual({ event: "e", channel, data });
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test.each([
    ["no JSON", "name=e"],
    ["a JSON list", '[{"name":"e"}]'],
    ["JSON text", '"e"'],
    ["half of an object", '{"name":"e"'],
  ])("answers 400 for a body that is %s", async (_what, body) => {
    expectRefused(await target.api.post("/events", body), 400);
  });

  test("answers 400 for a body that is not UTF-8", async () => {
    const body = new Uint8Array([...new TextEncoder().encode('{"name":"'), 0xff, 0xfe]);
    expectRefused(await target.api.send({ path: "/events", body }), 400);
  });

  test("parameters that nobody knows are passed over", async () => {
    const event = { name: "e", data: "", channels: [fresh("c-")], shoe_size: 44, __proto__: null };
    expectAnswer(await target.api.post("/events", event), "{}");
  });
});

describeServer("HTTP API: leaving out a connection", {}, (target) => {
  test("scenario 20: the named connection alone does not receive the event", async () => {
    const channel = fresh("presence-");
    const [excluded, sameUser, other] = await Promise.all([
      target.connect(),
      target.connect(),
      target.connect(),
    ]);
    await excluded.join(channel, { user_id: "1" });
    await sameUser.join(channel, { user_id: "1" });
    await other.join(channel, { user_id: "1" });
    await target.api.trigger({ name: "e", data: "", channels: [channel], socket_id: excluded.socketId });
    expect(await sameUser.framesBeforePong()).toHaveLength(1);
    expect(await other.framesBeforePong()).toHaveLength(1);
    expect(await excluded.framesBeforePong()).toEqual([]);
  });

  test("it is left out on every channel of the event", async () => {
    const channels = [fresh("c-"), fresh("c-")];
    const [excluded, other] = await Promise.all([
      subscriber(target, ...channels),
      subscriber(target, ...channels),
    ]);
    await target.api.trigger({ name: "e", data: "", channels, socket_id: excluded.socketId });
    expect(await other.framesBeforePong()).toHaveLength(2);
    expect(await excluded.framesBeforePong()).toEqual([]);
  });

  test.each([
    ["on no channel", []],
    ["on another channel only", ["elsewhere"]],
  ])("naming a connection that is %s leaves out nobody", async (_where, elsewhere) => {
    const channel = fresh("c-");
    const [socket, bystander] = await Promise.all([
      subscriber(target, channel),
      subscriber(target, ...elsewhere),
    ]);
    await target.api.trigger({ name: "e", data: "", channels: [channel], socket_id: bystander.socketId });
    expect(await socket.framesBeforePong()).toEqual([{ event: "e", channel, data: "" }]);
    expect(await bystander.framesBeforePong()).toEqual([]);
  });

  test("naming a connection that is gone leaves out nobody", async () => {
    const channel = fresh("c-");
    const [socket, gone] = await Promise.all([subscriber(target, channel), subscriber(target, channel)]);
    await gone.close();
    await target.api.trigger({ name: "e", data: "", channels: [channel], socket_id: gone.socketId });
    expect(await socket.framesBeforePong()).toHaveLength(1);
  });

  test.each(["123123", "1.1", "", "x", "1.1.1", "1.1\n", "-1.1", "__proto__", "constructor"])(
    "an unknown or odd socket_id leaves out nobody: %j",
    async (socket_id) => {
      const channel = fresh("c-");
      const socket = await subscriber(target, channel);
      expectAnswer(
        await target.api.post("/events", { name: "e", data: "", channels: [channel], socket_id }),
        "{}",
      );
      expect(await socket.framesBeforePong()).toHaveLength(1);
    },
  );

  test("a null socket_id leaves out nobody", async () => {
    const channel = fresh("c-");
    const socket = await subscriber(target, channel);
    const event = { name: "e", data: "", channels: [channel], socket_id: null };
    expectAnswer(await target.api.post("/events", event), "{}");
    expect(await socket.framesBeforePong()).toHaveLength(1);
  });
});

describeServer(
  "HTTP API: data limit of an app",
  { settings: { data_limit: 20_000 }, oneNode: "the node that is asked decides alone" },
  (target) => {
    test("an app may allow more than 10240 bytes", async () => {
      const channels = [fresh("c-")];
      expectAnswer(await target.api.post("/events", { name: "e", data: "x".repeat(20_000), channels }), "{}");
      const refused = await target.api.post("/events", { name: "e", data: "x".repeat(20_001), channels });
      expectRefused(refused, 413, /20000 bytes/);
    });
  },
);
