import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { openStoreOnlyAdmin, type StoreOnlyAdmin } from "../testing/admin-client.ts";

let admin: StoreOnlyAdmin;

beforeEach(async () => {
  admin = await openStoreOnlyAdmin();
  for (const id of ["7", "8"]) await admin.ask("POST", "/apps", { id });
});

afterEach(() => admin.close());

const add = (body: object = {}) =>
  admin.ask("POST", "/apps/7/webhooks", { url: "https://example.com/hooks", ...body });

describe("webhook endpoints without a running server", () => {
  test("are made with defaults, changed in part, and removed", async () => {
    const { status, body } = await add({ headers: { Authorization: "Bearer x" } });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^wh_/),
      url: "https://example.com/hooks",
      event_types: null,
      channel_prefix: "",
      channel_suffix: "",
      header_names: ["Authorization"],
      batching: false,
      enabled: true,
      disabled_reason: null,
      failing_since: null,
      from_config: false,
      created_at: expect.any(String),
    });
    const path = `/apps/7/webhooks/${body.id}`;
    const changed = await admin.ask("PATCH", path, { event_types: ["cache_miss"], enabled: false });
    expect(changed.body).toEqual({ ...body, event_types: ["cache_miss"], enabled: false });
    expect((await admin.ask("GET", "/apps/7/webhooks")).body.items).toEqual([
      { ...changed.body, owed: 0, dead: 0, last_attempt: null },
    ]);
    expect((await admin.ask("DELETE", path)).status).toBe(204);
    expect((await admin.ask("GET", path)).body.error.code).toBe("webhook_not_found");
  });

  test("belong to their app alone", async () => {
    const { body } = await add();
    const path = `/apps/8/webhooks/${body.id}`;
    for (const [method, below] of [
      ["GET", ""],
      ["PATCH", ""],
      ["DELETE", ""],
      ["GET", "/deliveries"],
      ["POST", "/replay"],
      ["POST", "/test"],
    ] as const) {
      const asked =
        method === "PATCH"
          ? { enabled: false }
          : below === "/replay"
            ? { dead: true }
            : below === "/test"
              ? {}
              : undefined;
      const answer = await admin.ask(method, path + below, asked);
      expect([method, below, answer.status, answer.body.error.code]).toEqual([
        method,
        below,
        404,
        "webhook_not_found",
      ]);
    }
    expect((await admin.ask("GET", "/apps/9/webhooks")).body.error.code).toBe("app_not_found");
  });

  test("have deliveries that can be listed and replayed, and cannot be tested", async () => {
    const { body } = await add();
    const path = `/apps/7/webhooks/${body.id}`;
    expect((await admin.ask("GET", `${path}/deliveries?state=dead&limit=5`)).body).toEqual({
      items: [],
      next_cursor: null,
    });
    expect((await admin.ask("POST", `${path}/replay`, { dead: true })).body).toEqual({ replayed: 0 });
    expect((await admin.ask("GET", `${path}/deliveries/0`)).body.error.code).toBe("delivery_not_found");
    expect((await admin.ask("POST", `${path}/test`, {})).body.error.code).toBe("server_not_running");
  });

  test("are no more than twenty, and every change is on record", async () => {
    for (let number = 0; number < 20; number++) expect((await add()).status).toBe(201);
    expect((await add()).body.error.code).toBe("too_many_webhooks");
    const [entry] = await admin.store.audit.list({ limit: 1 });
    expect(entry).toMatchObject({
      action: "webhook.create",
      appId: "7",
      target: expect.stringMatching(/^wh_/),
    });
  });
});
