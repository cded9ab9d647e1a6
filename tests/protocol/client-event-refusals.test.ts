import { expect, test } from "bun:test";
import { expectError } from "../support/refusals.ts";
import type { TestSocket } from "../support/socket.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";

/** Two connections on a channel, as two members where the channel has any. */
async function pair(target: Target, channel: string): Promise<[TestSocket, TestSocket]> {
  const [sender, receiver] = await Promise.all([target.connect(), target.connect()]);
  const isPresence = channel.startsWith("presence-");
  await receiver.join(channel, isPresence ? { user_id: "receiver" } : undefined);
  await sender.join(channel, isPresence ? { user_id: "sender" } : undefined);
  await Promise.all([sender.framesBeforePong(), receiver.framesBeforePong()]);
  return [sender, receiver];
}

async function expectNothing(...sockets: readonly TestSocket[]): Promise<void> {
  for (const socket of sockets) expect(await socket.framesBeforePong()).toEqual([]);
}

describeServer("client events switched off", { settings: { client_events: false } }, (target) => {
  test.each(["private-", "presence-", "c-"])(
    "scenario 14: a client event on a %s channel is refused",
    async (prefix) => {
      const channel = fresh(prefix);
      const [sender, receiver] = await pair(target, channel);
      sender.send({ event: "client-x", channel, data: {} });
      await expectError(sender, /^To send client events, you must enable this feature/);
      await expectNothing(sender, receiver);
    },
  );
});

describeServer("refused client events", { settings: { client_events: true } }, (target) => {
  test.each(["c-", "cache-", "privateer-", "x-private-", "Private-"])(
    "scenario 14: a client event on a %s channel is refused",
    async (prefix) => {
      const channel = fresh(prefix);
      const [sender, receiver] = await pair(target, channel);
      sender.send({ event: "client-x", channel, data: {} });
      await expectError(sender, /private and presence channels/);
      await expectNothing(sender, receiver);
    },
  );

  test("scenario 14: a client event on a channel that the sender is not on is refused", async () => {
    const channel = fresh("private-");
    const [member, receiver] = await pair(target, channel);
    const stranger = await target.connect();
    stranger.send({ event: "client-x", channel, data: {} });
    const message = new RegExp(
      `^Cannot broadcast client event \\(connection not subscribed to channel ${channel}\\)`,
    );
    await expectError(stranger, message);
    await expectNothing(stranger, member, receiver);
  });

  test("having been on the channel once is not enough", async () => {
    const channel = fresh("private-");
    const [sender, receiver] = await pair(target, channel);
    sender.unsubscribe(channel);
    sender.send({ event: "client-x", channel, data: {} });
    await expectError(sender, /^Cannot broadcast client event/);
    await expectNothing(sender, receiver);
  });

  test("an attempt to subscribe that was refused is not enough", async () => {
    const channel = fresh("private-");
    const [, receiver] = await pair(target, channel);
    const intruder = await target.connect();
    intruder.subscribe(channel, { auth: `${target.app.key}:${"0".repeat(64)}` });
    await intruder.nextEvent("pusher:subscription_error");
    await intruder.nextEvent("pusher:error");
    intruder.send({ event: "client-x", channel, data: {} });
    await expectError(intruder, /^Cannot broadcast client event/);
    await expectNothing(receiver);
  });

  test("the channel of a signed-in user takes no client events", async () => {
    const id = fresh("u");
    const [sender, receiver] = await Promise.all([target.connect(), target.connect()]);
    await sender.signIn({ id });
    await receiver.signIn({ id });
    sender.send({ event: "client-x", channel: `#server-to-user-${id}`, data: {} });
    await expectError(sender, /./);
    await expectNothing(sender, receiver);
  });

  test.each([
    ["without data", '{"event":"client-x","channel":"CHANNEL"}'],
    ["without channel", '{"event":"client-x","data":{}}'],
    ["with a channel that is a list", '{"event":"client-x","channel":["CHANNEL"],"data":{}}'],
    ["with a channel that is null", '{"event":"client-x","channel":null,"data":{}}'],
  ])("scenario 12: a client event %s is refused", async (_what, frame) => {
    const channel = fresh("private-");
    const [sender, receiver] = await pair(target, channel);
    sender.sendText(frame.replace("CHANNEL", channel));
    await expectError(sender, /^Invalid client event \(must contain channel and data\)/);
    await expectNothing(sender, receiver);
  });

  test.each(["private-encrypted-", "private-encrypted-cache-"])(
    "on %s channels what the sender has not encrypted is refused",
    async (prefix) => {
      const channel = fresh(prefix);
      const [sender, receiver] = await pair(target, channel);
      for (const data of ["secret", { text: "secret" }, { nonce: 1, ciphertext: 2 }, null]) {
        sender.send({ event: "client-x", channel, data });
        await expectError(sender, /encrypted/);
      }
      await expectNothing(sender, receiver);
    },
  );

  test("a name may have 200 characters and no more", async () => {
    const channel = fresh("private-");
    const [sender, receiver] = await pair(target, channel);
    const longest = "client-".padEnd(200, "x");
    sender.send({ event: `${longest}x`, channel, data: 1 });
    await expectError(sender, /200/);
    sender.send({ event: longest, channel, data: 2 });
    expect(await receiver.next()).toEqual({ event: longest, channel, data: "2" });
  });

  test.each([
    ["10241 letters", "x".repeat(10_241)],
    ["5121 letters of two bytes each", "é".repeat(5_121)],
  ])("data of %s is refused", async (_what, data) => {
    const channel = fresh("private-");
    const [sender, receiver] = await pair(target, channel);
    sender.send({ event: "client-x", channel, data });
    await expectError(sender, /10240/);
    await expectNothing(sender, receiver);
  });

  test("scenario 13: of eleven client events in one second ten are delivered, the last is refused with 4301", async () => {
    const channel = fresh("private-");
    const [sender, receiver] = await pair(target, channel);
    for (let n = 1; n <= 11; n++) sender.send({ event: "client-x", channel, data: n });
    await expectError(sender, /./, 4301);
    const received = (await receiver.framesBeforePong()).map(({ data }) => data);
    expect(received).toEqual(Array.from({ length: 10 }, (_, index) => String(index + 1)));
    expect(await sender.framesBeforePong()).toEqual([]);
  });

  test("the rate is each connection's own", async () => {
    const channel = fresh("private-");
    const [one, two] = await pair(target, channel);
    for (let n = 1; n <= 10; n++) one.send({ event: "client-x", channel, data: n });
    for (let n = 1; n <= 10; n++) two.send({ event: "client-x", channel, data: n });
    for (let n = 1; n <= 10; n++) {
      expect((await one.nextEvent("client-x")).data).toBe(String(n));
      expect((await two.nextEvent("client-x")).data).toBe(String(n));
    }
    await expectNothing(one, two);
  });

  test("refused events, pings and subscriptions count towards no rate", async () => {
    const channel = fresh("private-");
    const [sender, receiver] = await pair(target, channel);
    for (let n = 0; n < 20; n++) sender.send({ event: "client-x", channel: fresh("private-"), data: n });
    for (let n = 0; n < 20; n++) expect((await sender.next()).data).toMatchObject({ code: null });
    for (let n = 0; n < 20; n++) await sender.framesBeforePong();
    for (let n = 0; n < 10; n++) sender.send({ event: "client-x", channel, data: n });
    await expectNothing(sender);
    expect(await receiver.framesBeforePong()).toHaveLength(10);
  });
});

describeServer(
  "a client event rate of an app",
  { settings: { client_events: true, client_event_rate: 2 } },
  (target) => {
    test("the limit is the app's own", async () => {
      const channel = fresh("presence-");
      const [sender, receiver] = await pair(target, channel);
      for (let n = 1; n <= 3; n++) sender.send({ event: "client-x", channel, data: n });
      await expectError(sender, /./, 4301);
      expect(await receiver.framesBeforePong()).toHaveLength(2);
    });
  },
);
