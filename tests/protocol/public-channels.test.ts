import { expect, test } from "bun:test";
import { expectError } from "../support/refusals.ts";
import { describeServer, fresh } from "../support/target.ts";

describeServer("public channels", {}, (target) => {
  test.each([
    ["without auth, as Java and Swift do", {}],
    ["with an empty auth, as pusher-js does", { auth: "" }],
    ["with an auth that is wrong", { auth: "x:y" }],
    ["with an auth that is no string", { auth: 1 }],
    ["with channel_data", { auth: "", channel_data: '{"user_id":"1"}' }],
  ])("scenario 6 and trap 2: a subscription %s succeeds with the data '{}'", async (_how, ticket) => {
    const channel = fresh("c-");
    const socket = await target.connect();
    socket.send({ event: "pusher:subscribe", data: { channel, ...ticket } });
    expect(await socket.next()).toEqual({
      event: "pusher_internal:subscription_succeeded",
      channel,
      data: "{}",
    });
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("trap 1: an event arrives with its name, its channel and its data as the string that was published", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    const data = '{ "n": 12345678901234567890, "s":"\\u00e9\\/é🎉" }';
    await target.api.trigger({ name: "e", data, channels: [channel] });
    expect(await socket.next()).toEqual({ event: "e", channel, data });
  });

  test.each([
    "",
    "plain text",
    "123",
    "true",
    "null",
    "[]",
    '"quoted"',
    "line\nbreak\u2028\u0000",
    "\u{1f389}",
  ])("data is never parsed nor printed anew: %j", async (data) => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    await target.api.trigger({ name: "e", data, channels: [channel] });
    expect(await socket.next()).toEqual({ event: "e", channel, data });
  });

  test("every subscriber receives an event once, and nobody else does", async () => {
    const channel = fresh("c-");
    const sockets = await Promise.all(Array.from({ length: 10 }, () => target.connect()));
    const stranger = await target.connect();
    await stranger.join(fresh("c-"));
    await Promise.all(sockets.map((socket) => socket.join(channel)));
    await target.api.trigger({ name: "e", data: "1", channels: [channel] });
    for (const socket of sockets) {
      expect(await socket.framesBeforePong()).toEqual([{ event: "e", channel, data: "1" }]);
    }
    expect(await stranger.framesBeforePong()).toEqual([]);
  });

  test("events of one publisher arrive in their order", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    for (let n = 0; n < 50; n++) {
      await target.api.trigger({ name: "e", data: String(n), channels: [channel] });
    }
    for (let n = 0; n < 50; n++) expect((await socket.nextEvent("e")).data).toBe(String(n));
  });

  test("an unsubscription has no answer, and nothing more arrives on the channel", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    socket.unsubscribe(channel);
    expect(await socket.framesBeforePong()).toEqual([]);
    await target.api.trigger({ name: "e", data: "", channels: [channel] });
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("a channel may be joined again after it was left", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    socket.unsubscribe(channel);
    await socket.join(channel);
    await target.api.trigger({ name: "e", data: "", channels: [channel] });
    await socket.nextEvent("e");
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("an unsubscription without a subscription is told so, with a null code", async () => {
    const socket = await target.connect();
    const channel = fresh("c-");
    socket.unsubscribe(channel);
    await expectError(socket, new RegExp(`^No current subscription to channel ${channel}`));
    await socket.join(channel);
    socket.unsubscribe(channel);
    socket.unsubscribe(channel);
    await expectError(socket, /^No current subscription/);
  });

  test("a second subscription succeeds again and counts once", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    await socket.join(channel);
    await target.api.trigger({ name: "e", data: "", channels: [channel] });
    await socket.nextEvent("e");
    expect(await socket.framesBeforePong()).toEqual([]);
    socket.unsubscribe(channel);
    await target.api.trigger({ name: "e", data: "", channels: [channel] });
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("a channel is vacant once its last subscriber is gone, by unsubscription or by disconnection", async () => {
    const channel = fresh("c-");
    const occupied = async () => (await target.api.get(`/channels/${channel}`)).json();
    const [one, two] = await Promise.all([target.connect(), target.connect()]);
    await one.join(channel);
    await two.join(channel);
    one.unsubscribe(channel);
    await one.framesBeforePong();
    expect(await occupied()).toEqual({ occupied: true });
    await two.close();
    expect(await occupied()).toEqual({ occupied: false });
  });
});
