import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { openStoreOnlyAdmin, type StoreOnlyAdmin } from "../testing/admin-client.ts";

let admin: StoreOnlyAdmin;
let other: StoreOnlyAdmin;

beforeEach(async () => {
  admin = await openStoreOnlyAdmin();
  other = await openStoreOnlyAdmin();
});

afterEach(async () => {
  await admin.close();
  await other.close();
});

/** An app with everything that an app can have. */
async function makeFullApp(): Promise<void> {
  await admin.ask("POST", "/apps", {
    id: "7",
    name: "Shop",
    key: "k",
    settings: { client_events: true, presence_limits: { members: 5 } },
  });
  await admin.ask("POST", "/apps/7/keys", { key: "k2" });
  const steps = "/apps/7/keys/k/secrets";
  await admin.ask("POST", `${steps}/rotate`, {});
  await admin.ask("POST", `${steps}/activate`, { retire_for_seconds: 3_600 });
  await admin.ask("POST", `${steps}/rotate`, {});
  await admin.ask("POST", `${steps}/cancel`);
  await admin.ask("POST", `${steps}/rotate`, {});
  await admin.ask("POST", "/apps/7/grants/revoke", { user_id: "u", ban_seconds: 3_600, reason: "abuse" });
  await admin.ask("POST", "/apps/7/grants/revoke", { channel: "private-a", not_before: true });
  await admin.ask("PATCH", "/apps/7", { enabled: false });
}

describe("an export with secrets", () => {
  test("makes the same apps elsewhere, mid-rotation and all", async () => {
    await makeFullApp();
    await admin.ask("POST", "/apps", { id: "8" });
    const { body } = await admin.ask("GET", "/export?secrets=true");
    const imported = await other.ask("POST", "/import", body);
    expect(imported.status).toBe(200);
    expect(imported.body.skipped).toEqual([]);
    expect(imported.text).not.toContain(body.apps[0].keys[0].secrets[0].value);

    expect(await other.store.apps.list()).toEqual(await admin.store.apps.list());
    const again = await other.ask("GET", "/export?secrets=true");
    expect(again.body.apps).toEqual(body.apps);
    // The rotation goes on there.
    const undone = await other.ask("POST", "/apps/7/keys/k/secrets/activate", { retire_for_seconds: 60 });
    expect(undone.status).toBe(200);
  });

  test("is for owners who may see secrets, and on record", async () => {
    await admin.ask("POST", "/apps", { id: "7" });
    const operator = await admin.as("operator");
    expect((await operator("GET", "/export?secrets=true")).body.error.code).toBe("role_too_low");
    const owner = await admin.as("owner", ["apps:read"]);
    expect((await owner("GET", "/export?secrets=true")).body.error.code).toBe("scope_missing");
    await admin.ask("GET", "/export?secrets=true&app_id=7");
    expect((await admin.store.audit.list({ limit: 1 }))[0]).toMatchObject({
      action: "apps.export",
      appId: "7",
      details: { apps: 1, secrets: true },
    });
  });
});

describe("an export without secrets", () => {
  test("has none, and does for apps that are there already", async () => {
    const { body } = await admin.ask("POST", "/apps", { id: "7" });
    const viewer = await admin.as("viewer");
    const exported = await viewer("GET", "/export");
    expect(exported.text).not.toContain(body.credentials.secret);
    expect(exported.body.apps[0].keys).toEqual([{ key: body.credentials.key, secrets: [] }]);

    const refused = await other.ask("POST", "/import", exported.body);
    expect(refused).toMatchObject({ status: 400, body: { error: { code: "import_needs_secrets" } } });
    const skipped = await admin.ask("POST", "/import?existing=skip", exported.body);
    expect(skipped.body).toEqual({ added: [], skipped: ["7"] });
  });
});

describe("an import", () => {
  const app = (id: string, more: object = {}) => ({
    id,
    keys: [{ key: `key-of-${id}`, secrets: [{ value: `s-${id}` }] }],
    ...more,
  });

  test("takes secrets of any length as they are, and fills in what is left out", async () => {
    const { body } = await admin.ask("POST", "/import", { apps: [app("7")] });
    expect(body.added).toEqual([
      expect.objectContaining({ id: "7", name: "App 7", enabled: true, settings: {} }),
    ]);
    const [stored] = await admin.store.apps.list();
    expect(stored?.keys).toEqual([
      { key: "key-of-7", secrets: [{ id: expect.stringMatching(/^sec_/), value: "s-7" }] },
    ]);
    expect((await admin.store.audit.list({ limit: 1 }))[0]).toMatchObject({
      action: "apps.import",
      appId: "7",
    });
  });

  test("happens whole or not at all", async () => {
    await admin.ask("POST", "/import", { apps: [app("7")] });
    for (const [apps, code] of [
      [[app("8"), app("7")], "app_exists"],
      [[app("8"), app("9", { keys: app("7").keys })], "key_taken"],
      [[app("8"), app("9", { settings: { batch_size: 0 } })], "invalid_request"],
      [[app("8"), app("9", { keys: [{ key: "k", secrets: [] }] })], "import_needs_secrets"],
    ] as const) {
      expect((await admin.ask("POST", "/import", { apps })).body.error.code).toBe(code);
      expect((await admin.store.apps.list()).map(({ id }) => id)).toEqual(["7"]);
    }
  });

  test("names what does not fit", async () => {
    const wrongSetting = { apps: [app("7"), app("8", { settings: { batch_size: 0 } })] };
    expect((await admin.ask("POST", "/import", wrongSetting)).body.error.fields).toEqual([
      { field: "body.apps.1.settings.batch_size", message: expect.stringContaining("a whole number") },
    ]);
    const wrongField = { apps: [app("7", { secret: "x" })] };
    expect((await admin.ask("POST", "/import", wrongField)).body.error.fields).toEqual([
      { field: "body.apps.0.secret", message: expect.any(String) },
    ]);
  });

  test("takes no restriction whose end it cannot read", async () => {
    const ban = { kind: "ban", id: "ban_1", user_id: "u", until: "soon", reason: null };
    const refused = await admin.ask("POST", "/import", { apps: [app("7", { restrictions: [ban] })] });
    expect(refused.body.error.fields).toEqual([
      { field: "body.apps.0.restrictions.0.until", message: expect.any(String) },
    ]);
  });

  test("refuses secrets that contradict each other", async () => {
    const secrets = [{ value: "one" }, { value: "two" }];
    const refused = await admin.ask("POST", "/import", {
      apps: [app("7", { keys: [{ key: "k", secrets }] })],
    });
    expect(refused).toMatchObject({ status: 400, body: { error: { code: "import_invalid" } } });
  });

  test("leaves apps that are there as they are when told to", async () => {
    await admin.ask("POST", "/apps", { id: "7", name: "Mine" });
    const { body } = await admin.ask("POST", "/import?existing=skip", {
      apps: [app("7", { name: "Theirs" }), app("8")],
    });
    expect(body.skipped).toEqual(["7"]);
    expect(body.added.map(({ id }: { id: string }) => id)).toEqual(["8"]);
    expect((await admin.ask("GET", "/apps/7")).body.name).toBe("Mine");
  });
});
