import { afterAll, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { Api } from "../support/api.ts";
import { createApp, newDataDir } from "../support/apps.ts";
import { expectClosed, expectError, expectUnauthorized } from "../support/refusals.ts";
import { runUsher, TEST_APP } from "../support/server.ts";
import { channelAuth, userAuth } from "../support/sign.ts";
import { TestSocket } from "../support/socket.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";
import { eventually } from "../support/time-limit.ts";

const OTHER = { id: "4", key: "otherkey0otherkey0", secret: "othersecret0othersecret0" };

async function connectToOther(target: Target): Promise<TestSocket> {
  const socket = new TestSocket(`ws://${target.host}:${target.port}/app/${OTHER.key}?protocol=7`, OTHER);
  await socket.established();
  return socket;
}

let dataDir: string | undefined;

async function prepare(): Promise<{ dataDir: string }> {
  dataDir = await newDataDir();
  await createApp(dataDir, OTHER, { client_events: true });
  return { dataDir };
}

afterAll(async () => {
  if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true });
});

describeServer("two apps on one server", { settings: { client_events: true }, prepare }, (target) => {
  const otherApi = (): Api => new Api(target.httpUrl, OTHER);

  test("both apps work", async () => {
    const [one, other] = [await target.connect(), await connectToOther(target)];
    await one.join(fresh("private-"));
    await other.join(fresh("private-"));
    expect((await target.api.get("/channels")).status).toBe(200);
    expect((await otherApi().get("/channels")).status).toBe(200);
  });

  test("a channel of one app is not the channel of the same name of the other", async () => {
    const channel = fresh("presence-");
    const [one, other] = [await target.connect(), await connectToOther(target)];
    await one.join(channel, { user_id: "1" });
    await other.join(channel, { user_id: "2" });
    await otherApi().trigger({ name: "e", data: "", channels: [channel] });
    await other.nextEvent("e");
    other.send({ event: "client-x", channel, data: "" });
    expect(await other.framesBeforePong()).toEqual([]);
    expect(await one.framesBeforePong()).toEqual([]);
    expect((await target.api.get(`/channels/${channel}/users`)).text).toBe('{"users":[{"id":"1"}]}');
  });

  test("the key of another app is answered 401, whatever it signs with", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    const event = { name: "e", data: "", channels: [channel] };
    for (const app of [
      { ...OTHER, id: TEST_APP.id },
      { ...TEST_APP, key: OTHER.key },
      { ...TEST_APP, id: OTHER.id },
    ]) {
      const response = await target.api.send({ path: "/events", body: event, app });
      expect({ status: response.status, text: response.text }).toEqual({
        status: 401,
        text: expect.stringMatching(/^Unknown auth_key/),
      });
    }
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("scenario 7: a subscription signed for another app is refused", async () => {
    const channel = fresh("private-");
    const socket = await target.connect();
    socket.subscribe(channel, { auth: channelAuth(OTHER, socket.socketId, channel) });
    await expectUnauthorized(socket, channel, /^Invalid key in subscription auth data/);
    socket.subscribe(channel, {
      auth: channelAuth({ ...OTHER, key: target.app.key }, socket.socketId, channel),
    });
    await expectUnauthorized(socket, channel, /^Invalid signature/);
  });

  test("a sign-in signed for another app is refused", async () => {
    const socket = await target.connect();
    const user_data = '{"id":"1"}';
    const auth = userAuth(OTHER, socket.socketId, user_data);
    socket.send({ event: "pusher:signin", data: { auth, user_data } });
    await expectError(socket, /^Invalid key in user auth data/);
  });

  test("terminating a user of one app leaves the other app's user of that id alone", async () => {
    const id = fresh("u");
    const [one, other] = [await target.connect(), await connectToOther(target)];
    await one.signIn({ id });
    await other.signIn({ id });
    await otherApi().post(`/users/${id}/terminate_connections`, {});
    await expectClosed(other, 4009);
    expect(await one.framesBeforePong()).toEqual([]);
    await otherApi().trigger({ name: "e", data: "", channels: [`#server-to-user-${id}`] });
    expect(await one.framesBeforePong()).toEqual([]);
  });

  test("the Python library's path without the app means the app of the key", async () => {
    const id = fresh("u");
    const [one, other] = [await target.connect(), await connectToOther(target)];
    await one.signIn({ id });
    await other.signIn({ id });
    const path = `/users/${id}/terminate_connections`;
    expect((await target.api.send({ base: "", path, body: {}, app: OTHER })).status).toBe(200);
    await expectClosed(other, 4009);
    expect(await one.framesBeforePong()).toEqual([]);
  });

  test("trap 11: an app that is made without an id gets a numeric one", async () => {
    const { stdout } = await runUsher(["apps", "create", "--json"], { dataDir: target.process.dataDir });
    expect(JSON.parse(stdout)).toMatchObject({ id: expect.stringMatching(/^[1-9]\d*$/) });
  });

  test("an app that is added while the server runs can be used", async () => {
    const app = { id: "5", key: "thirdkey0thirdkey0", secret: "thirdsecret0thirdsecret0" };
    await expectClosed(target.open(`/app/${app.key}?protocol=7`), 4001);
    await createApp(target.process.dataDir, app);
    const api = new Api(target.httpUrl, app);
    const response = await eventually(
      () => api.get("/channels"),
      ({ status }) => status === 200,
    );
    expect(response.text).toBe('{"channels":{}}');
    await target.open(`/app/${app.key}?protocol=7`).established();
  });
});
