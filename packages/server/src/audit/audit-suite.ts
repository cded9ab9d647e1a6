import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sql } from "kysely";
import type { Actor } from "../actor.ts";
import type { TestDatabase } from "../store/app-store-suite.ts";
import type { Store } from "../store/open-store.ts";
import { recordAudit } from "./record-audit.ts";

/** What every audit trail promises. */
export function describeAudit(name: string, createDatabase: () => Promise<TestDatabase>): void {
  describe(`${name}: audit trail`, () => {
    let database: TestDatabase;
    let store: Store;

    beforeEach(async () => {
      database = await createDatabase();
      store = await database.open();
    });

    afterEach(async () => {
      await store.close();
      await database.remove();
    });

    test("has one entry for each change, with who made it and from where", async () => {
      const { apps } = store;
      const ban = { kind: "ban", id: "r", userId: "u", untilMs: null, reason: "spam" } as const;
      await apps.create({ id: "1", name: "Chat", keys: [{ key: "k", secret: "one" }], settings: {} }, BY);
      await apps.update("1", { enabled: false, settings: { strict: true } }, BY);
      await apps.addKey("1", { key: "k2", secret: "s2" }, BY);
      await apps.removeKey("1", "k2", BY);
      await apps.rotateSecret("1", "k", { secret: "two" }, BY);
      await apps.activateSecret("1", "k", { retireForSeconds: 60 }, BY);
      await apps.undoActivation("1", "k", BY);
      await apps.cancelRotation("1", "k", BY);
      await apps.revokeSecrets(
        "1",
        "k",
        { which: "current", endConnections: true, replacement: "three" },
        BY,
      );
      await apps.restrict("1", ban, BY);
      await apps.liftRestriction("1", "r", BY);
      await apps.delete("1", BY);
      const entries = await store.audit.list({ limit: 100 });
      expect(entries.map(({ action }) => action).reverse()).toEqual([
        "app.create",
        "app.update",
        "key.add",
        "key.remove",
        "secret.rotate",
        "secret.activate",
        "secret.undo",
        "secret.cancel",
        "secret.revoke",
        "grant.ban",
        "grant.lift",
        "app.delete",
      ]);
      for (const entry of entries) expect(entry).toMatchObject({ actor: BY, appId: "1" });
      const text = JSON.stringify(entries);
      for (const secret of ['"one"', '"two"', '"three"', '"s2"']) expect(text).not.toContain(secret);
      expect(entries.find(({ action }) => action === "app.update")?.details).toEqual({
        enabled: { from: true, to: false },
        settings: { from: {}, to: { strict: true } },
      });
      expect(entries.find(({ action }) => action === "grant.ban")).toMatchObject({
        target: "r",
        details: { user_id: "u", until_ms: null, reason: "spam" },
      });
      expect(entries.find(({ action }) => action === "secret.activate")).toMatchObject({
        target: "k",
        details: { secrets: [{ state: "retiring", fingerprint: "7692c3ad3540" }, { state: "current" }] },
      });
    });

    test("says what the configuration changed, and nothing when it changed nothing", async () => {
      const configured = { id: "1", name: "First app", key: "k", secret: "one", settings: null };
      for (const secret of ["one", "one", "two"]) await store.apps.configure({ ...configured, secret });
      const entries = await store.audit.list({ limit: 10 });
      expect(entries.map(({ action, actor }) => [action, actor.kind])).toEqual([
        ["app.update", "config"],
        ["app.create", "config"],
      ]);
    });

    test("keeps what was done to somebody whose name has a NUL character in it", async () => {
      const details = { user_id: "a\0b" };
      await store.database.transaction((transaction) =>
        recordAudit(transaction, { actor: BY, action: "grant.revoke", appId: "1", target: "a\0b", details }),
      );
      expect(await store.audit.list({ limit: 10 })).toMatchObject([{ target: "a\ufffdb", details }]);
    });

    test("has no entry of a change that did not happen", async () => {
      const failing = store.database.transaction(async (transaction) => {
        await record(transaction, "app.create");
        throw new Error("not today");
      });
      await expect(failing).rejects.toThrow("not today");
      expect(await store.audit.list({ limit: 10 })).toEqual([]);
    });

    test("lists the newest first, a page at a time, by app, action and actor", async () => {
      await store.database.transaction(async (transaction) => {
        for (let number = 1; number <= 5; number++)
          await record(transaction, `app.${number}`, `${number % 2}`);
      });
      const actionsOf = async (filter: {
        readonly appId?: string;
        readonly before?: number;
        readonly action?: string;
        readonly actorId?: string;
      }) => (await store.audit.list({ ...filter, limit: 2 })).map(({ action }) => action);
      const [, second] = await store.audit.list({ limit: 2 });
      expect(await actionsOf({})).toEqual(["app.5", "app.4"]);
      expect(await actionsOf({ before: second?.id ?? 0 })).toEqual(["app.3", "app.2"]);
      expect(await actionsOf({ appId: "0" })).toEqual(["app.4", "app.2"]);
      expect(await actionsOf({ action: "app.1" })).toEqual(["app.1"]);
      expect(await actionsOf({ actorId: "op_1" })).toEqual(["app.5", "app.4"]);
      expect(await actionsOf({ actorId: "somebody" })).toEqual([]);
    });

    test("refuses to be changed or shortened, whoever asks the database", async () => {
      await store.database.transaction((transaction) => record(transaction, "app.create"));
      const attempts = [
        sql`update audit set action = 'app.delete'`,
        sql`delete from audit`,
        sql`delete from audit where id = 1`,
      ];
      for (const attempt of attempts) {
        await expect(store.database.query((db) => attempt.execute(db))).rejects.toThrow("append-only");
      }
      expect(await store.audit.list({ limit: 10 })).toHaveLength(1);
    });
  });
}

const BY: Actor = { kind: "operator", id: "op_1", name: "a@example.com", address: "192.0.2.1" };

function record(transaction: Parameters<typeof recordAudit>[0], action: string, appId = "1"): Promise<void> {
  return recordAudit(transaction, { actor: BY, action, appId, target: null, details: {} });
}
