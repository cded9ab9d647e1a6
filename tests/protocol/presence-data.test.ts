import { expect, test } from "bun:test";
import { membersOf } from "../support/presence.ts";
import { expectUnauthorized } from "../support/refusals.ts";
import { dataOf } from "../support/socket.ts";
import { describeServer, fresh } from "../support/target.ts";

describeServer("presence data", {}, (target) => {
  test("scenario 9: a numeric user_id is a string in every frame", async () => {
    const channel = fresh("presence-");
    const [watcher, socket] = await Promise.all([target.connect(), target.connect()]);
    await watcher.join(channel, '{"user_id":7}');
    const list = membersOf(await socket.join(channel, '{"user_id":10,"user_info":{"name":"Mr. Channels"}}'));
    expect([...list.ids].sort()).toEqual(["10", "7"]);
    expect(list.hash["10"]).toEqual({ name: "Mr. Channels" });
    expect(dataOf(await watcher.nextEvent("pusher_internal:member_added")).user_id).toBe("10");
    await socket.close();
    expect(dataOf(await watcher.nextEvent("pusher_internal:member_removed"))).toEqual({ user_id: "10" });
    expect((await target.api.get(`/channels/${channel}/users`)).text).toBe('{"users":[{"id":"7"}]}');
  });

  test("the number 10 and the text '10' are one member", async () => {
    const channel = fresh("presence-");
    const [one, two] = await Promise.all([target.connect(), target.connect()]);
    await one.join(channel, '{"user_id":10}');
    expect(membersOf(await two.join(channel, '{"user_id":"10"}')).count).toBe(1);
    expect(await one.framesBeforePong()).toEqual([]);
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "ü1 🎉", '"quoted\\', "0", "a b/c:d"])(
    "an odd user_id survives as a key: %s",
    async (user_id) => {
      const channel = fresh("presence-");
      const [watcher, socket] = await Promise.all([target.connect(), target.connect()]);
      await watcher.join(channel, { user_id: "watcher" });
      const frame = await socket.join(channel, { user_id, user_info: { odd: true } });
      const { hash, ids, count } = membersOf(frame);
      expect({ count, ids: [...ids].sort() }).toEqual({ count: 2, ids: [user_id, "watcher"].sort() });
      expect(Object.hasOwn(hash, user_id)).toBe(true);
      expect(Object.getOwnPropertyDescriptor(hash, user_id)?.value).toEqual({ odd: true });
      expect(dataOf(await watcher.nextEvent("pusher_internal:member_added")).user_id).toBe(user_id);
      await socket.close();
      expect(dataOf(await watcher.nextEvent("pusher_internal:member_removed"))).toEqual({ user_id });
    },
  );

  test.each([
    ["an object", '{"name":"Zoë 🎉"}', { name: "Zoë 🎉" }],
    ["an empty object", "{}", {}],
    ["a list, as PHP sends an empty array", "[]", []],
    ["true, as Laravel may send", "true", true],
    ["null", "null", null],
    ["text", '"Jo"', "Jo"],
    ["a number", "5", 5],
  ])("user_info may be %s", async (_kind, json, value) => {
    const channel = fresh("presence-");
    const socket = await target.connect();
    const { hash } = membersOf(await socket.join(channel, `{"user_id":"1","user_info":${json}}`));
    expect(hash["1"]).toEqual(value);
  });

  test("user_info arrives as it was written, big integers included", async () => {
    const channel = fresh("presence-");
    const socket = await target.connect();
    const info = '{"n":12345678901234567890,"e":1.50e+3}';
    const frame = await socket.join(channel, `{"user_id":"1","user_info":${info}}`);
    expect(String(frame.data)).toContain(info);
  });

  test("a member without user_info has null or an empty object in the hash", async () => {
    const channel = fresh("presence-");
    const socket = await target.connect();
    const { hash } = membersOf(await socket.join(channel, { user_id: "1" }));
    expect(hash["1"] ?? {}).toEqual({});
  });

  test("further keys of channel_data are not shared", async () => {
    const channel = fresh("presence-");
    const [watcher, socket] = await Promise.all([target.connect(), target.connect()]);
    await watcher.join(channel, { user_id: "1" });
    const frame = await socket.join(channel, { user_id: "2", user_info: {}, secret: "hush" });
    expect(String(frame.data)).not.toContain("hush");
    const added = await watcher.nextEvent("pusher_internal:member_added");
    expect(dataOf(added)).toEqual({ user_id: "2", user_info: {} });
  });

  test("channel_data is signed byte for byte: whitespace and escapes are kept", async () => {
    const socket = await target.connect();
    for (const text of [
      '{ "user_id" :\n"10" }',
      '{"user_id":"\\u00fc1"}',
      '{"user_id":"ü1","user_info":{"name":"Zoë 🎉"}}',
    ]) {
      await socket.join(fresh("presence-"), text);
    }
  });

  test("channel_data that was changed after signing is refused", async () => {
    const channel = fresh("presence-");
    const socket = await target.connect();
    const auth = socket.authFor(channel, '{"user_id":"10"}');
    for (const channel_data of ['{"user_id":"11"}', '{"user_id": "10"}', '{"user_id":"10"} ']) {
      socket.subscribe(channel, { auth, channel_data });
      await expectUnauthorized(socket, channel, /^Invalid signature/);
    }
  });

  test("a signature that leaves out channel_data does not count", async () => {
    const channel = fresh("presence-");
    const socket = await target.connect();
    socket.subscribe(channel, { auth: socket.authFor(channel), channel_data: '{"user_id":"10"}' });
    await expectUnauthorized(socket, channel, /^Invalid signature/);
  });

  test.each([
    ["no user_id", "{}"],
    ["an empty user_id", '{"user_id":""}'],
    ["a user_id that is null", '{"user_id":null}'],
    ["a user_id that is true", '{"user_id":true}'],
    ["a user_id that is a list", '{"user_id":["1"]}'],
    ["a user_id that is an object", '{"user_id":{"id":"1"}}'],
    ["a user_id in the prototype only", '{"__proto__":{"user_id":"1"}}'],
    ["a list", '["1"]'],
    ["a bare number", "10"],
    ["null", "null"],
    ["no JSON", "user_id=1"],
  ])("channel_data with %s is refused although it is signed", async (_what, channel_data) => {
    const channel = fresh("presence-");
    const socket = await target.connect();
    socket.subscribe(channel, { auth: socket.authFor(channel, channel_data), channel_data });
    await expectUnauthorized(socket, channel);
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("scenario 10: without channel_data a connection that is not signed in is refused", async () => {
    const channel = fresh("presence-");
    const socket = await target.connect();
    socket.subscribe(channel, { auth: socket.authFor(channel) });
    await expectUnauthorized(socket, channel);
  });

  test("scenario 10: without channel_data the member is the signed-in user", async () => {
    const channel = fresh("presence-");
    const socket = await target.connect();
    const id = fresh("u");
    await socket.signIn({ id, user_info: { name: "Jo" }, email: "jo@example.com" });
    const list = membersOf(await socket.join(channel));
    expect(list).toEqual({ count: 1, ids: [id], hash: { [id]: { name: "Jo" } } });
  });

  test("a signed-in connection still needs a signature", async () => {
    const channel = fresh("presence-");
    const socket = await target.connect();
    await socket.signIn({ id: fresh("u") });
    socket.subscribe(channel);
    await expectUnauthorized(socket, channel);
  });

  test("channel_data wins over the signed-in user", async () => {
    const channel = fresh("presence-");
    const socket = await target.connect();
    await socket.signIn({ id: fresh("u") });
    expect(membersOf(await socket.join(channel, { user_id: "somebody" })).ids).toEqual(["somebody"]);
  });
});
