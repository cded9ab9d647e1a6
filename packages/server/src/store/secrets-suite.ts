import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Actor } from "../actor.ts";
import type { AppStore, ImportedApp, RevokeOptions, StoredApp } from "./app-store.ts";
import type { TestDatabase } from "./app-store-suite.ts";
import type { Store } from "./open-store.ts";
import { faultIn } from "./rotation.ts";
import { readSecretRows } from "./secret-rows.ts";
import type { StoreError } from "./store-error.ts";

/** What every store promises of secrets, their rotation, restrictions and import. */
export function describeSecrets(name: string, createDatabase: () => Promise<TestDatabase>): void {
  describe(`${name}: secrets`, () => {
    let database: TestDatabase;
    let store: Store;

    /** Ends what there is, as a process that is killed ends, and begins anew. */
    async function restart(): Promise<void> {
      await store.close();
      store = await database.open();
    }

    beforeEach(async () => {
      database = await createDatabase();
      store = await database.open();
      await store.apps.create(
        { id: "1", name: "Chat", keys: [{ key: "k", secret: "one" }], settings: {} },
        BY,
      );
    });

    afterEach(async () => {
      await store.close();
      await database.remove();
    });

    describe("a rotation", () => {
      test("goes from secret to secret, and both are accepted in between, the signing one first", async () => {
        const { apps } = store;
        expect(live(await apps.rotateSecret("1", "k", { secret: "two" }, BY))).toEqual(["one", "two"]);
        expect(live(await apps.activateSecret("1", "k", { retireForSeconds: 3_600 }, BY))).toEqual([
          "two",
          "one",
        ]);
        const { app, revokedIds, newCurrentId, isReplaced } = await apps.revokeSecrets(
          "1",
          "k",
          RETIRING,
          BY,
        );
        expect(live(app)).toEqual(["two"]);
        expect(revokedIds).toEqual([idOf(app, "one")]);
        expect([newCurrentId, isReplaced]).toEqual([null, false]);
        expect(await apps.get("1")).toEqual(app);
      });

      test("tells of each secret what it is, when it became so, and its fingerprint", async () => {
        await store.apps.rotateSecret("1", "k", { secret: "two" }, BY);
        const startedAt = Date.now();
        const app = await store.apps.activateSecret("1", "k", { retireForSeconds: 3_600 }, BY);
        const [one, two] = app.secrets;
        expect(one).toMatchObject({ key: "k", value: "one", state: "retiring", fingerprint: "7692c3ad3540" });
        expect(two).toMatchObject({ value: "two", state: "current", retireAt: null, endsConnections: false });
        expect(one?.replacedBy).toBe(two?.id ?? "");
        expect(Date.parse(one?.retireAt ?? "") - startedAt).toBeWithin(3_600_000, 3_660_000);
        expect(Date.parse(two?.activatedAt ?? "")).toBeGreaterThanOrEqual(startedAt);
      });

      test("accepts the next step after a restart in the middle of each", async () => {
        await store.apps.rotateSecret("1", "k", { secret: "two" }, BY);
        await restart();
        await store.apps.cancelRotation("1", "k", BY);
        await restart();
        await store.apps.rotateSecret("1", "k", { secret: "three" }, BY);
        await restart();
        await store.apps.activateSecret("1", "k", { retireForSeconds: 3_600 }, BY);
        await restart();
        await store.apps.undoActivation("1", "k", BY);
        await restart();
        expect(live(await store.apps.activateSecret("1", "k", { retireForSeconds: 3_600 }, BY))).toEqual([
          "three",
          "one",
        ]);
        await restart();
        await store.apps.revokeSecrets("1", "k", RETIRING, BY);
        await restart();
        expect(live(await store.apps.get("1"))).toEqual(["three"]);
      });

      test("is the same for all who read, whole, after every step", async () => {
        const other = await database.open();
        const before = await other.apps.revision();
        const app = await store.apps.rotateSecret("1", "k", { secret: "two" }, BY);
        expect(await other.apps.revision()).not.toBe(before);
        expect(await other.apps.list()).toEqual([app]);
        await other.close();
      });

      test("makes one pending secret when two ask at once", async () => {
        const other = await database.open();
        const results = await Promise.allSettled([
          store.apps.rotateSecret("1", "k", { secret: "two" }, BY),
          other.apps.rotateSecret("1", "k", { secret: "three" }, BY),
        ]);
        const refusals = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
        expect(refusals).toMatchObject([{ code: "rotation_in_progress" }]);
        expect(live(await store.apps.get("1"))).toHaveLength(2);
        await other.close();
      });

      test("does not bring back a secret, by whichever way, even when its value is long forgotten", async () => {
        for (let number = 2; number <= 8; number++) {
          await store.apps.rotateSecret("1", "k", { secret: `secret ${number}` }, BY);
          await store.apps.activateSecret("1", "k", { retireForSeconds: 0 }, BY);
        }
        const known = [
          () => store.apps.rotateSecret("1", "k", { secret: "one" }, BY),
          () => store.apps.rotateSecret("1", "k", { secret: "secret 8" }, BY),
          () => store.apps.revokeSecrets("1", "k", { ...CURRENT, replacement: "secret 2" }, BY),
        ];
        for (const attempt of known) await expect(attempt()).rejects.toMatchObject({ code: "secret_known" });
        const { app, secretState } = await store.apps.configure({ ...CONFIGURED, secret: "one" });
        expect([secretState, live(app)]).toEqual(["revoked", ["secret 8"]]);
      });

      test("keeps the last five revoked secrets readable", async () => {
        for (let number = 2; number <= 8; number++) {
          await store.apps.rotateSecret("1", "k", { secret: `secret ${number}` }, BY);
          await store.apps.activateSecret("1", "k", { retireForSeconds: 0 }, BY);
        }
        const app = await store.apps.get("1");
        expect(app?.secrets.map(({ value, state }) => [value, state])).toEqual([
          ...[3, 4, 5, 6, 7].map((number) => [`secret ${number}`, "revoked"]),
          ["secret 8", "current"],
        ]);
        const values = await store.database.query((db) =>
          db.selectFrom("app_secrets").select("value").orderBy("position").execute(),
        );
        expect(values.map(({ value }) => value === "")).toEqual([
          true,
          true,
          false,
          false,
          false,
          false,
          false,
          false,
        ]);
      });

      test("writes nothing when a step is refused, in the audit trail neither", async () => {
        const revision = await store.apps.revision();
        const { length } = await store.audit.list({ limit: 100 });
        const refused: [string, () => Promise<unknown>][] = [
          ["nothing_pending", () => store.apps.activateSecret("1", "k", { retireForSeconds: 0 }, BY)],
          ["nothing_pending", () => store.apps.cancelRotation("1", "k", BY)],
          ["nothing_to_undo", () => store.apps.undoActivation("1", "k", BY)],
          ["nothing_retiring", () => store.apps.revokeSecrets("1", "k", RETIRING, BY)],
          [
            "secret_not_found",
            () => store.apps.revokeSecrets("1", "k", { ...RETIRING, which: { secretId: "x" } }, BY),
          ],
          ["key_not_found", () => store.apps.rotateSecret("1", "x", { secret: "two" }, BY)],
          ["app_not_found", () => store.apps.rotateSecret("2", "x", { secret: "two" }, BY)],
          ["last_key", () => store.apps.removeKey("1", "k", BY)],
        ];
        for (const [code, attempt] of refused) await expect(attempt()).rejects.toMatchObject({ code });
        expect(await store.apps.revision()).toBe(revision);
        expect(await store.audit.list({ limit: 100 })).toHaveLength(length);
      });

      test("leaves a key that signs and one that can be rotated on, whatever is asked for in whichever order", async () => {
        const names = Object.keys(STEPS) as (keyof typeof STEPS)[];
        const property = fc.asyncProperty(
          fc.array(fc.constantFrom(...names), { minLength: 5, maxLength: 15 }),
          async (steps) => {
            for (const [index, name] of steps.entries()) {
              const result = await STEPS[name](store.apps, `${Date.now()} ${index} ${name}`).catch(
                (error: unknown) => error,
              );
              if (result instanceof Error) expect(REFUSALS).toContain((result as StoreError).code);
              const app = await store.apps.get("1");
              const rows = await store.database.query((db) => readSecretRows(db, "k"));
              expect(faultIn(rows)).toBeUndefined();
              const current = app?.secrets.find(({ state }) => state === "current");
              expect(live(app)[0]).toBe(current?.value ?? "");
              expect(live(app)).toHaveLength(rows.filter(({ state }) => state !== "revoked").length);
            }
          },
        );
        await fc.assert(property, { numRuns: 10 });
      }, 30_000);

      test("is refused for a key that belongs to another app", async () => {
        await store.apps.create(
          { id: "2", name: "", keys: [{ key: "other", secret: "s" }], settings: {} },
          BY,
        );
        const attempt = store.apps.rotateSecret("1", "other", { secret: "two" }, BY);
        await expect(attempt).rejects.toMatchObject({ code: "key_not_found" });
      });
    });

    describe("a revocation of the current secret", () => {
      test("takes the pending one, and makes none", async () => {
        await store.apps.rotateSecret("1", "k", { secret: "two" }, BY);
        const { app, newCurrentId, isReplaced } = await store.apps.revokeSecrets("1", "k", CURRENT, BY);
        expect([live(app), newCurrentId, isReplaced]).toEqual([["two"], idOf(app, "two"), false]);
        expect(app.secrets[0]).toMatchObject({ state: "revoked", endsConnections: true });
      });

      test("takes the replacement when nothing is pending", async () => {
        const { app, newCurrentId, isReplaced } = await store.apps.revokeSecrets("1", "k", CURRENT, BY);
        expect([live(app), newCurrentId, isReplaced]).toEqual([["new"], idOf(app, "new"), true]);
      });
    });

    describe("retirements that are over", () => {
      test("are ended once, however many nodes see to it, and by nobody but the system", async () => {
        const other = await database.open();
        const retireAt = await retiring();
        expect(await store.apps.revokeDue(before(retireAt))).toEqual([]);
        const ended = await Promise.all([store.apps.revokeDue(retireAt), other.apps.revokeDue(retireAt)]);
        expect(ended.flat()).toMatchObject([
          { key: "k", value: "one", state: "revoked", endsConnections: false },
        ]);
        expect(live(await store.apps.get("1"))).toEqual(["two"]);
        const entries = await store.audit.list({ action: "secret.retired", limit: 10 });
        expect(entries).toMatchObject([{ appId: "1", target: "k", actor: { kind: "system" } }]);
        await other.close();
      });

      test("change nothing when there are none", async () => {
        await retiring();
        const revision = await store.apps.revision();
        await store.apps.revokeDue(new Date(0).toISOString());
        expect(await store.apps.revision()).toBe(revision);
      });

      async function retiring(): Promise<string> {
        await store.apps.rotateSecret("1", "k", { secret: "two" }, BY);
        const app = await store.apps.activateSecret("1", "k", { retireForSeconds: 60 }, BY);
        return app.secrets[0]?.retireAt ?? "";
      }
    });

    describe("the secret of the configuration", () => {
      test("stays in the state in which a rotation left it, whenever the server starts", async () => {
        await store.apps.rotateSecret("1", "k", { secret: "two" }, BY);
        const states = [];
        for (const secret of ["one", "two"]) {
          states.push((await store.apps.configure({ ...CONFIGURED, secret })).secretState);
        }
        await store.apps.activateSecret("1", "k", { retireForSeconds: 60 }, BY);
        states.push((await store.apps.configure(CONFIGURED)).secretState);
        await store.apps.revokeSecrets("1", "k", RETIRING, BY);
        const { app, secretState } = await store.apps.configure(CONFIGURED);
        expect([...states, secretState]).toEqual(["current", "pending", "retiring", "revoked"]);
        expect(live(app)).toEqual(["two"]);
      });
    });

    describe("keys", () => {
      test("are added after the others and taken away with their secrets", async () => {
        const app = await store.apps.addKey("1", { key: "k2", secret: "s2" }, BY);
        expect(app.keys.map(({ key }) => key)).toEqual(["k", "k2"]);
        const without = await store.apps.removeKey("1", "k", BY);
        expect(without.keys.map(({ key }) => key)).toEqual(["k2"]);
        expect(without.secrets.map(({ value }) => value)).toEqual(["s2"]);
        await expect(store.apps.addKey("1", { key: "k2", secret: "s" }, BY)).rejects.toMatchObject({
          code: "key_taken",
        });
      });
    });

    describe("restrictions", () => {
      test("are kept, replaced by those of the same reach, and lifted", async () => {
        const far = Date.now() + 3_600_000;
        const ban = { kind: "ban", id: "r1", userId: "u", untilMs: far, reason: "spam" } as const;
        const notBefore = { kind: "notBefore", id: "r2", channel: null, userId: null, atMs: 2_000 } as const;
        await store.apps.restrict("1", ban, BY);
        expect((await store.apps.restrict("1", notBefore, BY)).restrictions).toEqual([ban, notBefore]);
        // The later moment stays: what it refuses must not be accepted again by a second call.
        const earlier = { ...notBefore, id: "r3", atMs: 1_000 };
        await store.apps.restrict("1", earlier, BY);
        const forEver = { ...ban, id: "r4", untilMs: null, reason: null };
        const { restrictions } = await store.apps.restrict("1", forEver, BY);
        expect(restrictions).toEqual([{ ...earlier, atMs: 2_000 }, forEver]);
        await restart();
        expect((await store.apps.get("1"))?.restrictions).toEqual(restrictions);
        const lifted = await store.apps.liftRestriction("1", "r4", BY);
        expect(lifted.restrictions.map(({ id }) => id)).toEqual(["r3"]);
        await expect(store.apps.liftRestriction("1", "r4", BY)).rejects.toMatchObject({
          code: "restriction_not_found",
        });
      });

      test("are forgotten when they are bans that are over", async () => {
        await store.apps.restrict("1", { kind: "ban", id: "a", userId: "u", untilMs: 1, reason: null }, BY);
        const app = await store.apps.restrict(
          "1",
          { kind: "ban", id: "b", userId: "v", untilMs: null, reason: null },
          BY,
        );
        expect(app.restrictions.map(({ id }) => id)).toEqual(["b"]);
      });
    });

    describe("import", () => {
      test("takes apps as they were, secrets with their states", async () => {
        await store.apps.rotateSecret("1", "k", { secret: "two" }, BY);
        await store.apps.activateSecret("1", "k", { retireForSeconds: 3_600 }, BY);
        await store.apps.restrict(
          "1",
          { kind: "ban", id: "a", userId: "u", untilMs: null, reason: null },
          BY,
        );
        const app = await store.apps.update("1", { enabled: false, settings: { strict: true } }, BY);
        await store.apps.delete("1", BY);
        const { added, skipped } = await store.apps.import([described(app)], { existing: "refuse" }, BY);
        expect(added).toEqual([app]);
        expect(skipped).toEqual([]);
        expect(live(await store.apps.undoActivation("1", "k", BY))).toEqual(["one", "two"]);
      });

      test("refuses what is there already, all of it, or leaves that alone", async () => {
        const [one] = await store.apps.list();
        const apps = [{ ...NEW_APP, id: "2" }, described(one as StoredApp)];
        const refused = store.apps.import(apps, { existing: "refuse" }, BY);
        await expect(refused).rejects.toMatchObject({ code: "app_exists" });
        expect(await store.apps.list()).toEqual([one as StoredApp]);
        const { added, skipped } = await store.apps.import(apps, { existing: "skip" }, BY);
        expect([added.map(({ id }) => id), skipped]).toEqual([["2"], ["1"]]);
      });

      test("refuses secrets that contradict one another", async () => {
        const [secret] = NEW_APP.keys[0]?.secrets ?? [];
        if (!secret) throw new Error("the example has a secret");
        const other = { ...secret, id: "s2", value: "other" };
        const wrong = [
          [],
          [secret, other],
          [secret, { ...other, state: "pending", value: secret.value }],
          [secret, { ...other, state: "pending", id: secret.id }],
          [secret, { ...other, state: "retiring" }],
        ] as const;
        for (const secrets of wrong) {
          const app = { ...NEW_APP, keys: [{ key: "n", secrets }] };
          const refused = store.apps.import([app], { existing: "refuse" }, BY);
          await expect(refused).rejects.toMatchObject({ code: "import_invalid" });
        }
        expect(await store.apps.list()).toHaveLength(1);
      });

      test("gives a secret another id when an app has one of the same", async () => {
        const [app] = await store.apps.list();
        const copy = { ...described(app as StoredApp), id: "2" };
        const [imported] = (
          await store.apps.import(
            [{ ...copy, keys: copy.keys.map((key) => ({ ...key, key: "n" })) }],
            { existing: "refuse" },
            BY,
          )
        ).added;
        expect(live(imported)).toEqual(["one"]);
        expect(imported?.secrets[0]?.id).not.toBe(app?.secrets[0]?.id ?? "");
      });
    });
  });
}

const BY: Actor = { kind: "operator", id: "op_1", name: "a@example.com", address: "127.0.0.1" };

const RETIRING: RevokeOptions = { which: "retiring", endConnections: true, replacement: "new" };
const CURRENT: RevokeOptions = { which: "current", endConnections: true, replacement: "new" };

const CONFIGURED = { id: "1", name: "First app", key: "k", secret: "one", settings: null };

const NEW_APP: ImportedApp = {
  id: "n",
  name: "New",
  enabled: true,
  createdAt: "2026-01-01T00:00:00.000Z",
  settings: {},
  restrictions: [],
  keys: [
    {
      key: "n",
      secrets: [
        {
          id: "s",
          value: "v",
          state: "current",
          createdAt: "2026-01-01T00:00:00.000Z",
          activatedAt: "2026-01-01T00:00:00.000Z",
          retireAt: null,
          replacedBy: null,
          revokedAt: null,
          endsConnections: false,
        },
      ],
    },
  ],
};

/** What may be asked for at any time; a new secret where one is needed. */
const STEPS = {
  rotate: (apps: AppStore, secret: string) => apps.rotateSecret("1", "k", { secret }, BY),
  activate: (apps: AppStore) => apps.activateSecret("1", "k", { retireForSeconds: 60 }, BY),
  activateAlone: (apps: AppStore) => apps.activateSecret("1", "k", { retireForSeconds: 0 }, BY),
  undo: (apps: AppStore) => apps.undoActivation("1", "k", BY),
  cancel: (apps: AppStore) => apps.cancelRotation("1", "k", BY),
  revokePending: (apps: AppStore) => apps.revokeSecrets("1", "k", { ...CURRENT, which: "pending" }, BY),
  revokeRetiring: (apps: AppStore) => apps.revokeSecrets("1", "k", RETIRING, BY),
  revokeCurrent: (apps: AppStore, secret: string) =>
    apps.revokeSecrets("1", "k", { ...CURRENT, replacement: secret }, BY),
  endRetirements: (apps: AppStore) => apps.revokeDue(new Date(Date.now() + 61_000).toISOString()),
} as const;

const REFUSALS = ["rotation_in_progress", "nothing_pending", "nothing_to_undo", "nothing_retiring"];

function described(app: StoredApp): ImportedApp {
  return {
    id: app.id,
    name: app.name,
    enabled: app.enabled,
    createdAt: app.createdAt,
    settings: app.overrides,
    restrictions: app.restrictions,
    keys: app.keys.map(({ key }) => ({
      key,
      secrets: app.secrets
        .filter((secret) => secret.key === key)
        .map(({ key: _, fingerprint: __, ...secret }) => secret),
    })),
  };
}

function live(app: StoredApp | undefined): string[] {
  return (app?.keys ?? []).flatMap(({ secrets }) => secrets.map(({ value }) => value));
}

function idOf(app: StoredApp, value: string): string {
  return app.secrets.find((secret) => secret.value === value)?.id ?? "";
}

function before(iso: string): string {
  return new Date(Date.parse(iso) - 1).toISOString();
}
