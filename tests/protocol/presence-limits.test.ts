import { expect, test } from "bun:test";
import { membersOf } from "../support/presence.ts";
import { expectRefusedSubscription, expectUnauthorized } from "../support/refusals.ts";
import { describeServer, fresh } from "../support/target.ts";

describeServer("presence limits", {}, (target) => {
  test("scenario 11: the 101st user is refused, a second tab of a member is not", async () => {
    const channel = fresh("presence-");
    const sockets = await Promise.all(Array.from({ length: 100 }, () => target.connect()));
    await Promise.all(sockets.map((socket, n) => socket.join(channel, { user_id: String(n) })));

    await target.settle();
    const latecomer = await target.connect();
    const channel_data = '{"user_id":"100"}';
    const auth = latecomer.authFor(channel, channel_data);
    latecomer.subscribe(channel, { auth, channel_data });
    await expectRefusedSubscription(latecomer, channel, { type: "LimitReached", status: 4100 });

    const secondTab = await target.connect();
    expect(membersOf(await secondTab.join(channel, { user_id: "0" })).count).toBe(100);

    sockets[99]?.unsubscribe(channel);
    await sockets[99]?.framesBeforePong();
    expect(membersOf(await latecomer.join(channel, channel_data)).count).toBe(100);
  });

  test("a member may take 1024 bytes and no more", async () => {
    const member = (bytes: number): string =>
      `{"user_id":"1","user_info":"${"x".repeat(bytes - 1 - '""'.length)}"}`;
    const socket = await target.connect();
    await socket.join(fresh("presence-"), member(1024));

    const channel = fresh("presence-");
    const channel_data = member(1025);
    socket.subscribe(channel, { auth: socket.authFor(channel, channel_data), channel_data });
    await expectRefusedSubscription(socket, channel, { type: "LimitReached", status: 4301 });
  });

  test("the bytes of a member are those of UTF-8", async () => {
    const channel = fresh("presence-");
    const socket = await target.connect();
    const channel_data = `{"user_id":"1","user_info":"${"é".repeat(600)}"}`;
    socket.subscribe(channel, { auth: socket.authFor(channel, channel_data), channel_data });
    await expectRefusedSubscription(socket, channel, { type: "LimitReached", status: 4301 });
  });

  test("a signed-in user who is too large for a presence channel is refused there", async () => {
    const channel = fresh("presence-");
    const socket = await target.connect();
    await socket.signIn({ id: fresh("u"), user_info: { text: "x".repeat(1100) } });
    socket.subscribe(channel, { auth: socket.authFor(channel) });
    await expectRefusedSubscription(socket, channel, { type: "LimitReached", status: 4301 });
  });

  test("a user_id may have 128 characters and no more", async () => {
    const socket = await target.connect();
    await socket.join(fresh("presence-"), { user_id: "x".repeat(128) });
    const channel = fresh("presence-");
    const channel_data = JSON.stringify({ user_id: "x".repeat(129) });
    socket.subscribe(channel, { auth: socket.authFor(channel, channel_data), channel_data });
    await expectUnauthorized(socket, channel);
  });
});

const LIMITS = { members: 2, member_bytes: 20, user_id_length: 5 };

describeServer("presence limits of an app", { settings: { presence_limits: LIMITS } }, (target) => {
  test("each limit is the app's own", async () => {
    const channel = fresh("presence-");
    const [one, two, three] = await Promise.all([target.connect(), target.connect(), target.connect()]);
    await one.join(channel, { user_id: "1" });
    await two.join(channel, { user_id: "2" });
    await target.settle();
    const refused = async (member: object, wanted: { type: string; status: number }): Promise<void> => {
      const channel_data = JSON.stringify(member);
      three.subscribe(channel, { auth: three.authFor(channel, channel_data), channel_data });
      await expectRefusedSubscription(three, channel, wanted);
    };
    await refused({ user_id: "3" }, { type: "LimitReached", status: 4100 });
    await refused({ user_id: "1", user_info: "x".repeat(18) }, { type: "LimitReached", status: 4301 });
    await refused({ user_id: "123456" }, { type: "AuthError", status: 401 });
    await three.join(channel, { user_id: "1", user_info: "x".repeat(17) });
  });

  test("a channel of other members has room of its own", async () => {
    const socket = await target.connect();
    expect(membersOf(await socket.join(fresh("presence-"), { user_id: "9" })).count).toBe(1);
  });
});
