import { expect, test } from "bun:test";
import type { TestSocket } from "../support/socket.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";

async function pair(target: Target, channel: string): Promise<[TestSocket, TestSocket]> {
  const [sender, receiver] = await Promise.all([target.connect(), target.connect()]);
  await sender.join(channel);
  await receiver.join(channel);
  return [sender, receiver];
}

describeServer("client events", { settings: { client_events: true } }, (target) => {
  test.each([
    ["an object, as pusher-js sends it", '{"on":true}', '{"on":true}'],
    ["a string, as Java sends it", '"{\\"on\\":true}"', '{"on":true}'],
    ["null", "null", "null"],
    ["a number", "7", "7"],
    ["true", "true", "true"],
    ["a list", '[1,"2"]', '[1,"2"]'],
    ["an empty object", "{}", "{}"],
    ["an empty string", '""', ""],
    ["a string that is no JSON", '"hi there"', "hi there"],
    ["big integers", "12345678901234567890", "12345678901234567890"],
    [
      "spelling that JSON.stringify would change",
      '{ "a" : 1.50e+3, "b":"\\u00e9\\/" }',
      '{ "a" : 1.50e+3, "b":"\\u00e9\\/" }',
    ],
    ["braces and quotes inside of strings", '{"a":"}\\"],","b":["]"]}', '{"a":"}\\"],","b":["]"]}'],
  ])(
    "scenario 12 and trap 6: data that is %s arrives as a string, byte for byte",
    async (_kind, json, data) => {
      const channel = fresh("private-");
      const [sender, receiver] = await pair(target, channel);
      sender.sendText(`{"event":"client-x","channel":"${channel}","data":${json}}`);
      expect(await receiver.next()).toEqual({ event: "client-x", channel, data });
    },
  );

  test.each([
    ["data first", (channel: string) => `{"data":{"n":1},"event":"client-x","channel":"${channel}"}`],
    [
      "whitespace",
      (channel: string) => `\n{ "event" : "client-x" ,\t"channel" : "${channel}", "data" : {"n":1} }\r\n`,
    ],
    [
      "the keys escaped",
      (channel: string) => `{"\\u0065vent":"client-x","channel":"${channel}","d\\u0061ta":{"n":1}}`,
    ],
    [
      "data given twice",
      (channel: string) => `{"event":"client-x","data":0,"channel":"${channel}","data":{"n":1}}`,
    ],
    [
      "data inside of data",
      (channel: string) => `{"x":{"data":2},"event":"client-x","channel":"${channel}","data":{"n":1}}`,
    ],
  ])("a frame with %s is read as JSON is", async (_how, frame) => {
    const channel = fresh("private-");
    const [sender, receiver] = await pair(target, channel);
    sender.sendText(frame(channel));
    expect(await receiver.next()).toEqual({ event: "client-x", channel, data: '{"n":1}' });
  });

  test("the sender does not get its own event, everybody else does once", async () => {
    const channel = fresh("private-");
    const [sender, one] = await pair(target, channel);
    const two = await target.connect();
    await two.join(channel);
    sender.send({ event: "client-x", channel, data: {} });
    expect(await sender.framesBeforePong()).toEqual([]);
    const event = { event: "client-x", channel, data: "{}" };
    expect(await one.framesBeforePong()).toEqual([event]);
    expect(await two.framesBeforePong()).toEqual([event]);
  });

  test.each(["private-", "private-cache-"])(
    "on %s channels no user_id is told, not even of a signed-in user",
    async (prefix) => {
      const channel = fresh(prefix);
      const [sender, receiver] = await Promise.all([target.connect(), target.connect()]);
      await sender.signIn({ id: fresh("u") });
      const data = '{"user_id":"1"}';
      sender.subscribe(channel, { auth: sender.authFor(channel, data), channel_data: data });
      await sender.nextEvent("pusher_internal:subscription_succeeded");
      await receiver.join(channel);
      if (prefix.includes("cache")) await receiver.nextEvent("pusher:cache_miss");
      sender.send({ event: "client-x", channel, data: "1" });
      expect(await receiver.next()).toEqual({ event: "client-x", channel, data: "1" });
    },
  );

  test.each([
    ["a string", '{"user_id":"10"}'],
    ["a number", '{"user_id":10}'],
  ])(
    "on presence channels the member's id is told as a string, when it was %s too",
    async (_kind, member) => {
      const channel = fresh("presence-");
      const [receiver, sender] = await Promise.all([target.connect(), target.connect()]);
      await receiver.join(channel, { user_id: "1" });
      await sender.join(channel, member);
      await receiver.nextEvent("pusher_internal:member_added");
      sender.send({ event: "client-typing", channel, data: { on: true } });
      expect(await receiver.next()).toEqual({
        event: "client-typing",
        channel,
        data: '{"on":true}',
        user_id: "10",
      });
    },
  );

  test("the user_id is the member's own, whatever the frame claims", async () => {
    const channel = fresh("presence-");
    const [receiver, sender] = await Promise.all([target.connect(), target.connect()]);
    await receiver.join(channel, { user_id: "1" });
    await sender.join(channel, { user_id: "10" });
    await receiver.nextEvent("pusher_internal:member_added");
    sender.send({ event: "client-x", channel, data: "1", user_id: "1", socket_id: "1.1" });
    expect(await receiver.next()).toEqual({ event: "client-x", channel, data: "1", user_id: "10" });
  });

  test("another tab of the sender's user does get the event", async () => {
    const channel = fresh("presence-");
    const [tab1, tab2] = await Promise.all([target.connect(), target.connect()]);
    await tab1.join(channel, { user_id: "10" });
    await tab2.join(channel, { user_id: "10" });
    tab1.send({ event: "client-x", channel, data: "1" });
    expect(await tab2.next()).toEqual({ event: "client-x", channel, data: "1", user_id: "10" });
    expect(await tab1.framesBeforePong()).toEqual([]);
  });

  test("events of one sender arrive in their order", async () => {
    const channel = fresh("private-");
    const [sender, receiver] = await pair(target, channel);
    for (let n = 0; n < 10; n++) sender.send({ event: "client-x", channel, data: n });
    for (let n = 0; n < 10; n++) expect((await receiver.nextEvent("client-x")).data).toBe(String(n));
  });

  test("an event's name is free text behind client-", async () => {
    const channel = fresh("private-");
    const [sender, receiver] = await pair(target, channel);
    for (const event of ["client-", "client-pusher:x", "client-App\\Events\\X", "client-🎉 é"]) {
      sender.send({ event, channel, data: "" });
      expect(await receiver.next()).toEqual({ event, channel, data: "" });
    }
  });

  test.each(["private-encrypted-", "private-encrypted-cache-"])(
    "on %s channels what the sender has encrypted passes",
    async (prefix) => {
      const channel = fresh(prefix);
      const [sender, receiver] = await Promise.all([target.connect(), target.connect()]);
      await sender.join(channel);
      await receiver.join(channel);
      await receiver.framesBeforePong();
      sender.send({ event: "client-x", channel, data: { nonce: "AA==", ciphertext: "AA==" } });
      expect((await receiver.nextEvent("client-x")).data).toBe('{"nonce":"AA==","ciphertext":"AA=="}');
    },
  );

  test("10240 bytes of data pass", async () => {
    const channel = fresh("private-");
    const [sender, receiver] = await pair(target, channel);
    const data = "é".repeat(5_120);
    sender.send({ event: "client-x", channel, data });
    expect((await receiver.nextEvent("client-x")).data).toBe(data);
  });
});
