import { expect, test } from "bun:test";
import { OPCODE, RawSocket } from "../support/raw-socket.ts";
import { expectError } from "../support/refusals.ts";
import { errorOf } from "../support/socket.ts";
import { describeServer, fresh } from "../support/target.ts";

const MALFORMED: readonly (readonly [string, string, RegExp])[] = [
  ["no JSON", "hello", /^Invalid message/],
  ["empty text", "", /^Invalid message/],
  ["half of an object", '{"event":"pusher:ping"', /^Invalid message/],
  ["a JSON array", '[{"event":"pusher:ping"}]', /^Invalid message/],
  ["a JSON string", '"pusher:ping"', /^Invalid message/],
  ["a JSON number", "7", /^Invalid message/],
  ["null", "null", /^Invalid message/],
  ["an object without event", "{}", /^Invalid message/],
  ["an event that is a number", '{"event":1}', /^Invalid message/],
  ["an event that is null", '{"event":null}', /^Invalid message/],
  ["an event that is an object", '{"event":{}}', /^Invalid message/],
  [
    "an unknown pusher: event",
    '{"event":"pusher:shout"}',
    /^Unsupported event received on socket: pusher:shout/,
  ],
  ["an event that only servers send", '{"event":"pusher:error","data":{}}', /^Unsupported event/],
  [
    "a pusher_internal: event",
    '{"event":"pusher_internal:member_added","channel":"c","data":"{}"}',
    /^Unsupported event/,
  ],
  ["an event without client-", '{"event":"typing","channel":"c","data":{}}', /^Unsupported event/],
  ["client without its dash", '{"event":"clientele","channel":"c","data":{}}', /^Unsupported event/],
  ["client- inside the name", '{"event":"my-client-event","channel":"c","data":{}}', /^Unsupported event/],
  ["an upper-case Client-", '{"event":"Client-x","channel":"c","data":{}}', /^Unsupported event/],
  ["an event with no name", '{"event":""}', /^Unsupported event/],
  ["a subscription without data", '{"event":"pusher:subscribe"}', /^Missing parameter: data.channel/],
  ["a subscription with null", '{"event":"pusher:subscribe","data":null}', /^Missing parameter/],
  ["a subscription with a list", '{"event":"pusher:subscribe","data":["c"]}', /^Missing parameter/],
  ["a subscription to nothing", '{"event":"pusher:subscribe","data":{}}', /^Missing parameter: data.channel/],
  ["a subscription to a number", '{"event":"pusher:subscribe","data":{"channel":1}}', /^Missing parameter/],
  ["a subscription with plain text", '{"event":"pusher:subscribe","data":"c"}', /^Missing parameter/],
  ["an unsubscription from nothing", '{"event":"pusher:unsubscribe","data":{}}', /^Missing parameter/],
];

describeServer("malformed frames", {}, (target) => {
  test.each(MALFORMED)(
    "trap 3: %s is refused with a null code, and the socket stays open",
    async (_kind, text, message) => {
      const [sender, other] = await Promise.all([target.connect(), target.connect()]);
      await other.join("c");
      sender.sendText(text);
      await expectError(sender, message);
      expect(await sender.framesBeforePong()).toEqual([]);
      expect(await other.framesBeforePong()).toEqual([]);
    },
  );

  test("the name of an unsupported event is given back as it is, cut where it gets long", async () => {
    const socket = await target.connect();
    socket.send({ event: `pusher:${"x".repeat(100_000)}` });
    const { message } = errorOf(await socket.next());
    expect(message.length).toBeLessThan(3_000);
  });

  test("data may be the JSON text of an object", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    socket.send({ event: "pusher:subscribe", data: JSON.stringify({ channel }) });
    const { channel: joined } = await socket.nextEvent("pusher_internal:subscription_succeeded");
    expect(joined).toBe(channel);
    socket.send({ event: "pusher:unsubscribe", data: JSON.stringify({ channel }) });
    expect(await socket.framesBeforePong()).toEqual([]);
    await target.api.trigger({ name: "e", data: "", channels: [channel] });
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("keys of an object's prototype are no parameters", async () => {
    const socket = await target.connect();
    socket.sendText('{"__proto__":{"event":"pusher:ping"}}');
    await expectError(socket, /^Invalid message/);
    socket.sendText('{"event":"pusher:subscribe","data":{"__proto__":{"channel":"c"}}}');
    await expectError(socket, /^Missing parameter/);
    socket.sendText('{"event":"constructor"}');
    await expectError(socket, /^Unsupported event/);
  });

  test("deep nesting is refused or read, and does no harm", async () => {
    const socket = await target.connect();
    socket.sendText(`{"event":"pusher:shout","data":${"[".repeat(50_000)}${"]".repeat(50_000)}}`);
    await socket.nextEvent("pusher:error");
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("a binary frame is refused with a null code, and the socket stays open", async () => {
    const raw = await RawSocket.open(target.host, target.port, target.path());
    await raw.nextText();
    raw.send(OPCODE.binary, '{"event":"pusher:ping"}');
    expect(JSON.parse(await raw.nextText())).toMatchObject({ event: "pusher:error", data: { code: null } });
    raw.sendText('{"event":"pusher:ping"}');
    expect(await raw.nextText()).toContain("pusher:pong");
    raw.destroy();
  });

  test("a message in several frames is one message", async () => {
    const raw = await RawSocket.open(target.host, target.port, target.path());
    await raw.nextText();
    raw.send(OPCODE.text, '{"event":"pus', false);
    raw.send(0, "her:ping", false);
    raw.send(0, '"}');
    expect(await raw.nextText()).toContain("pusher:pong");
    raw.destroy();
  });

  test("text that is not UTF-8 closes the connection", async () => {
    const raw = await RawSocket.open(target.host, target.port, target.path());
    await raw.nextText();
    raw.send(OPCODE.text, Uint8Array.of(0x22, 0xff, 0x22));
    expect([1007, 1006]).toContain(await raw.closeCode());
  });

  test("a frame within 128 KiB is read, one above is closed with 1009", async () => {
    const limit = 128 * 1024;
    const frame = (bytes: number): string => {
      const start = '{"event":"pusher:ping","data":"';
      return `${start}${"x".repeat(bytes - start.length - 2)}"}`;
    };
    const socket = await target.connect();
    socket.sendText(frame(limit));
    await socket.nextEvent("pusher:pong");
    socket.sendText(frame(limit + 1));
    const { code } = await socket.ended();
    expect(code).toBe(1009);
  });

  test("an oversize frame costs nobody but its sender", async () => {
    const channel = fresh("presence-");
    const [sender, other] = await Promise.all([target.connect(), target.connect()]);
    await other.join(channel, { user_id: "other" });
    await sender.join(channel, { user_id: "sender" });
    await other.nextEvent("pusher_internal:member_added");
    sender.sendText("x".repeat(300_000));
    await sender.ended();
    await other.nextEvent("pusher_internal:member_removed");
    expect(await other.framesBeforePong()).toEqual([]);
  });
});
