import { expect, test } from "bun:test";
import { expectRefusedSubscription, expectUnauthorized } from "../support/refusals.ts";
import type { TestSocket } from "../support/socket.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";

async function signedIn(target: Target, id: string): Promise<TestSocket> {
  const socket = await target.connect();
  await socket.signIn({ id });
  return socket;
}

describeServer("user events", {}, (target) => {
  test("scenario 17: a user event reaches every connection of the user, and nobody else", async () => {
    const [id, otherId] = [fresh("u"), fresh("u")];
    const channel = `#server-to-user-${id}`;
    const [one, two, other] = await Promise.all([
      signedIn(target, id),
      signedIn(target, id),
      signedIn(target, otherId),
    ]);
    const stranger = await target.connect();
    for (const socket of [one, two]) {
      socket.subscribe(channel, { auth: "" });
      expect(await socket.next()).toEqual({
        event: "pusher_internal:subscription_succeeded",
        channel,
        data: "{}",
      });
    }
    await target.api.trigger({ name: "hello", data: "1", channels: [channel] });
    for (const socket of [one, two]) {
      expect(await socket.framesBeforePong()).toEqual([{ event: "hello", channel, data: "1" }]);
    }
    expect(await other.framesBeforePong()).toEqual([]);
    expect(await stranger.framesBeforePong()).toEqual([]);
  });

  test("a user event arrives once, before and after the client's own subscription", async () => {
    const id = fresh("u");
    const channel = `#server-to-user-${id}`;
    const socket = await signedIn(target, id);
    await target.api.trigger({ name: "before", data: "", channels: [channel] });
    expect(await socket.framesBeforePong()).toEqual([{ event: "before", channel, data: "" }]);
    await socket.join(channel);
    await socket.join(channel);
    await target.api.trigger({ name: "after", data: "", channels: [channel] });
    expect(await socket.framesBeforePong()).toEqual([{ event: "after", channel, data: "" }]);
  });

  test("after an unsubscription nothing more arrives, and a subscription brings it back", async () => {
    const id = fresh("u");
    const channel = `#server-to-user-${id}`;
    const socket = await signedIn(target, id);
    await socket.join(channel);
    socket.unsubscribe(channel);
    expect(await socket.framesBeforePong()).toEqual([]);
    await target.api.trigger({ name: "e", data: "", channels: [channel] });
    expect(await socket.framesBeforePong()).toEqual([]);
    await socket.join(channel);
    await target.api.trigger({ name: "e", data: "", channels: [channel] });
    await socket.nextEvent("e");
  });

  test("scenario 17: the channel of another user is refused", async () => {
    const socket = await signedIn(target, fresh("u"));
    const channel = `#server-to-user-${fresh("u")}`;
    for (const auth of ["", socket.authFor(channel)]) {
      socket.subscribe(channel, { auth });
      await expectUnauthorized(socket, channel);
    }
  });

  test("a connection that is not signed in is refused, whatever it signs", async () => {
    const socket = await target.connect();
    const channel = `#server-to-user-${fresh("u")}`;
    socket.subscribe(channel, { auth: socket.authFor(channel) });
    await expectUnauthorized(socket, channel);
  });

  test.each(["#", "#server-to-user-", "#server-to-user", "#presence-x", "#something"])(
    "no other name may begin with #: '%s'",
    async (channel) => {
      const socket = await signedIn(target, fresh("u"));
      socket.subscribe(channel, { auth: socket.authFor(channel) });
      await expectRefusedSubscription(socket, channel, { type: "InvalidChannel", status: 400 });
      const response = await target.api.post("/events", { name: "e", data: "", channels: [channel] });
      expect(response.status).toBe(400);
    },
  );

  test("a user's id is free text", async () => {
    for (const id of [`${fresh("u")} a/b:c`, `${fresh("ü")}🎉`, `${fresh("u")}__proto__`]) {
      const channel = `#server-to-user-${id}`;
      const socket = await signedIn(target, id);
      await socket.join(channel);
      await target.api.trigger({ name: "e", data: "1", channels: [channel] });
      expect(await socket.next()).toEqual({ event: "e", channel, data: "1" });
    }
  });

  test("an event for a user who is not here is answered with success", async () => {
    const response = await target.api.trigger({
      name: "e",
      data: "",
      channels: [`#server-to-user-${fresh("u")}`],
    });
    expect(response.text).toBe("{}");
  });

  test("a user event may leave out one of the user's connections", async () => {
    const id = fresh("u");
    const channel = `#server-to-user-${id}`;
    const [one, two] = await Promise.all([signedIn(target, id), signedIn(target, id)]);
    await target.api.trigger({ name: "e", data: "", channels: [channel], socket_id: one.socketId });
    expect(await two.framesBeforePong()).toHaveLength(1);
    expect(await one.framesBeforePong()).toEqual([]);
  });

  test("user channels show in no list", async () => {
    const id = fresh("u");
    const socket = await signedIn(target, id);
    await socket.join(`#server-to-user-${id}`);
    expect((await target.api.get("/channels")).text).not.toContain("#");
  });
});
