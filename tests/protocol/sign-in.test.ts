import { expect, test } from "bun:test";
import { membersOf } from "../support/presence.ts";
import { expectError, expectUnauthorized } from "../support/refusals.ts";
import { hmacHex, userAuth } from "../support/sign.ts";
import { describeServer, fresh } from "../support/target.ts";

describeServer("sign-in", {}, (target) => {
  test("scenario 17: a sign-in succeeds and gives back the very user_data that came in", async () => {
    const socket = await target.connect();
    const userData = '{ "id":"12345", "user_info":{"name":"Zoë 🎉"}, "n":12345678901234567890 }';
    const frame = await socket.signIn(userData);
    expect(frame).toEqual({
      event: "pusher:signin_success",
      data: JSON.stringify({ user_data: userData }),
    });
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("data may be the JSON text of an object", async () => {
    const socket = await target.connect();
    const user_data = JSON.stringify({ id: fresh("u") });
    const auth = userAuth(target.app, socket.socketId, user_data);
    socket.send({ event: "pusher:signin", data: JSON.stringify({ auth, user_data }) });
    await socket.nextEvent("pusher:signin_success");
  });

  test.each([
    ["no auth", {}],
    ["an auth without a colon", { auth: "nocolon" }],
    ["an empty auth", { auth: "" }],
    ["an auth without a key", { auth: ":abc" }],
    ["an auth that is no string", { auth: 1 }],
  ])("%s is refused, and the connection stays open", async (_what, ticket) => {
    const socket = await target.connect();
    socket.send({ event: "pusher:signin", data: { user_data: '{"id":"1"}', ...ticket } });
    await expectError(socket, /^Invalid format: auth must have the format key:signature/);
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("a foreign key is refused", async () => {
    const socket = await target.connect();
    const user_data = '{"id":"1"}';
    const foreign = { ...target.app, key: "foreignkey" };
    const auth = userAuth(foreign, socket.socketId, user_data);
    socket.send({ event: "pusher:signin", data: { auth, user_data } });
    await expectError(socket, /^Invalid key in user auth data: 'foreignkey'/);
  });

  test("a wrong signature is refused with the text to sign", async () => {
    const socket = await target.connect();
    const user_data = '{"id":"1"}';
    const auth = `${target.app.key}:${"0".repeat(64)}`;
    socket.send({ event: "pusher:signin", data: { auth, user_data } });
    const text = `${socket.socketId}::user::${user_data}`.replaceAll(/[.{}]/g, "\\$&");
    await expectError(socket, new RegExp(`^Invalid signature: .*${text}`));
  });

  test("user_data that was changed after signing is refused", async () => {
    const socket = await target.connect();
    const auth = userAuth(target.app, socket.socketId, '{"id":"1"}');
    for (const user_data of ['{"id":"2"}', '{"id": "1"}']) {
      socket.send({ event: "pusher:signin", data: { auth, user_data } });
      await expectError(socket, /^Invalid signature/);
    }
  });

  test("the signature of another socket is refused", async () => {
    const [before, after] = await Promise.all([target.connect(), target.connect()]);
    const user_data = '{"id":"1"}';
    const auth = userAuth(target.app, before.socketId, user_data);
    after.send({ event: "pusher:signin", data: { auth, user_data } });
    await expectError(after, /^Invalid signature/);
  });

  test("the signature of a presence channel is none of a user", async () => {
    const socket = await target.connect();
    const user_data = '{"id":"1"}';
    const auth = `${target.app.key}:${hmacHex(target.app.secret, `${socket.socketId}:presence-x:${user_data}`)}`;
    socket.send({ event: "pusher:signin", data: { auth, user_data } });
    await expectError(socket, /^Invalid signature/);
  });

  test.each([
    ["no id", "{}"],
    ["an empty id", '{"id":""}'],
    ["a number as id", '{"id":12345}'],
    ["null as id", '{"id":null}'],
    ["an object as id", '{"id":{}}'],
    ["an id in the prototype only", '{"__proto__":{"id":"1"}}'],
    ["an id of 129 characters", JSON.stringify({ id: "x".repeat(129) })],
    ["a list", '["1"]'],
    ["no JSON", "id=1"],
  ])("user_data with %s is refused although it is signed", async (_what, userData) => {
    const socket = await target.connect();
    socket.sendSignIn(userData);
    await expectError(socket, /^user_data is invalid/);
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("a sign-in without user_data is refused", async () => {
    const socket = await target.connect();
    socket.send({ event: "pusher:signin", data: { auth: `${target.app.key}:${"0".repeat(64)}` } });
    await expectError(socket, /./);
    socket.send({ event: "pusher:signin" });
    await expectError(socket, /./);
  });

  test("a second sign-in as another user is refused, and the first one stands", async () => {
    const [one, two] = [fresh("u"), fresh("u")];
    const socket = await target.connect();
    await socket.signIn({ id: one });
    socket.sendSignIn({ id: two });
    await expectError(socket, /signed in as another user/);
    await target.api.trigger({ name: "e", data: "", channels: [`#server-to-user-${two}`] });
    await target.api.trigger({ name: "e", data: "", channels: [`#server-to-user-${one}`] });
    expect((await socket.next()).channel).toBe(`#server-to-user-${one}`);
  });

  test("a second sign-in as the same user is accepted and replaces user_info", async () => {
    const id = fresh("u");
    const channel = fresh("presence-");
    const socket = await target.connect();
    await socket.signIn({ id, user_info: { name: "Jo" } });
    await socket.signIn({ id, user_info: { name: "Joanna" } });
    expect(membersOf(await socket.join(channel)).hash[id]).toEqual({ name: "Joanna" });
  });

  test("a refused sign-in leaves the connection without a user", async () => {
    const id = fresh("u");
    const socket = await target.connect();
    const user_data = JSON.stringify({ id });
    socket.send({ event: "pusher:signin", data: { auth: `${target.app.key}:x`, user_data } });
    await expectError(socket, /^Invalid signature/);
    socket.subscribe(`#server-to-user-${id}`);
    await expectUnauthorized(socket, `#server-to-user-${id}`);
  });
});
