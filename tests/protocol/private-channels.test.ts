import { expect, test } from "bun:test";
import { expectUnauthorized } from "../support/refusals.ts";
import { channelAuth, hmacHex } from "../support/sign.ts";
import { dataOf } from "../support/socket.ts";
import { describeServer, fresh } from "../support/target.ts";

describeServer("private channels", {}, (target) => {
  test("scenario 7: a good signature succeeds with the data '{}'", async () => {
    const channel = fresh("private-");
    const socket = await target.connect();
    socket.subscribe(channel, { auth: socket.authFor(channel) });
    expect(await socket.next()).toEqual({
      event: "pusher_internal:subscription_succeeded",
      channel,
      data: "{}",
    });
    await target.api.trigger({ name: "e", data: "1", channels: [channel] });
    expect(await socket.next()).toEqual({ event: "e", channel, data: "1" });
  });

  test("scenario 7: a bad signature is refused with two frames that give the text to sign, and the socket stays open", async () => {
    const channel = fresh("private-");
    const socket = await target.connect();
    const wrong = "0".repeat(64);
    socket.subscribe(channel, { auth: `${target.app.key}:${wrong}` });
    const text = `Invalid signature: Expected HMAC SHA256 hex digest of ${socket.socketId}:${channel}, but got ${wrong}`;
    const frame = await socket.nextEvent("pusher:subscription_error");
    expect(frame.channel).toBe(channel);
    expect(dataOf(frame)).toMatchObject({ type: "AuthError", error: text, status: 401 });
    expect(await socket.next()).toEqual({ event: "pusher:error", data: { code: null, message: text } });
    await target.api.trigger({ name: "e", data: "", channels: [channel] });
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("scenario 7: the signature of a foreign key is refused, and the key named", async () => {
    const channel = fresh("private-");
    const socket = await target.connect();
    const foreign = { id: "4", key: "foreignkey", secret: target.app.secret };
    socket.subscribe(channel, { auth: channelAuth(foreign, socket.socketId, channel) });
    await expectUnauthorized(socket, channel, /^Invalid key in subscription auth data: 'foreignkey'/);
  });

  test.each([
    ["no auth", {}],
    ["an empty auth", { auth: "" }],
    ["a null auth", { auth: null }],
    ["an auth that is an object", { auth: { key: "x" } }],
  ])("scenario 7: %s is refused for want of auth info", async (_what, ticket) => {
    const channel = fresh("private-");
    const socket = await target.connect();
    socket.send({ event: "pusher:subscribe", data: { channel, ...ticket } });
    await expectUnauthorized(socket, channel, new RegExp(`^Auth info required to subscribe to ${channel}`));
  });

  test.each(["nocolon", ":", ":signature", "key:"])(
    "an auth that is not key:signature is refused: '%s'",
    async (auth) => {
      const channel = fresh("private-");
      const socket = await target.connect();
      socket.subscribe(channel, { auth });
      await expectUnauthorized(socket, channel, /is invalid: should be of format 'key:signature'/);
    },
  );

  test("the auth is split at its first colon", async () => {
    const channel = fresh("private-");
    const socket = await target.connect();
    socket.subscribe(channel, { auth: `${target.app.key}:x:${"0".repeat(64)}` });
    await expectUnauthorized(socket, channel, /^Invalid signature: .* but got x:0+$/);
  });

  const signatures: readonly (readonly [string, (good: string) => string])[] = [
    ["in upper-case hex", (good) => good.toUpperCase()],
    ["cut short", (good) => good.slice(0, -1)],
    ["with something behind it", (good) => `${good}0`],
    ["repeated", (good) => good + good],
    ["with a space before it", (good) => ` ${good}`],
    ["with a newline behind it", (good) => `${good}\n`],
    ["in base64", (good) => Buffer.from(good, "hex").toString("base64")],
    ["wrong in its first digit", (good) => (good.startsWith("0") ? "1" : "0") + good.slice(1)],
    ["wrong in its last digit", (good) => good.slice(0, -1) + (good.endsWith("0") ? "1" : "0")],
  ];

  test.each(signatures)("a signature %s is refused", async (_how, spoil) => {
    const channel = fresh("private-");
    const socket = await target.connect();
    const [key = "", signature = ""] = socket.authFor(channel).split(":");
    socket.subscribe(channel, { auth: `${key}:${spoil(signature)}` });
    await expectUnauthorized(socket, channel);
  });

  test("the signature of another channel is refused", async () => {
    const channel = fresh("private-");
    const socket = await target.connect();
    socket.subscribe(channel, { auth: socket.authFor(fresh("private-")) });
    await expectUnauthorized(socket, channel, /^Invalid signature/);
  });

  test("the signature of another socket is refused, and the next attempt succeeds", async () => {
    const channel = fresh("private-");
    const [before, after] = await Promise.all([target.connect(), target.connect()]);
    after.subscribe(channel, { auth: before.authFor(channel) });
    await expectUnauthorized(after, channel, /^Invalid signature/);
    await after.join(channel);
  });

  test("the signature of a user is none of a channel", async () => {
    const channel = fresh("private-");
    const socket = await target.connect();
    const signature = hmacHex(target.app.secret, `${socket.socketId}::user::{"id":"1"}`);
    socket.subscribe(channel, { auth: `${target.app.key}:${signature}` });
    await expectUnauthorized(socket, channel);
  });

  test("channel_data may be part of the text that is signed", async () => {
    const channel = fresh("private-");
    const data = '{"tenant":"a"}';
    const socket = await target.connect();
    socket.subscribe(channel, { auth: socket.authFor(channel, data), channel_data: data });
    expect((await socket.nextEvent("pusher_internal:subscription_succeeded")).data).toBe("{}");
  });

  test("channel_data may be sent along although it was not signed", async () => {
    const channel = fresh("private-");
    const socket = await target.connect();
    socket.subscribe(channel, { auth: socket.authFor(channel), channel_data: '{"tenant":"a"}' });
    expect((await socket.nextEvent("pusher_internal:subscription_succeeded")).data).toBe("{}");
  });

  test("the signature of other channel_data is refused", async () => {
    const channel = fresh("private-");
    const socket = await target.connect();
    const auth = socket.authFor(channel, '{"tenant":"a"}');
    socket.subscribe(channel, { auth, channel_data: '{"tenant":"b"}' });
    await expectUnauthorized(socket, channel);
    socket.subscribe(channel, { auth });
    await expectUnauthorized(socket, channel);
  });

  test("an encrypted channel carries what the server library encrypted as it is", async () => {
    const channel = fresh("private-encrypted-");
    const socket = await target.connect();
    await socket.join(channel);
    const data = '{"nonce":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYX","ciphertext":"7WImdiuE+3O15iaU"}';
    await target.api.trigger({ name: "e", data, channels: [channel] });
    expect(await socket.next()).toEqual({ event: "e", channel, data });
  });

  test("a second subscription must be signed as well, and a refusal leaves the first one standing", async () => {
    const channel = fresh("private-");
    const socket = await target.connect();
    await socket.join(channel);
    socket.subscribe(channel, { auth: `${target.app.key}:${"0".repeat(64)}` });
    await expectUnauthorized(socket, channel);
    await target.api.trigger({ name: "e", data: "", channels: [channel] });
    await socket.nextEvent("e");
  });

  test("a left channel needs a signature again, and the old one still fits the same connection", async () => {
    const channel = fresh("private-");
    const socket = await target.connect();
    await socket.join(channel);
    socket.unsubscribe(channel);
    socket.subscribe(channel);
    await expectUnauthorized(socket, channel);
    await socket.join(channel);
  });
});
