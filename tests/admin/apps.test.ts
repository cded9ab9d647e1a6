import { expect, test } from "bun:test";
import { Admin } from "../support/admin.ts";
import { Api } from "../support/api.ts";
import { TestSocket } from "../support/socket.ts";
import { describeServer, fresh } from "../support/target.ts";

describeServer("apps through the admin API of a running server", { usher: true }, (target) => {
  const admin = new Admin(() => target.process);

  async function makeApp(settings: object = {}) {
    const { credentials } = await admin.done("POST", "/apps", { settings });
    const app = { id: credentials.app_id, key: credentials.key, secret: credentials.secret };
    const connect = async () => {
      const socket = new TestSocket(`ws://${target.host}:${target.port}/app/${app.key}?protocol=7`, app);
      await socket.established();
      return socket;
    };
    return { app, path: `/apps/${app.id}`, api: new Api(target.httpUrl, app), connect };
  }

  test("a new app is served by the time that it is answered", async () => {
    const { connect, api } = await makeApp();
    const socket = await connect();
    await socket.join("private-a");
    await api.trigger({ name: "e", data: "1", channels: ["private-a"] });
    expect(await socket.next()).toEqual({ event: "e", channel: "private-a", data: "1" });
    await socket.close();
  });

  test("a setting holds by the time that its change is answered", async () => {
    const { connect, path } = await makeApp();
    const [ann, bob] = [await connect(), await connect()];
    for (const socket of [ann, bob]) await socket.join("private-a");
    await admin.done("PATCH", path, { settings: { client_events: true } });
    ann.send({ event: "client-x", channel: "private-a", data: "1" });
    expect(await bob.next()).toMatchObject({ event: "client-x" });
    await Promise.all([ann.close(), bob.close()]);
  });

  test("disabling an app sends its clients away with 4003, and nobody gets in until it is enabled", async () => {
    const { connect, path, api, app } = await makeApp();
    const socket = await connect();
    await admin.done("PATCH", path, { enabled: false });
    expect((await socket.ended()).code).toBe(4003);
    expect((await api.get("/channels")).status).toBe(403);
    const refused = await admin.ask("POST", `${path}/events`, { name: "e", data: "1", channels: ["c"] });
    expect(refused).toMatchObject({ status: 409, body: { error: { code: "app_disabled" } } });
    const late = new TestSocket(`ws://${target.host}:${target.port}/app/${app.key}?protocol=7`, app);
    expect((await late.ended()).code).toBe(4003);
    await admin.done("PATCH", path, { enabled: true });
    await (await connect()).close();
  });

  test("deleting an app sends its clients away with 4001", async () => {
    const { connect, path, app, api } = await makeApp();
    const socket = await connect();
    await admin.done("DELETE", `${path}?confirm=${app.id}`);
    expect((await socket.ended()).code).toBe(4001);
    expect((await api.get("/channels")).status).toBe(404);
  });

  test("a key that is removed takes its clients along, and those of other keys stay", async () => {
    const { connect, path, app } = await makeApp();
    const { credentials } = await admin.done("POST", `${path}/keys`, {});
    const second = { id: app.id, key: credentials.key, secret: credentials.secret };
    const stays = new TestSocket(`ws://${target.host}:${target.port}/app/${second.key}?protocol=7`, second);
    await stays.established();
    await stays.join(fresh("private-"));
    const goes = await connect();
    await admin.done("DELETE", `${path}/keys/${app.key}`);
    expect((await goes.ended()).code).toBe(4001);
    expect(await stays.framesBeforePong()).toEqual([]);
    await stays.close();
  });

  test("an app that is imported is served by the time that it is answered", async () => {
    const apps = [{ id: "moved-in", keys: [{ key: "moved-in-key", secrets: [{ value: "short" }] }] }];
    await admin.done("POST", "/import", { apps });
    const api = new Api(target.httpUrl, { id: "moved-in", key: "moved-in-key", secret: "short" });
    expect((await api.get("/channels")).status).toBe(200);
  });
});
