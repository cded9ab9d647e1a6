import { expect, test } from "bun:test";
import type { ApiResponse } from "../support/api.ts";
import { expectClosed } from "../support/refusals.ts";
import type { TestSocket } from "../support/socket.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";

async function signedIn(target: Target, id: string): Promise<TestSocket> {
  const socket = await target.connect();
  await socket.signIn({ id });
  return socket;
}

function terminate(target: Target, id: string): Promise<ApiResponse> {
  return target.api.post(`/users/${encodeURIComponent(id)}/terminate_connections`, {});
}

describeServer("terminating a user's connections", {}, (target) => {
  test("scenario 19: the user's signed-in connections are closed with 4009, in a frame and in the close", async () => {
    const id = fresh("u");
    const sockets = await Promise.all([signedIn(target, id), signedIn(target, id)]);
    const response = await terminate(target, id);
    expect({ status: response.status, text: response.text }).toEqual({ status: 200, text: "{}" });
    for (const socket of sockets) await expectClosed(socket, 4009);
  });

  test("scenario 19: who is merely present under the same id stays, and so does everybody else", async () => {
    const id = fresh("u");
    const [user, other, member] = await Promise.all([
      signedIn(target, id),
      signedIn(target, fresh("u")),
      target.connect(),
    ]);
    await member.join(fresh("presence-"), { user_id: id });
    await terminate(target, id);
    await expectClosed(user, 4009);
    expect(await other.framesBeforePong()).toEqual([]);
    expect(await member.framesBeforePong()).toEqual([]);
  });

  test("others on the user's channels see them leave", async () => {
    const id = fresh("u");
    const channel = fresh("presence-");
    const [watcher, user] = await Promise.all([target.connect(), signedIn(target, id)]);
    await watcher.join(channel, { user_id: "watcher" });
    await user.join(channel);
    await watcher.nextEvent("pusher_internal:member_added");
    await terminate(target, id);
    await watcher.nextEvent("pusher_internal:member_removed");
  });

  test("the user may come back", async () => {
    const id = fresh("u");
    const before = await signedIn(target, id);
    await terminate(target, id);
    await before.ended();
    const after = await signedIn(target, id);
    expect(await after.framesBeforePong()).toEqual([]);
  });

  test("what a terminated connection still sends leads to nothing", async () => {
    const id = fresh("u");
    const channel = fresh("c-");
    const user = await signedIn(target, id);
    const closing = terminate(target, id);
    for (let n = 0; n < 50; n++) user.subscribe(`${channel}-${n}`);
    await closing;
    await user.ended();
    const list = await target.api.get("/channels", [["filter_by_prefix", channel]]);
    expect(list.text).toBe('{"channels":{}}');
  });

  test("a user who has no connections is answered with success", async () => {
    const response = await terminate(target, fresh("u"));
    expect({ status: response.status, text: response.text }).toEqual({ status: 200, text: "{}" });
  });

  test("the body may be empty", async () => {
    const id = fresh("u");
    const socket = await signedIn(target, id);
    const path = `/users/${id}/terminate_connections`;
    expect((await target.api.send({ method: "POST", path })).status).toBe(200);
    await expectClosed(socket, 4009);
  });

  test("the Python library's path without the app finds the app by its key", async () => {
    const id = fresh("u");
    const socket = await signedIn(target, id);
    const path = `/users/${id}/terminate_connections`;
    const response = await target.api.send({ base: "", path, body: {} });
    expect({ status: response.status, text: response.text }).toEqual({ status: 200, text: "{}" });
    await expectClosed(socket, 4009);
  });

  test("without the app in the path an unknown key is answered 401", async () => {
    const path = "/users/1/terminate_connections";
    const unknown = { ...target.app, key: "nosuchkey" };
    expect((await target.api.send({ base: "", path, body: {}, app: unknown })).status).toBe(401);
    const none = await target.api.send({ base: "", path, body: {}, auth: { auth_key: null } });
    expect(none.status).toBe(401);
  });

  test("without the app in the path the signature still counts", async () => {
    const id = fresh("u");
    const socket = await signedIn(target, id);
    const path = `/users/${id}/terminate_connections`;
    const forged = { ...target.app, secret: "guess" };
    expect((await target.api.send({ base: "", path, body: {}, app: forged })).status).toBe(401);
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test.each([" a b", "/slash", "?question", "%25", "ü🎉", ":colon"])(
    "an id that needs escaping names the user: '%s'",
    async (suffix) => {
      const id = fresh("u") + suffix;
      const socket = await signedIn(target, id);
      expect((await terminate(target, id)).status).toBe(200);
      await expectClosed(socket, 4009);
    },
  );
});
