import { expect, test } from "bun:test";
import { membersOf } from "../support/presence.ts";
import { OPCODE, RawSocket } from "../support/raw-socket.ts";
import { channelAuth } from "../support/sign.ts";
import { dataOf } from "../support/socket.ts";
import { describeServer, fresh } from "../support/target.ts";

const JO = { user_id: "10", user_info: { name: "Jo" } };
const KIM = { user_id: "11", user_info: { name: "Kim" } };

describeServer("presence channels", {}, (target) => {
  test("a newcomer gets the members as a JSON string, itself included", async () => {
    const channel = fresh("presence-");
    const socket = await target.connect();
    const frame = await socket.join(channel, JO);
    expect(frame.channel).toBe(channel);
    expect(dataOf(frame)).toEqual({ presence: { count: 1, ids: ["10"], hash: { "10": { name: "Jo" } } } });
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("scenario 8: two tabs of one user are one member, who is gone with the last tab", async () => {
    const channel = fresh("presence-");
    const [watcher, tab1, tab2] = await Promise.all([target.connect(), target.connect(), target.connect()]);
    await watcher.join(channel, KIM);

    expect(membersOf(await tab1.join(channel, JO)).count).toBe(2);
    const added = await watcher.nextEvent("pusher_internal:member_added");
    expect(added.channel).toBe(channel);
    expect(dataOf(added)).toEqual(JO);

    expect(membersOf(await tab2.join(channel, JO)).count).toBe(2);
    expect(await watcher.framesBeforePong()).toEqual([]);
    expect(await tab1.framesBeforePong()).toEqual([]);

    await tab1.close();
    expect(await watcher.framesBeforePong()).toEqual([]);
    tab2.unsubscribe(channel);
    await tab2.framesBeforePong();
    const removed = await watcher.nextEvent("pusher_internal:member_removed");
    expect(removed.channel).toBe(channel);
    expect(dataOf(removed)).toEqual({ user_id: "10" });
    expect(await watcher.framesBeforePong()).toEqual([]);
  });

  test("member_added goes to the others and not to the newcomer", async () => {
    const channel = fresh("presence-");
    const [first, second, third] = await Promise.all([target.connect(), target.connect(), target.connect()]);
    await first.join(channel, { user_id: "1" });
    await second.join(channel, { user_id: "2" });
    await third.join(channel, { user_id: "3" });
    const idsBeforePong = async (socket: typeof first): Promise<unknown[]> =>
      (await socket.framesBeforePong()).map((frame) => [frame.event, dataOf(frame).user_id]);
    expect(await idsBeforePong(first)).toEqual([
      ["pusher_internal:member_added", "2"],
      ["pusher_internal:member_added", "3"],
    ]);
    expect(await idsBeforePong(second)).toEqual([["pusher_internal:member_added", "3"]]);
    expect(await idsBeforePong(third)).toEqual([]);
  });

  test("a newcomer's list and the later events never disagree", async () => {
    const channel = fresh("presence-");
    const sockets = await Promise.all(Array.from({ length: 20 }, () => target.connect()));
    const lists = await Promise.all(sockets.map((socket, n) => socket.join(channel, { user_id: `u${n}` })));
    await Promise.all(
      sockets.map(async (socket, n) => {
        const list = lists[n];
        const known = new Set(list ? membersOf(list).ids : []);
        for (const frame of await socket.framesBeforePong()) {
          expect(frame.event).toBe("pusher_internal:member_added");
          const id = String(dataOf(frame).user_id);
          expect(known.has(id)).toBe(false);
          known.add(id);
        }
        expect(known.size).toBe(20);
      }),
    );
  });

  test("member_removed is sent at once when the last connection closes", async () => {
    const channel = fresh("presence-");
    const [watcher, leaver] = await Promise.all([target.connect(), target.connect()]);
    await watcher.join(channel, KIM);
    await leaver.join(channel, JO);
    await watcher.nextEvent("pusher_internal:member_added");
    await leaver.close();
    expect(dataOf(await watcher.nextEvent("pusher_internal:member_removed", 1_000))).toEqual({
      user_id: "10",
    });
  });

  test("member_removed is sent when a connection breaks without a close frame", async () => {
    const channel = fresh("presence-");
    const watcher = await target.connect();
    await watcher.join(channel, KIM);
    const raw = await RawSocket.open(target.host, target.port, target.path());
    const greeting: { data: string } = JSON.parse(await raw.nextText());
    const { socket_id }: { socket_id: string } = JSON.parse(greeting.data);
    const channel_data = JSON.stringify(JO);
    const auth = channelAuth(target.app, socket_id, channel, channel_data);
    raw.send(
      OPCODE.text,
      JSON.stringify({ event: "pusher:subscribe", data: { channel, auth, channel_data } }),
    );
    await watcher.nextEvent("pusher_internal:member_added");
    raw.destroy();
    await watcher.nextEvent("pusher_internal:member_removed");
  });

  test("a member who leaves gets no member_removed of their own", async () => {
    const channel = fresh("presence-");
    const [stayer, leaver] = await Promise.all([target.connect(), target.connect()]);
    await stayer.join(channel, KIM);
    await leaver.join(channel, JO);
    leaver.unsubscribe(channel);
    expect(await leaver.framesBeforePong()).toEqual([]);
  });

  test("a member who comes back is added again", async () => {
    const channel = fresh("presence-");
    const [watcher, visitor] = await Promise.all([target.connect(), target.connect()]);
    await watcher.join(channel, KIM);
    for (let visit = 0; visit < 3; visit++) {
      await visitor.join(channel, JO);
      await watcher.nextEvent("pusher_internal:member_added");
      visitor.unsubscribe(channel);
      await watcher.nextEvent("pusher_internal:member_removed");
    }
    expect(await watcher.framesBeforePong()).toEqual([]);
  });

  test("a second subscription of one connection adds nobody, and one unsubscription ends both", async () => {
    const channel = fresh("presence-");
    const [watcher, socket] = await Promise.all([target.connect(), target.connect()]);
    await watcher.join(channel, KIM);
    await socket.join(channel, JO);
    await watcher.nextEvent("pusher_internal:member_added");
    expect(membersOf(await socket.join(channel, JO)).count).toBe(2);
    expect(await watcher.framesBeforePong()).toEqual([]);
    socket.unsubscribe(channel);
    await watcher.nextEvent("pusher_internal:member_removed");
  });

  test("a second subscription as another user does not change who the connection is", async () => {
    const channel = fresh("presence-");
    const [watcher, socket] = await Promise.all([target.connect(), target.connect()]);
    await watcher.join(channel, KIM);
    await socket.join(channel, JO);
    await watcher.nextEvent("pusher_internal:member_added");
    const list = membersOf(await socket.join(channel, { user_id: "99" }));
    expect([...list.ids].sort()).toEqual(["10", "11"]);
    expect(await watcher.framesBeforePong()).toEqual([]);
    await socket.close();
    expect(dataOf(await watcher.nextEvent("pusher_internal:member_removed"))).toEqual({ user_id: "10" });
    expect(await watcher.framesBeforePong()).toEqual([]);
  });

  test("one connection may be different users on different channels", async () => {
    const channels = [fresh("presence-"), fresh("presence-")] as const;
    const socket = await target.connect();
    expect(membersOf(await socket.join(channels[0], { user_id: "a" })).ids).toEqual(["a"]);
    expect(membersOf(await socket.join(channels[1], { user_id: "b" })).ids).toEqual(["b"]);
  });

  test("a second tab with other user_info is not announced; newcomers see the latest", async () => {
    const channel = fresh("presence-");
    const [watcher, tab1, tab2, newcomer] = await Promise.all([
      target.connect(),
      target.connect(),
      target.connect(),
      target.connect(),
    ]);
    await watcher.join(channel, KIM);
    await tab1.join(channel, JO);
    await watcher.nextEvent("pusher_internal:member_added");
    await tab2.join(channel, { user_id: "10", user_info: { name: "Joanna" } });
    expect(await watcher.framesBeforePong()).toEqual([]);
    const { hash } = membersOf(await newcomer.join(channel, { user_id: "12" }));
    expect(hash["10"]).toEqual({ name: "Joanna" });
  });

  test("a server's events reach every tab and carry no user_id", async () => {
    const channel = fresh("presence-");
    const [tab1, tab2] = await Promise.all([target.connect(), target.connect()]);
    await tab1.join(channel, JO);
    await tab2.join(channel, JO);
    await target.api.trigger({ name: "e", data: "1", channels: [channel] });
    expect(await tab1.next()).toEqual({ event: "e", channel, data: "1" });
    expect(await tab2.next()).toEqual({ event: "e", channel, data: "1" });
  });
});
