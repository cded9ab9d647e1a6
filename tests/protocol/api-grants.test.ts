import { describe, expect, test } from "bun:test";
import { metricsOf, sumOf } from "../support/metrics.ts";
import { expectClosed } from "../support/refusals.ts";
import { dataOf, type TestSocket } from "../support/socket.ts";
import { describeServer, fresh } from "../support/target.ts";

describeServer("POST /apps/{id}/grants/revoke", { usher: true }, (target) => {
  const revoke = async (body: object) => {
    const { status, text } = await target.api.send({
      path: "/grants/revoke",
      body,
      headers: { accept: "application/json" },
    });
    return { status, answer: JSON.parse(text) as Record<string, unknown> };
  };
  const member = async (channel: string, userId: string): Promise<TestSocket> => {
    const socket = await target.connect();
    await socket.join(channel, { user_id: userId });
    return socket;
  };
  const ended = (connections: number, subscriptions: number, signIns: number, within: number) => ({
    ended: { connections, subscriptions, sign_ins: signIns, within_seconds: within },
  });

  test("takes a channel back from a user: a frame, nothing more, and member_removed for the others", async () => {
    const channel = fresh("presence-");
    const ann = await member(channel, "1");
    const bob = await member(channel, "2");
    await ann.nextEvent("pusher_internal:member_added");
    const { status, answer } = await revoke({ channel, user_id: "1", reason: "Be kind" });
    expect([status, answer]).toEqual([200, ended(1, 1, 0, 0)]);
    const frame = await ann.nextEvent("pusher:subscription_error");
    expect(frame.channel).toBe(channel);
    expect(dataOf(frame)).toEqual({
      type: "AuthError",
      error: `The authorization for ${channel} was taken back: Be kind`,
      status: 403,
      code: "grant_revoked",
    });
    await bob.nextEvent("pusher_internal:member_removed");
    await target.api.trigger({ name: "e", data: "x", channels: [channel] });
    await bob.nextEvent("e");
    expect(await ann.framesBeforePong()).toEqual([]);
    // The client may clear up after it, and asks anew on another connection.
    ann.unsubscribe(channel);
    expect(await ann.framesBeforePong()).toEqual([]);
    ann.subscribe(channel, { auth: ann.authFor(channel, "{}"), channel_data: "{}" });
    await ann.nextEvent("pusher:subscription_error");
    await ann.nextEvent("pusher:error");
    const channelData = JSON.stringify({ user_id: "1" });
    ann.subscribe(channel, { auth: ann.authFor(channel, channelData), channel_data: channelData });
    await expectClosed(ann, 4200);
    await member(channel, "1");
    await bob.nextEvent("pusher_internal:member_added");
  });

  test("takes all back from a connection: a frame for each channel, and then 4200", async () => {
    const [first, second] = [fresh("private-"), fresh("private-")];
    const ann = await target.connect();
    await ann.signIn({ id: fresh("u") });
    for (const channel of [first, second, fresh("public-")]) await ann.join(channel);
    const { answer } = await revoke({ socket_id: ann.socketId });
    expect(answer).toEqual(ended(1, 2, 1, 1));
    for (const channel of [first, second]) {
      expect((await ann.nextEvent("pusher:subscription_error")).channel).toBe(channel);
    }
    await expectClosed(ann, 4200);
  });

  test("bans a user with 4009, and shows the ban", async () => {
    const userId = fresh("u");
    const ann = await target.connect();
    await ann.signIn({ id: userId });
    const tab = await member(fresh("presence-"), userId);
    const { answer } = await revoke({ user_id: userId, ban_seconds: 600, reason: "Spam" });
    expect(answer).toEqual({
      ...ended(2, 1, 1, 0),
      restriction: {
        id: expect.stringMatching(/^ban_/),
        kind: "ban",
        user_id: userId,
        until: expect.stringMatching(/^\d{4}-.*Z$/),
        reason: "Spam",
      },
    });
    for (const socket of [ann, tab]) await expectClosed(socket, 4009);
    const again = await target.connect();
    again.sendSignIn({ id: userId });
    await expectClosed(again, 4009);
  });

  test("refuses signatures for connections from before, used or not, and accepts those of newer ones", async () => {
    const channel = fresh("private-");
    const [ann, bob, cid] = [await target.connect(), await target.connect(), await target.connect()];
    await ann.join(channel);
    const other = fresh("private-");
    await cid.join(other);
    const { answer } = await revoke({ channel, not_before: true });
    expect(answer).toEqual({
      ...ended(1, 1, 0, 1),
      restriction: {
        id: expect.stringMatching(/^before_/),
        kind: "not_before",
        channel,
        user_id: null,
        at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    });
    await expectClosed(ann, 4200);
    bob.subscribe(channel, { auth: bob.authFor(channel) });
    await expectClosed(bob, 4200);
    expect(await cid.framesBeforePong()).toEqual([]);
    const dan = await target.connect();
    await dan.join(channel);
  });

  test("counts what it ended, by cause", async () => {
    const channel = fresh("private-");
    const before = await metricsOf(target.process);
    const ann = await target.connect();
    await ann.join(channel);
    await revoke({ channel });
    await ann.nextEvent("pusher:subscription_error");
    const name = `usher_grants_ended_total{app_id="${target.app.id}",cause="revoked"}`;
    expect(sumOf(await metricsOf(target.process), name) - sumOf(before, name)).toBe(1);
  });

  test("answers with zeros where there is nobody", async () => {
    expect(await revoke({ channel: fresh("private-"), user_id: "nobody" })).toEqual({
      status: 200,
      answer: ended(0, 0, 0, 0),
    });
  });

  describe("refuses", () => {
    test.each([
      [{}, "http_parameter_invalid"],
      [{ channel: "private-a", userId: "7" }, "http_parameter_invalid"],
      [{ channel: "news" }, "grant_not_needed"],
      [{ channel: "private-a b" }, "channel_name_invalid"],
    ])("%j with %s", async (body, code) => {
      expect(await revoke(body)).toMatchObject({ status: 400, answer: { error: { code } } });
    });

    test("parameters that stand in the query, whoever is meant by them", async () => {
      const channel = fresh("private-");
      const response = await target.api.send({
        method: "POST",
        path: "/grants/revoke",
        query: [["channel", channel]],
        body: {},
      });
      expect(response.status).toBe(400);
    });

    test("a request that is not signed, or with another method", async () => {
      const body = { channel: "private-a" };
      const app = { ...target.app, secret: "wrong" };
      expect((await target.api.send({ path: "/grants/revoke", body, app })).status).toBe(401);
      expect((await target.api.get("/grants/revoke")).status).toBe(405);
      expect((await target.api.get("/grants/other")).status).toBe(404);
      expect((await target.api.get("/grants")).status).toBe(404);
    });
  });
});
