import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { openStoreOnlyAdmin, type StoreOnlyAdmin } from "../testing/admin-client.ts";

let admin: StoreOnlyAdmin;

beforeEach(async () => {
  admin = await openStoreOnlyAdmin();
  await admin.ask("POST", "/apps", { id: "7" });
});

afterEach(() => admin.close());

const revoke = (body: unknown) => admin.ask("POST", "/apps/7/grants/revoke", body);
const list = async () => (await admin.ask("GET", "/apps/7/grants")).body.items;

describe("taking grants back without a running server", () => {
  test("bans a user for a time, and lifts the ban", async () => {
    const { body } = await revoke({ user_id: "42", ban_seconds: 60, reason: "abuse" });
    expect(body).toEqual({
      ended: { connections: 0, subscriptions: 0, sign_ins: 0, within_seconds: 0 },
      restriction: {
        kind: "ban",
        id: expect.any(String),
        user_id: "42",
        until: expect.any(String),
        reason: "abuse",
      },
    });
    expect(Date.parse(body.restriction.until) - Date.now()).toBeWithin(50_000, 60_001);
    expect(await list()).toEqual([body.restriction]);
    expect((await admin.ask("DELETE", `/apps/7/grants/${body.restriction.id}`)).status).toBe(204);
    expect(await list()).toEqual([]);
    const twice = await admin.ask("DELETE", `/apps/7/grants/${body.restriction.id}`);
    expect(twice).toMatchObject({ status: 404, body: { error: { code: "restriction_not_found" } } });
    const entries = await admin.store.audit.list({ limit: 2 });
    expect(entries.map(({ action }) => action)).toEqual(["grant.lift", "grant.ban"]);
  });

  test("sets a watermark for a channel, a user or the app", async () => {
    for (const [body, reach] of [
      [
        { channel: "private-a", not_before: true },
        { channel: "private-a", user_id: null },
      ],
      [
        { user_id: "42", not_before: true },
        { channel: null, user_id: "42" },
      ],
      [{ not_before: true }, { channel: null, user_id: null }],
    ] as const) {
      expect((await revoke(body)).body.restriction).toMatchObject({ kind: "not_before", ...reach });
    }
    expect(await list()).toHaveLength(3);
  });

  test.each([
    {},
    { ban_seconds: 60 },
    { user_id: "42", ban_seconds: 60, not_before: true },
    { channel: "private-a", user_id: "42", ban_seconds: 60 },
    { channel: "public", not_before: true },
    { socket_id: "nonsense" },
    { user_id: "42", ban_seconds: 0 },
    { user: "42" },
  ])("refuses %j", async (body) => {
    expect((await revoke(body)).body.error.code).toBe("invalid_request");
    expect(await list()).toEqual([]);
  });
});
