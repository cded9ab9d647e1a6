import { expect, test } from "bun:test";
import { expectAnswer, expectRefused } from "../support/answers.ts";
import type { Query } from "../support/api.ts";
import { describeServer, fresh } from "../support/target.ts";

describeServer("HTTP API: deprecated routes", {}, (target) => {
  const trigger = (channel: string, body: string | Uint8Array<ArrayBuffer>, query: Query) =>
    target.api.send({ method: "POST", path: `/channels/${channel}/events`, body, query });

  test("a trigger on one channel takes its body as the data, and is answered 202", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    for (const data of ['{"name":"not parsed"}', "plain text", "żółć 🎉", " \ufeff ", "\ufeffmarked"]) {
      expect((await trigger(channel, data, [["name", "e"]])).status).toBe(202);
      expect(await socket.next()).toEqual({ event: "e", channel, data });
    }
  });

  test("an empty body is empty data", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    const path = `/channels/${channel}/events`;
    const response = await target.api.send({ method: "POST", path, query: [["name", "e"]] });
    expect(response.status).toBe(202);
    expect(await socket.next()).toEqual({ event: "e", channel, data: "" });
  });

  test("it may leave out a connection", async () => {
    const channel = fresh("c-");
    const [excluded, other] = await Promise.all([target.connect(), target.connect()]);
    await excluded.join(channel);
    await other.join(channel);
    await trigger(channel, "x", [
      ["name", "e"],
      ["socket_id", excluded.socketId],
    ]);
    expect(await other.framesBeforePong()).toHaveLength(1);
    expect(await excluded.framesBeforePong()).toEqual([]);
  });

  test("its name and its data have the usual limits", async () => {
    const channel = fresh("c-");
    expectRefused(await trigger(channel, "x", []), 400, /^Expected name parameter/);
    expectRefused(await trigger(channel, "x", [["name", "pusher:x"]]), 400, /namespace is reserved/);
    expectRefused(await trigger(channel, "x".repeat(10_241), [["name", "e"]]), 413);
    expectRefused(await trigger("not%20valid", "x", [["name", "e"]]), 400);
  });

  test("a body that is not UTF-8 is answered 400", async () => {
    expectRefused(await trigger(fresh("c-"), Uint8Array.of(0x78, 0xff), [["name", "e"]]), 400);
  });

  test("stats of a channel tell users and connections", async () => {
    const channel = fresh("presence-");
    const [one, two] = await Promise.all([target.connect(), target.connect()]);
    await one.join(channel, { user_id: "1" });
    await two.join(channel, { user_id: "1" });
    const stats = await target.api.get(`/channels/${channel}/stats`);
    expect(stats.json()).toEqual({ occupied: true, user_count: 1, connection_count: 2 });
    const vacant = await target.api.get(`/channels/${fresh("c-")}/stats`);
    expectAnswer(vacant, '{"occupied":false,"user_count":0,"connection_count":0}');
  });
});
