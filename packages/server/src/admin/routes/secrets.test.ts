import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { CONFIG } from "../../actor.ts";
import { openStoreOnlyAdmin, type StoreOnlyAdmin } from "../testing/admin-client.ts";

const FIRST = "the-first-secret-of-all";
const STATUS = "/apps/7/keys/k/secrets";

let admin: StoreOnlyAdmin;

beforeEach(async () => {
  admin = await openStoreOnlyAdmin();
  await admin.store.apps.create(
    { id: "7", name: "Shop", keys: [{ key: "k", secret: FIRST }], settings: {} },
    CONFIG,
  );
});

afterEach(() => admin.close());

const step = (name: string, body?: unknown) => admin.ask("POST", `${STATUS}/${name}`, body);
const status = async () => (await admin.ask("GET", STATUS)).body;
const states = async () => (await status()).secrets.map((secret: { state: string }) => secret.state);
const newestAction = async () => (await admin.store.audit.list({ limit: 1 }))[0];

describe("the status of a key's secrets", () => {
  test("has everything but the values", async () => {
    const { body, text } = await admin.ask("GET", STATUS);
    expect(body).toMatchObject({
      app_id: "7",
      key: "k",
      next_steps: ["rotate", "revoke"],
      applied: { nodes: 0, of: 0 },
      safe_to_activate: { safe: false, reasons: [{ code: "nothing_pending" }] },
    });
    expect(body.secrets).toEqual([
      expect.objectContaining({
        state: "current",
        fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
        held: null,
        use: expect.objectContaining({ last_used_at: null, count_24h: 0, clients: [] }),
        safe_to_revoke: { safe: false, reasons: expect.any(Array) },
      }),
    ]);
    expect(text).not.toContain(FIRST);
  });

  test("is refused for a key that the app has not got", async () => {
    const refused = await admin.ask("GET", "/apps/7/keys/other/secrets");
    expect(refused).toMatchObject({ status: 404, body: { error: { code: "key_not_found" } } });
  });

  test("says which steps are possible", async () => {
    await step("rotate", {});
    expect((await status()).next_steps).toEqual(["activate", "cancel", "revoke"]);
    await step("activate", { retire_for_seconds: 3_600 });
    expect((await status()).next_steps).toEqual(["rotate", "undo", "revoke"]);
    await step("rotate", {});
    expect((await status()).next_steps).toEqual(["activate", "cancel", "revoke"]);
  });
});

describe("a rotation", () => {
  test("goes from pending to current to revoked", async () => {
    const rotated = await step("rotate", {});
    expect(rotated.body.secret).toMatch(/^[0-9a-f]{48}$/);
    expect(await states()).toEqual(["current", "pending"]);
    expect(await newestAction()).toMatchObject({ action: "secret.rotate", appId: "7", target: "k" });

    const activated = await step("activate", { retire_for_seconds: 60 });
    expect(await states()).toEqual(["retiring", "current"]);
    const [retiring] = activated.body.secrets;
    expect(Date.parse(retiring.retire_at) - Date.now()).toBeWithin(50_000, 60_001);
    expect(await newestAction()).toMatchObject({ action: "secret.activate" });

    const revoked = await step("revoke", { which: "retiring" });
    expect(revoked.body).toMatchObject({
      ended: { connections: 0, subscriptions: 0, sign_ins: 0, within_seconds: 0 },
    });
    expect(revoked.body).not.toHaveProperty("secret");
    expect(await states()).toEqual(["revoked", "current"]);
    expect(await newestAction()).toMatchObject({ action: "secret.revoke" });
  });

  test("revokes the former secret at once when nothing is said of its retirement", async () => {
    await step("rotate", {});
    await step("activate", {});
    expect(await states()).toEqual(["revoked", "current"]);
  });

  test("can be undone while the former secret is retiring", async () => {
    await step("rotate", {});
    await step("activate", { retire_for_seconds: 60 });
    await step("undo");
    expect(await states()).toEqual(["current", "pending"]);
    expect(await newestAction()).toMatchObject({ action: "secret.undo" });
  });

  test("can be cancelled", async () => {
    await step("rotate", {});
    await step("cancel");
    expect(await states()).toEqual(["current", "revoked"]);
    expect(await newestAction()).toMatchObject({ action: "secret.cancel" });
  });

  test("takes a secret that is given, once", async () => {
    const given = "a-secret-of-our-own-making";
    expect((await step("rotate", { secret: given })).body.secret).toBe(given);
    await step("cancel");
    expect(await step("rotate", { secret: given })).toMatchObject({
      status: 409,
      body: { error: { code: "secret_known" } },
    });
    expect((await step("rotate", { secret: FIRST })).body.error.code).toBe("secret_known");
    expect((await step("rotate", { secret: "too-short" })).body.error.code).toBe("invalid_request");
  });

  test.each([
    ["activate", {}, "nothing_pending"],
    ["undo", undefined, "nothing_to_undo"],
    ["cancel", undefined, "nothing_pending"],
    ["revoke", { which: "pending" }, "nothing_pending"],
    ["revoke", { which: "retiring" }, "nothing_retiring"],
  ])("refuses to %s %j where there is nothing to do it to", async (name, body, code) => {
    expect(await step(name, body)).toMatchObject({ status: 409, body: { error: { code } } });
    expect(await newestAction()).toMatchObject({ action: "app.create" });
  });

  test("is refused while another is going on", async () => {
    await step("rotate", {});
    expect((await step("rotate", {})).body.error.code).toBe("rotation_in_progress");
  });

  test.each([-1, 2_592_001, 1.5, "60"])("refuses a retirement of %j seconds", async (retire_for_seconds) => {
    await step("rotate", {});
    const refused = await step("activate", { retire_for_seconds });
    expect(refused.body.error).toMatchObject({
      code: "invalid_request",
      fields: [{ field: "body.retire_for_seconds" }],
    });
  });
});

describe("an emergency", () => {
  test("revokes the current secret and shows its replacement, that once", async () => {
    const revoked = await step("revoke", { which: "current" });
    expect(revoked.body.secret).toMatch(/^[0-9a-f]{48}$/);
    expect(await states()).toEqual(["revoked", "current"]);
    const [, replacement] = (await admin.store.apps.get("7"))?.secrets ?? [];
    expect(replacement?.value).toBe(revoked.body.secret);
    expect((await admin.ask("GET", STATUS)).text).not.toContain(revoked.body.secret);
  });

  test("lets the pending secret take the place of the current one, which needs no other", async () => {
    await step("rotate", {});
    const revoked = await step("revoke", { which: "current", end_connections: false });
    expect(revoked.body).not.toHaveProperty("secret");
    expect(await states()).toEqual(["revoked", "current"]);
  });

  test("revokes one secret by its id, once", async () => {
    await step("rotate", {});
    const [, pending] = (await status()).secrets;
    expect((await step("revoke", { secret_id: pending.id })).status).toBe(200);
    expect(await states()).toEqual(["current", "revoked"]);
    expect((await step("revoke", { secret_id: pending.id })).body.error.code).toBe("already_revoked");
    expect((await step("revoke", { secret_id: "sec_none" })).body.error.code).toBe("secret_not_found");
  });

  test("that touches the current secret is for owners, by whichever name", async () => {
    const operator = await admin.as("operator");
    const [current] = (await status()).secrets;
    for (const body of [{ which: "current" }, { secret_id: current.id }]) {
      const refused = await operator("POST", `${STATUS}/revoke`, body);
      expect(refused).toMatchObject({ status: 403, body: { error: { code: "role_too_low" } } });
    }
    await step("rotate", {});
    const allowed = await operator("POST", `${STATUS}/revoke`, { which: "pending" });
    expect(allowed.status).toBe(200);
  });

  test.each([{}, { which: "all" }, { which: "current", secret_id: "x" }, { end_connections: true }])(
    "is refused as %j",
    async (body) => {
      expect((await step("revoke", body)).body.error.code).toBe("invalid_request");
      expect(await states()).toEqual(["current"]);
    },
  );
});

describe("revealing a secret", () => {
  test("puts it on record before it is shown", async () => {
    const [{ id, fingerprint }] = (await status()).secrets;
    const revealed = await step(`${id}/reveal`);
    expect(revealed.body).toEqual({ secret_id: id, secret: FIRST });
    expect(await newestAction()).toMatchObject({
      action: "secret.reveal",
      appId: "7",
      target: "k",
      details: { id, fingerprint, state: "current" },
    });
    expect((await step("sec_none/reveal")).body.error.code).toBe("secret_not_found");
  });

  test("needs the scope for it", async () => {
    const [{ id }] = (await status()).secrets;
    const ask = await admin.as("owner", ["apps:read", "secrets:read", "secrets:write"]);
    const refused = await ask("POST", `${STATUS}/${id}/reveal`);
    expect(refused).toMatchObject({ status: 403, body: { error: { code: "scope_missing" } } });
  });

  test("is not done when it cannot be put on record", async () => {
    const [{ id }] = (await status()).secrets;
    await admin.store.database.query((db) => db.schema.dropTable("audit").execute());
    const refused = await step(`${id}/reveal`);
    expect(refused.status).toBeGreaterThanOrEqual(500);
    expect(refused.text).not.toContain(FIRST);
  });
});

test("no answer has a secret in it but those that made it or were asked to reveal it", async () => {
  const made: string[] = [];
  made.push((await step("rotate", {})).body.secret);
  await step("activate", { retire_for_seconds: 60 });
  await step("undo");
  await step("cancel");
  made.push((await step("rotate", { secret: "a-secret-of-our-own-making" })).body.secret);
  await step("activate", {});
  made.push((await step("revoke", { which: "current" })).body.secret);
  await admin.ask("GET", STATUS);
  await admin.ask("GET", "/apps");
  await admin.ask("PATCH", "/apps/7", { name: "New" });
  await admin.ask("GET", "/audit");
  await admin.ask("GET", "/export");
  for (const secret of made) {
    expect(admin.answers.filter((text) => text.includes(secret))).toHaveLength(1);
  }
  expect(admin.answers.filter((text) => text.includes(FIRST))).toEqual([]);
});
