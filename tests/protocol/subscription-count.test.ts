import { expect, test } from "bun:test";
import { dataOf, type Frame, type TestSocket } from "../support/socket.ts";
import { describeServer, fresh } from "../support/target.ts";

async function nextCount(socket: TestSocket, channel: string, ms?: number): Promise<unknown> {
  const frame = await socket.nextEvent("pusher_internal:subscription_count", ms);
  expect(frame.channel).toBe(channel);
  return dataOf(frame).subscription_count;
}

describeServer("subscription counting", { settings: { subscription_counting: true } }, (target) => {
  test.each(["c-", "private-", "cache-"])(
    "every subscriber of a %s channel learns every change, the newcomer after its own success",
    async (prefix) => {
      const channel = fresh(prefix);
      const skipCacheMiss = async (socket: TestSocket): Promise<void> => {
        if (prefix === "cache-") await socket.nextEvent("pusher:cache_miss");
      };
      const [one, two] = await Promise.all([target.connect(), target.connect()]);
      await one.join(channel);
      await skipCacheMiss(one);
      expect(await nextCount(one, channel)).toBe(1);
      await two.join(channel);
      await skipCacheMiss(two);
      expect(await nextCount(two, channel)).toBe(2);
      expect(await nextCount(one, channel)).toBe(2);
      two.unsubscribe(channel);
      expect(await nextCount(one, channel)).toBe(1);
      expect(await two.framesBeforePong()).toEqual([]);
      await two.join(channel);
      await skipCacheMiss(two);
      expect(await nextCount(one, channel)).toBe(2);
      await two.close();
      expect(await nextCount(one, channel)).toBe(1);
    },
  );

  test("the count is a JSON string that holds a number", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    expect(await socket.next()).toEqual({
      event: "pusher_internal:subscription_count",
      channel,
      data: '{"subscription_count":1}',
    });
  });

  test("presence channels have no subscription count", async () => {
    const channel = fresh("presence-");
    const socket = await target.connect();
    await socket.join(channel, { user_id: "1" });
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("a second subscription of one connection changes no count", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    await nextCount(socket, channel);
    await socket.join(channel);
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("the channel of a signed-in user has no count", async () => {
    const id = fresh("u");
    const socket = await target.connect();
    await socket.signIn({ id });
    await socket.join(`#server-to-user-${id}`);
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("scenario 16: above 100 connections the count is throttled to one in five seconds, and the last one arrives", async () => {
    const channel = fresh("c-");
    const watcher = await target.connect();
    await watcher.join(channel);
    expect(await nextCount(watcher, channel)).toBe(1);
    const others = await Promise.all(Array.from({ length: 119 }, () => target.connect()));
    await Promise.all(others.map((socket) => socket.join(channel)));

    const counts = (await watcher.framesBeforePong()).map((frame: Frame) => dataOf(frame).subscription_count);
    // Up to 100 all of them; of the 20 above at most the odd one, should the joining have taken five seconds. Nodes tell each
    // other of all that came at once as one count.
    const upTo100 = counts.filter((count) => Number(count) <= 100);
    if (target.nodeCount === 1) expect(upTo100).toEqual(Array.from({ length: 99 }, (_, index) => index + 2));
    else expect(upTo100).toEqual(upTo100.toSorted((a, b) => Number(a) - Number(b)));
    expect(counts.length).toBeLessThan(119);
    if (counts.at(-1) !== 120) expect(await nextCount(watcher, channel, 10_000)).toBe(120);
  });
});

describeServer("without subscription counting", {}, (target) => {
  test("no counts are sent", async () => {
    const channel = fresh("c-");
    const [one, two] = await Promise.all([target.connect(), target.connect()]);
    await one.join(channel);
    await two.join(channel);
    expect(await one.framesBeforePong()).toEqual([]);
    expect(await two.framesBeforePong()).toEqual([]);
  });
});
