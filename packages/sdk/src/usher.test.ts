import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startServer, type TestServer } from "../../../tests/support/server.ts";
import { dataOf, TestSocket } from "../../../tests/support/socket.ts";
import { Usher } from "./encrypted-usher.ts";
import { RequestError } from "./request-error.ts";
import { decryptEventData } from "./secretbox.ts";
import { VERSION } from "./version.ts";

const MASTER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

let server: TestServer;
let usher: Usher;
const sockets: TestSocket[] = [];

beforeAll(async () => {
  server = await startServer();
  usher = new Usher(optionsOf(server));
});

afterAll(async () => {
  for (const socket of sockets) await socket.close();
  await server?.stop();
});

function optionsOf({ appId, key, secret, host, port }: TestServer) {
  return { appId, key, secret, host, port, encryptionMasterKeyBase64: MASTER_KEY };
}

async function connect(): Promise<TestSocket> {
  const { host, port, appId, key, secret } = server;
  const socket = new TestSocket(`ws://${host}:${port}/app/${key}?protocol=7`, { id: appId, key, secret });
  sockets.push(socket);
  await socket.established();
  return socket;
}

/** Subscribes with what the SDK signed, as a client does with its endpoint's answer. */
async function join(socket: TestSocket, channel: string, member?: object): Promise<void> {
  const { shared_secret, ...ticket } = await usher.authorizeChannel(socket.socketId, channel, member);
  socket.subscribe(channel, ticket);
  await socket.nextEvent("pusher_internal:subscription_succeeded");
}

describe("with a real server", () => {
  test("trigger reaches a private channel that authorizeChannel let a client join", async () => {
    const socket = await connect();
    await join(socket, "private-orders");
    const response = await usher.trigger("private-orders", "shipped", { id: 7, to: "Łódź" });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({});
    expect(await socket.nextEvent("shipped")).toEqual({
      event: "shipped",
      channel: "private-orders",
      data: '{"id":7,"to":"Łódź"}',
    });
  });

  test("trigger leaves out the connection that is named, as an object or as text", async () => {
    const [one, other] = [await connect(), await connect()];
    for (const socket of [one, other]) await join(socket, "private-left-out");
    await usher.trigger("private-left-out", "first", "1", { socket_id: one.socketId });
    await usher.trigger("private-left-out", "second", "2", one.socketId);
    expect(await one.framesBeforePong()).toEqual([]);
    expect((await other.framesBeforePong()).map(({ event, data }) => [event, data])).toEqual([
      ["first", "1"],
      ["second", "2"],
    ]);
  });

  test("triggerBatch delivers in order and answers for each event", async () => {
    const socket = await connect();
    await join(socket, "presence-batch", { user_id: "7", user_info: { name: "Jo" } });
    const response = await usher.triggerBatch([
      { channel: "presence-batch", name: "one", data: { n: 1 }, info: "user_count" },
      { channel: "presence-batch", name: "two", data: "2", socket_id: socket.socketId },
      { channel: "presence-batch", name: "three", data: [3] },
    ]);
    expect(await response.json()).toEqual({ batch: [{ user_count: 1 }, {}, {}] });
    expect(await socket.nextEvent("one")).toMatchObject({ data: '{"n":1}' });
    expect(await socket.nextEvent("three")).toMatchObject({ data: "[3]" });
  });

  test("users sign in by authenticateUser, hear sendToUser, and leave by terminateUserConnections", async () => {
    for (const id of ["user-7", "żółć / 100% & more?", "a+b"]) {
      const socket = await connect();
      socket.send({ event: "pusher:signin", data: await usher.authenticateUser(socket.socketId, { id }) });
      expect(dataOf(await socket.nextEvent("pusher:signin_success"))).toMatchObject({
        user_data: JSON.stringify({ id }),
      });
      await usher.sendToUser(id, "notice", { text: "Hello" });
      expect(await socket.nextEvent("notice")).toMatchObject({ data: '{"text":"Hello"}' });
      expect((await usher.terminateUserConnections(id)).status).toBe(200);
      await socket.nextEvent("pusher:error");
      expect((await socket.ended()).code).toBe(4009);
    }
  });

  test("revokeGrants ends what is held, and says how much that was", async () => {
    const [one, other] = [await connect(), await connect()];
    await join(one, "presence-revoked", { user_id: "7" });
    await join(other, "presence-revoked", { user_id: "8" });
    await one.nextEvent("pusher_internal:member_added");
    const revoked = await usher.revokeGrants({ channel: "presence-revoked", userId: "7", reason: "Be kind" });
    expect(revoked).toEqual({ ended: { connections: 1, subscriptions: 1, signIns: 0, withinSeconds: 0 } });
    expect(dataOf(await one.nextEvent("pusher:subscription_error"))).toMatchObject({
      type: "AuthError",
      status: 403,
      code: "grant_revoked",
      error: "The authorization for presence-revoked was taken back: Be kind",
    });
    await other.nextEvent("pusher_internal:member_removed");
  });

  test("revokeGrants answers with what lasts: a ban, a watermark", async () => {
    const { restriction: ban } = await usher.revokeGrants({
      userId: "banned",
      banSeconds: 60,
      reason: "Spam",
    });
    expect(ban).toMatchObject({ kind: "ban", userId: "banned", reason: "Spam" });
    const socket = await connect();
    socket.send({
      event: "pusher:signin",
      data: await usher.authenticateUser(socket.socketId, { id: "banned" }),
    });
    expect((await socket.ended()).code).toBe(4009);
    const { restriction } = await usher.revokeGrants({ channel: "private-old", notBefore: true });
    expect(restriction).toMatchObject({ kind: "not_before", channel: "private-old", userId: null });
  });

  test("get asks about channels, with parameters of any text", async () => {
    const socket = await connect();
    await join(socket, "presence-asked", { user_id: 7 });
    const ask = async (path: string, params: Record<string, string | string[]> = {}): Promise<unknown> =>
      (await usher.get({ path, params })).json();
    expect(await ask("/channels", { filter_by_prefix: "presence-asked", info: "user_count" })).toEqual({
      channels: { "presence-asked": { user_count: 1 } },
    });
    expect(await ask("/channels/presence-asked", { info: ["user_count"] })).toEqual({
      occupied: true,
      user_count: 1,
    });
    expect(await ask("/channels/presence-asked/users")).toEqual({ users: [{ id: "7" }] });
    for (const odd of ["a b+c", "100%", "x&y=z#?", "żółć\t\n", "%2B"]) {
      expect(await ask("/channels", { filter_by_prefix: odd })).toEqual({ channels: {} });
    }
  });

  test("post sends what has no method of its own", async () => {
    const socket = await connect();
    await join(socket, "private-posted");
    await usher.post({ path: "/events", body: { name: "raw", data: "x", channel: "private-posted" } });
    expect(await socket.nextEvent("raw")).toMatchObject({ data: "x" });
    await usher.post({ path: "/channels/private-posted/events", params: { name: "old" }, body: { x: 1 } });
    expect(await socket.nextEvent("old")).toMatchObject({ data: '{"x":1}' });
  });

  test("createSignedQueryString signs for another HTTP client", async () => {
    const path = `/apps/${server.appId}/channels`;
    const query = await usher.createSignedQueryString({
      method: "get",
      path,
      params: { filter_by_prefix: "x y" },
    });
    const response = await fetch(`http://${server.host}:${server.port}${path}?${query}`);
    expect(await response.json()).toEqual({ channels: {} });
  });

  test("events on an encrypted channel are read by those who were authorized, and by nobody else", async () => {
    const socket = await connect();
    const channel = "private-encrypted-orders";
    const { shared_secret: sharedSecret = "" } = await usher.authorizeChannel(socket.socketId, channel);
    await join(socket, channel);
    await usher.trigger(channel, "shipped", { secret: "s3cret" });
    const { data } = await socket.nextEvent("shipped");
    expect(String(data)).not.toContain("s3cret");
    expect(decryptEventData(String(data), sharedSecret)).toEqual({ secret: "s3cret" });
    await usher.triggerBatch([{ channel, name: "again", data: "text" }]);
    const again = await socket.nextEvent("again");
    expect(decryptEventData(String(again.data), sharedSecret)).toBe("text");
  });

  test("a refusal has Usher's code and hint", async () => {
    const wrong = new Usher({ ...optionsOf(server), secret: "wrong" });
    const refused = wrong.trigger("c", "e", {});
    await expect(refused).rejects.toBeInstanceOf(RequestError);
    await expect(refused).rejects.toMatchObject({
      name: "PusherRequestError",
      status: 401,
      code: "http_auth_signature_mismatch",
      hint: expect.stringMatching(/\w/),
      attempts: 1,
      mayHaveBeenDelivered: false,
    });
    await expect(usher.trigger("c", "e", "x".repeat(20_000))).rejects.toMatchObject({
      status: 413,
      code: "event_data_too_large",
    });
    await expect(usher.trigger("c", "pusher:error", {})).rejects.toMatchObject({
      code: "event_name_reserved",
    });
    await expect(usher.get({ path: "/nowhere" })).rejects.toMatchObject({
      status: 404,
      code: "http_not_found",
    });
    const otherApp = new Usher({ ...optionsOf(server), appId: "4" });
    await expect(otherApp.get({ path: "/channels" })).rejects.toMatchObject({ code: "http_app_not_found" });
  });

  test("forURL has all that is needed", async () => {
    const { key, secret, host, port, appId } = server;
    const fromUrl = Usher.forURL(`http://${key}:${secret}@${host}:${port}/apps/${appId}`);
    expect((await fromUrl.trigger("c", "e", {})).status).toBe(200);
  });
});

test("a server behind a path prefix is reached, and finds the signature right", async () => {
  const prefixed = await startServer({ env: { USHER_PATH_PREFIX: "/realtime" } });
  try {
    const app = new Usher({ ...optionsOf(prefixed), pathPrefix: "/realtime" });
    expect((await app.trigger("c", "e", {})).status).toBe(200);
  } finally {
    await prefixed.stop();
  }
});

test("forCluster names the hosted service's host", async () => {
  const asked: string[] = [];
  const app = Usher.forCluster("eu", {
    appId: 3,
    key: "k",
    secret: "s",
    useTLS: true,
    fetch: async (url) => {
      asked.push(url);
      return Response.json({});
    },
  });
  await app.get({ path: "/channels" });
  expect(asked[0]).toStartWith("https://api-eu.pusher.com/apps/3/channels?");
});

test("the version is that of the package", async () => {
  const { version } = await Bun.file(new URL("../package.json", import.meta.url)).json();
  expect(VERSION).toBe(version);
});
