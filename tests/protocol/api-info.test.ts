import { expect, test } from "bun:test";
import { expectAnswer, expectRefused } from "../support/answers.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";

/** A presence channel with three connections of two users, and a public channel with two connections. */
async function occupy(target: Target): Promise<{ presence: string; open: string }> {
  const [presence, open] = [fresh("presence-"), fresh("c-")];
  const sockets = await Promise.all([target.connect(), target.connect(), target.connect()]);
  await sockets[0].join(presence, { user_id: "1" });
  await sockets[1].join(presence, { user_id: "1" });
  await sockets[2].join(presence, { user_id: "2" });
  for (const socket of sockets.slice(1)) {
    await socket.framesBeforePong();
    await socket.join(open);
  }
  return { presence, open };
}

describeServer("HTTP API: info on a trigger", { settings: { subscription_counting: true } }, (target) => {
  test("the answer has one key for each channel, with the attributes that apply to it", async () => {
    const { presence, open } = await occupy(target);
    const empty = fresh("c-");
    const response = await target.api.trigger({
      name: "e",
      data: "",
      channels: [presence, open, empty, open],
      info: "user_count,subscription_count",
    });
    expect(response.json()).toEqual({
      channels: {
        [presence]: { user_count: 2 },
        [open]: { subscription_count: 2 },
        [empty]: { subscription_count: 0 },
      },
    });
  });

  test("an attribute that does not apply to a channel is left out", async () => {
    const { presence, open } = await occupy(target);
    const channels = [presence, open];
    const users = await target.api.trigger({ name: "e", data: "", channels, info: "user_count" });
    expect(users.json()).toEqual({ channels: { [presence]: { user_count: 2 }, [open]: {} } });
    const subscriptions = await target.api.trigger({
      name: "e",
      data: "",
      channels,
      info: "subscription_count",
    });
    expect(subscriptions.json()).toEqual({ channels: { [presence]: {}, [open]: { subscription_count: 2 } } });
  });

  test("an excluded connection still counts", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    const response = await target.api.trigger({
      name: "e",
      data: "",
      channels: [channel],
      socket_id: socket.socketId,
      info: "subscription_count",
    });
    expect(response.json()).toEqual({ channels: { [channel]: { subscription_count: 1 } } });
  });

  test("an empty info is none", async () => {
    const event = { name: "e", data: "", channels: [fresh("c-")], info: "" };
    expectAnswer(await target.api.post("/events", event), "{}");
  });

  test.each(["members", "user_count,members", "user_count;subscription_count", "cache"])(
    "an unknown attribute is answered 400: %s",
    async (info) => {
      const channel = fresh("presence-");
      const socket = await target.connect();
      await socket.join(channel, { user_id: "1" });
      expectRefused(
        await target.api.post("/events", { name: "e", data: "", channels: [channel], info }),
        400,
      );
      expect(await socket.framesBeforePong()).toEqual([]);
    },
  );

  test("an info that is no string is answered 400", async () => {
    const event = { name: "e", data: "", channels: [fresh("c-")], info: ["user_count"] };
    expectRefused(await target.api.post("/events", event), 400);
  });

  test("the answer to a batch is aligned with it", async () => {
    const { presence, open } = await occupy(target);
    const batch = [
      { name: "e", data: "", channel: presence, info: "user_count" },
      { name: "e", data: "", channel: open },
      { name: "e", data: "", channel: open, info: "subscription_count" },
      { name: "e", data: "", channel: open, info: "user_count" },
    ];
    const response = await target.api.post("/batch_events", { batch });
    expectAnswer(response, '{"batch":[{"user_count":2},{},{"subscription_count":2},{}]}');
  });
});

describeServer("HTTP API: info without subscription counting", {}, (target) => {
  test("subscription_count is left out of the answer to a trigger", async () => {
    const channel = fresh("c-");
    const response = await target.api.trigger({
      name: "e",
      data: "",
      channels: [channel],
      info: "subscription_count",
    });
    expect(response.json()).toEqual({ channels: { [channel]: {} } });
  });
});
