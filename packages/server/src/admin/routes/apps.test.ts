import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { openStoreOnlyAdmin, type StoreOnlyAdmin } from "../testing/admin-client.ts";

let admin: StoreOnlyAdmin;

beforeEach(async () => {
  admin = await openStoreOnlyAdmin();
});

afterEach(() => admin.close());

const actions = async () =>
  (await admin.store.audit.list({ limit: 100 })).map(({ action }) => action).toReversed();

describe("an app", () => {
  test("is made with everything generated, and its secret is shown that once", async () => {
    const made = await admin.ask("POST", "/apps", {});
    expect(made.status).toBe(201);
    const { app, credentials } = made.body;
    expect(credentials).toEqual({
      app_id: expect.stringMatching(/^\d+$/),
      key: expect.stringMatching(/^[0-9a-f]{20}$/),
      secret: expect.stringMatching(/^[0-9a-f]{48}$/),
    });
    expect(app).toMatchObject({ id: credentials.app_id, enabled: true, settings: {}, live: null });
    expect(app.keys).toHaveLength(1);
    expect(app.keys[0].secrets).toEqual([expect.objectContaining({ state: "current", retire_at: null })]);

    const shown = await admin.ask("GET", `/apps/${app.id}`);
    expect(shown.body).toEqual(app);
    expect(shown.text).not.toContain(credentials.secret);
    expect((await admin.ask("GET", "/apps")).body).toEqual({ items: [app], next_cursor: null });
  });

  test("is made with what was given", async () => {
    const given = {
      id: "7",
      name: " Shop ",
      key: "key-of-7",
      secret: "a secret that is given".replaceAll(" ", "-"),
      settings: { client_events: true },
    };
    const { body } = await admin.ask("POST", "/apps", given);
    expect(body.app).toMatchObject({ id: "7", name: "Shop", settings: { client_events: true } });
    expect(body.credentials).toEqual({ app_id: "7", key: "key-of-7", secret: given.secret });
    const twice = await admin.ask("POST", "/apps", { ...given, key: "another" });
    expect(twice).toMatchObject({ status: 409, body: { error: { code: "app_exists" } } });
    const key = await admin.ask("POST", "/apps", { ...given, id: "8" });
    expect(key).toMatchObject({ status: 409, body: { error: { code: "key_taken" } } });
  });

  test.each([
    [{ id: "a/b" }, "body.id"],
    [{ key: "a b" }, "body.key"],
    [{ secret: "too-short" }, "body.secret"],
    [{ secret: "sixteen and more, with spaces" }, "body.secret"],
    [{ name: "" }, "body.name"],
    [{ settings: { batch_size: "ten" } }, "body.settings.batch_size"],
    [{ settings: { bach_size: 10 } }, "body.settings.bach_size"],
    [{ sekret: "x" }, "body.sekret"],
  ])("is refused with the name of the field for %j", async (body, field) => {
    const refused = await admin.ask("POST", "/apps", body);
    expect(refused.status).toBe(400);
    expect(refused.body.error).toMatchObject({ code: "invalid_request", fields: [{ field }] });
    expect(refused.text).not.toContain("sixteen and more");
    expect(await actions()).toEqual([]);
  });

  test("changes in what is given, and inherits again what is null", async () => {
    await admin.ask("POST", "/apps", { id: "7", settings: { client_events: true, batch_size: 20 } });
    const changed = await admin.ask("PATCH", "/apps/7", {
      name: "New",
      enabled: false,
      settings: { batch_size: null, presence_limits: { members: 5 } },
    });
    expect(changed).toMatchObject({
      status: 200,
      body: {
        name: "New",
        enabled: false,
        settings: { client_events: true, presence_limits: { members: 5 } },
      },
    });
    expect((await admin.ask("GET", "/apps/7")).body).toEqual(changed.body);
    expect(await actions()).toEqual(["app.create", "app.update"]);
  });

  test("writes no audit entry when nothing changes", async () => {
    await admin.ask("POST", "/apps", { id: "7", name: "Shop", settings: { batch_size: 20 } });
    for (const same of [
      {},
      { name: "Shop" },
      { enabled: true },
      { settings: { batch_size: 20, strict: null } },
    ]) {
      expect((await admin.ask("PATCH", "/apps/7", same)).status).toBe(200);
    }
    expect(await actions()).toEqual(["app.create"]);
  });

  test("keeps both of two changes that are made at the same time", async () => {
    await admin.ask("POST", "/apps", { id: "7" });
    await Promise.all([
      admin.ask("PATCH", "/apps/7", { settings: { batch_size: 20 } }),
      admin.ask("PATCH", "/apps/7", { settings: { strict: true } }),
    ]);
    expect((await admin.ask("GET", "/apps/7")).body.settings).toEqual({ batch_size: 20, strict: true });
  });

  test("refuses a change that does not fit, by the setting's name, and changes nothing", async () => {
    await admin.ask("POST", "/apps", { id: "7" });
    const refused = await admin.ask("PATCH", "/apps/7", {
      name: "New",
      settings: { presence_limits: { members: 0 }, client_evnts: true },
    });
    expect(refused.body.error.fields).toEqual([
      {
        field: "body.settings.presence_limits.members",
        message: expect.stringContaining("a whole number from 1"),
      },
      {
        field: "body.settings.client_evnts",
        message: expect.stringContaining("Did you mean client_events?"),
      },
    ]);
    expect((await admin.ask("GET", "/apps/7")).body.name).not.toBe("New");
  });

  test("is deleted only when its id is repeated", async () => {
    await admin.ask("POST", "/apps", { id: "7" });
    for (const query of ["", "?confirm=8"]) {
      const refused = await admin.ask("DELETE", `/apps/7${query}`);
      expect(refused).toMatchObject({ status: 400, body: { error: { code: "confirmation_missing" } } });
    }
    expect((await admin.ask("DELETE", "/apps/7?confirm=7")).status).toBe(204);
    expect((await admin.ask("DELETE", "/apps/7?confirm=7")).body.error.code).toBe("app_not_found");
    expect(await actions()).toEqual(["app.create", "app.delete"]);
  });

  test("that is not there is refused everywhere", async () => {
    for (const [method, path, body] of [
      ["GET", "/apps/9"],
      ["PATCH", "/apps/9", {}],
      ["GET", "/apps/9/settings"],
      ["POST", "/apps/9/keys", {}],
      ["DELETE", "/apps/9/keys/k"],
      ["GET", "/apps/9/keys/k/secrets"],
      ["POST", "/apps/9/keys/k/secrets/rotate", {}],
      ["POST", "/apps/9/keys/k/secrets/activate", {}],
      ["POST", "/apps/9/keys/k/secrets/undo"],
      ["POST", "/apps/9/keys/k/secrets/cancel"],
      ["POST", "/apps/9/keys/k/secrets/revoke", { which: "current" }],
      ["POST", "/apps/9/keys/k/secrets/s/reveal"],
      ["GET", "/apps/9/grants"],
      ["POST", "/apps/9/grants/revoke", { not_before: true }],
      ["DELETE", "/apps/9/grants/g"],
      ["GET", "/apps/9/channels"],
      ["GET", "/apps/9/channels/c"],
      ["GET", "/apps/9/channels/c/members"],
      ["GET", "/apps/9/connections"],
      ["GET", "/apps/9/connections/1.1"],
      ["DELETE", "/apps/9/connections/1.1"],
      ["POST", "/apps/9/events", { name: "e", data: "1", channels: ["c"] }],
      ["GET", "/export?app_id=9"],
    ] as const) {
      const answer = await admin.ask(method, path, body);
      expect([path, answer.status, answer.body?.error?.code]).toEqual([path, 404, "app_not_found"]);
    }
    expect(await actions()).toEqual([]);
  });
});

describe("the list of apps", () => {
  test("comes in pages, the oldest first, without a gap or a repetition", async () => {
    for (const id of ["5", "3", "9", "1", "7"]) await admin.ask("POST", "/apps", { id });
    const ids: string[] = [];
    let path = "/apps?limit=2";
    for (let page = 0; page < 5; page++) {
      const { body } = await admin.ask("GET", path);
      ids.push(...body.items.map((app: { id: string }) => app.id));
      if (body.next_cursor === null) break;
      path = `/apps?limit=2&cursor=${encodeURIComponent(body.next_cursor)}`;
    }
    expect(ids).toEqual((await admin.store.apps.list()).map(({ id }) => id));
    expect(ids).toHaveLength(5);
  });
});

describe("the settings of an app", () => {
  test("say what is inherited, what is overridden and what holds", async () => {
    await admin.ask("POST", "/apps", {
      id: "7",
      settings: { presence_limits: { members: 5 }, strict: true },
    });
    const { body } = await admin.ask("GET", "/apps/7/settings");
    const byName = Object.fromEntries(body.items.map((item: { name: string }) => [item.name, item]));
    expect(byName["presence_limits.members"]).toMatchObject({
      type: "integer",
      unit: "members",
      minimum: 1,
      maximum: 100_000,
      default: 100,
      is_overridden: true,
      override: 5,
      effective: 5,
    });
    expect(byName.strict).toMatchObject({ type: "boolean", default: false, override: true, effective: true });
    expect(byName.batch_size).toMatchObject({ is_overridden: false, override: null, effective: 10 });
    expect(byName.allowed_origins).toMatchObject({ type: "origins", is_nullable: true, effective: null });
    for (const { description } of body.items) expect(description).not.toBe("");
  });
});

describe("a key", () => {
  beforeEach(() => admin.ask("POST", "/apps", { id: "7", key: "first" }));

  test("is added with a secret of its own, which is shown that once", async () => {
    const added = await admin.ask("POST", "/apps/7/keys", {});
    expect(added.status).toBe(201);
    const { key, secret } = added.body.credentials;
    expect(added.body.app.keys.map((each: { key: string }) => each.key)).toEqual(["first", key]);
    expect((await admin.ask("GET", "/apps/7")).text).not.toContain(secret);
    expect(await actions()).toEqual(["app.create", "key.add"]);
    expect((await admin.ask("POST", "/apps/7/keys", { key })).body.error.code).toBe("key_taken");
  });

  test("is removed, but not the only one", async () => {
    await admin.ask("POST", "/apps/7/keys", { key: "second" });
    const removed = await admin.ask("DELETE", "/apps/7/keys/first");
    expect(removed.body.keys.map((each: { key: string }) => each.key)).toEqual(["second"]);
    expect((await admin.ask("DELETE", "/apps/7/keys/first")).body.error.code).toBe("key_not_found");
    expect(await admin.ask("DELETE", "/apps/7/keys/second")).toMatchObject({
      status: 409,
      body: { error: { code: "last_key" } },
    });
  });
});

test("what needs a running server says so where none runs", async () => {
  await admin.ask("POST", "/apps", { id: "7" });
  for (const [method, path, body] of [
    ["GET", "/apps/7/channels"],
    ["GET", "/apps/7/channels/c"],
    ["GET", "/apps/7/channels/c/members"],
    ["GET", "/apps/7/connections"],
    ["GET", "/apps/7/connections/1.1"],
    ["DELETE", "/apps/7/connections/1.1"],
    ["POST", "/apps/7/events", { name: "e", data: "1", channels: ["c"] }],
    ["POST", "/apps/7/grants/revoke", { user_id: "u" }],
  ] as const) {
    const answer = await admin.ask(method, path, body);
    expect([path, answer.status, answer.body.error.code]).toEqual([path, 503, "server_not_running"]);
  }
});
