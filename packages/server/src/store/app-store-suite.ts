import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { DEFAULT_APP_SETTINGS } from "@usher/hub";
import fc from "fast-check";
import type { Actor } from "../actor.ts";
import { type AppChange, AppDirectory } from "./app-directory.ts";
import type { AppStore, ConfiguredApp, NewApp } from "./app-store.ts";
import type { Store } from "./open-store.ts";

/** A database of its own for one test, empty at first. */
export interface TestDatabase {
  /** Another handle on the same database, as another process would have. */
  open(): Promise<Store>;
  remove(): Promise<void>;
}

/** What every app store promises. A driver's test file is one call to this, plus cases for that driver's own faults. */
export function describeAppStore(name: string, createDatabase: () => Promise<TestDatabase>): void {
  describe(`${name}: app store`, () => {
    let database: TestDatabase;
    let store: AppStore;
    const opened: Store[] = [];

    async function openAnother(): Promise<AppStore> {
      const another = await database.open();
      opened.push(another);
      return another.apps;
    }

    beforeEach(async () => {
      database = await createDatabase();
      store = await openAnother();
    });

    afterEach(async () => {
      await Promise.all(opened.splice(0).map((each) => each.close()));
      await database.remove();
    });

    test("is empty at first", async () => {
      expect(await store.list()).toEqual([]);
      expect(await store.get("1")).toBeUndefined();
    });

    test("gives back an app as it was created, with complete settings", async () => {
      const created = await store.create(CHAT, BY);
      expect(created).toMatchObject({
        id: "1",
        name: "Chat",
        enabled: true,
        overrides: { clientEvents: true },
      });
      expect(created.settings).toEqual({ ...DEFAULT_APP_SETTINGS, clientEvents: true });
      expect(created.keys.map(({ key, secrets }) => [key, secrets.map(({ value }) => value)])).toEqual([
        ["key-1", ["secret-1"]],
      ]);
      expect(created.keys[0]?.secrets[0]?.id).not.toContain("secret-1");
      expect(Number.isNaN(Date.parse(created.createdAt))).toBe(false);
      expect(await store.get("1")).toEqual(created);
      expect(await store.list()).toEqual([created]);
    });

    test("keeps several keys of one app in the order given", async () => {
      const keys = ["c", "a", "b"].map((key) => ({ key, secret: `secret of ${key}` }));
      const app = await store.create({ ...CHAT, keys }, BY);
      expect(app.keys.map(({ key }) => key)).toEqual(["c", "a", "b"]);
    });

    test("keeps an id of digits as it is written, leading zeros included", async () => {
      await store.create({ ...CHAT, id: "007" }, BY);
      expect((await store.list())[0]?.id).toBe("007");
      expect(await store.get("7")).toBeUndefined();
    });

    test("refuses a second app with the same id and keeps the first", async () => {
      const first = await store.create(CHAT, BY);
      const second = store.create(
        { ...CHAT, name: "Other", keys: [{ key: "key-2", secret: "secret-2" }] },
        BY,
      );
      await expect(second).rejects.toMatchObject({ code: "app_exists" });
      expect(await store.list()).toEqual([first]);
    });

    test("writes nothing of an app whose second key is taken", async () => {
      await store.create(CHAT, BY);
      const revision = await store.revision();
      const keys = [
        { key: "key-2", secret: "secret-2" },
        { key: "key-1", secret: "secret-3" },
      ];
      await expect(store.create({ ...CHAT, id: "2", keys }, BY)).rejects.toMatchObject({ code: "key_taken" });
      expect((await store.list()).map(({ id }) => id)).toEqual(["1"]);
      expect(await store.revision()).toBe(revision);
      // The key was not left behind either.
      await store.create({ ...CHAT, id: "2", keys: [{ key: "key-2", secret: "secret-2" }] }, BY);
    });

    test("changes what an update gives and leaves the rest", async () => {
      await store.create(CHAT, BY);
      const updated = await store.update("1", { enabled: false }, BY);
      expect(updated).toMatchObject({ name: "Chat", enabled: false, overrides: { clientEvents: true } });
      expect(await store.update("1", { name: "Talk", settings: { strict: true } }, BY)).toMatchObject({
        name: "Talk",
        enabled: false,
        overrides: { strict: true },
        settings: { ...DEFAULT_APP_SETTINGS, strict: true },
      });
    });

    test("merges a part of presence_limits over the defaults", async () => {
      const app = await store.create({ ...CHAT, settings: { presenceLimits: { members: 500 } } }, BY);
      expect(app.overrides).toEqual({ presenceLimits: { members: 500 } });
      expect(app.settings.presenceLimits).toEqual({ ...DEFAULT_APP_SETTINGS.presenceLimits, members: 500 });
    });

    test("refuses to update an app that is not there", async () => {
      await expect(store.update("1", { name: "x" }, BY)).rejects.toMatchObject({ code: "app_not_found" });
    });

    test("deletes an app with its keys, so that they can be given again", async () => {
      await store.create(CHAT, BY);
      expect(await store.delete("1", BY)).toBe(true);
      expect(await store.delete("1", BY)).toBe(false);
      expect(await store.list()).toEqual([]);
      await store.create({ ...CHAT, id: "2" }, BY);
    });

    test("keeps any name, key and secret byte for byte", async () => {
      const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
      const property = fc.asyncProperty(text, text, text, async (name, key, secret) => {
        const app = await store.create({ id: "9", name, keys: [{ key, secret }], settings: {} }, BY);
        expect([app.name, app.keys[0]?.key, app.keys[0]?.secrets[0]?.value]).toEqual([name, key, secret]);
        await store.delete("9", BY);
      });
      await fc.assert(property, { numRuns: 50, examples: [["'; drop table apps; --", '"', "\\"]] });
    });

    describe("revision", () => {
      test("differs after every change and stays when nothing changed", async () => {
        const seen = new Set([await store.revision()]);
        const changes = [
          () => store.create(CHAT, BY),
          () => store.update("1", { name: "Talk" }, BY),
          () => store.update("1", { enabled: false }, BY),
          () => store.update("1", { settings: { strict: true } }, BY),
          () => store.configure({ ...CONFIGURED, secret: "another" }),
          () => store.delete("1", BY),
        ];
        for (const [index, change] of changes.entries()) {
          await change();
          seen.add(await store.revision());
          expect(seen.size).toBe(index + 2);
        }
        await store.delete("1", BY);
        expect(seen.has(await store.revision())).toBe(true);
      });

      test("stays when an update changes nothing", async () => {
        await store.create(CHAT, BY);
        const revision = await store.revision();
        await store.update("1", { name: "Chat", enabled: true, settings: { clientEvents: true } }, BY);
        expect(await store.revision()).toBe(revision);
      });

      test("tells one handle of the changes of another", async () => {
        const other = await openAnother();
        const before = await store.revision();
        const created = await other.create(CHAT, BY);
        expect(await store.revision()).not.toBe(before);
        expect(await store.list()).toEqual([created]);
      });
    });

    describe("createFirst", () => {
      test("creates an app in a store that has none, and only there", async () => {
        expect(await store.createFirst(CHAT)).toMatchObject({ id: "1" });
        expect(await store.createFirst({ ...CHAT, id: "2", keys: [] })).toBeUndefined();
        expect((await store.list()).map(({ id }) => id)).toEqual(["1"]);
      });

      test("makes one app when two servers start together", async () => {
        const other = await openAnother();
        const second = { ...CHAT, id: "2", keys: [{ key: "key-2", secret: "secret-2" }] };
        const made = await Promise.all([store.createFirst(CHAT), other.createFirst(second)]);
        expect(made.filter((app) => app !== undefined)).toHaveLength(1);
        expect(await store.list()).toHaveLength(1);
      });
    });

    describe("configure", () => {
      test("creates the app that is described", async () => {
        const { app, created } = await store.configure(CONFIGURED);
        expect(created).toBe(true);
        expect(secretsOf(app)).toEqual({ "key-1": ["secret-1"] });
        expect(app.settings.clientEvents).toBe(true);
      });

      test("changes nothing when it is said again", async () => {
        const { app } = await store.configure(CONFIGURED);
        const revision = await store.revision();
        expect(await store.configure(CONFIGURED)).toEqual({ app, created: false, secretState: "current" });
        expect(await store.revision()).toBe(revision);
      });

      test("leaves name, enabled and unmentioned settings of an app alone", async () => {
        await store.configure(CONFIGURED);
        await store.update("1", { name: "Renamed", enabled: false }, BY);
        const { app } = await store.configure({ ...CONFIGURED, settings: null });
        expect(app).toMatchObject({ name: "Renamed", enabled: false, overrides: { clientEvents: true } });
      });

      test("replaces the settings as a whole", async () => {
        await store.configure(CONFIGURED);
        const { app } = await store.configure({ ...CONFIGURED, settings: { strict: true } });
        expect(app.overrides).toEqual({ strict: true });
      });

      test("replaces the secret at once, and takes a former one back", async () => {
        await store.configure(CONFIGURED);
        const changed = await store.configure({ ...CONFIGURED, secret: "secret-2" });
        expect(secretsOf(changed.app)).toEqual({ "key-1": ["secret-2"] });
        const back = await store.configure(CONFIGURED);
        expect(back.secretState).toBe("current");
        expect(secretsOf(back.app)).toEqual({ "key-1": ["secret-1"] });
      });

      test("replaces the key that it brought and keeps keys that came otherwise", async () => {
        await store.create({ ...CHAT, keys: [{ key: "own", secret: "own secret" }] }, BY);
        await store.configure(CONFIGURED);
        const { app } = await store.configure({ ...CONFIGURED, key: "key-2" });
        expect(secretsOf(app)).toEqual({ own: ["own secret"], "key-2": ["secret-1"] });
      });

      test("refuses a key of another app and leaves everything as it was", async () => {
        await store.create({ ...CHAT, id: "2" }, BY);
        const revision = await store.revision();
        await expect(store.configure(CONFIGURED)).rejects.toMatchObject({ code: "key_taken" });
        expect((await store.list()).map(({ id }) => id)).toEqual(["2"]);
        expect(await store.revision()).toBe(revision);
      });
    });

    test("shows a change of another handle in a directory within a second", async () => {
      const other = await openAnother();
      const { promise, resolve } = Promise.withResolvers<readonly AppChange[]>();
      const directory = await AppDirectory.open(store, {
        pollIntervalMs: 250,
        onChange: resolve,
        onError: (error) => resolve([{ after: error as never }]),
      });
      const committed = other.create(CHAT, BY).then(() => performance.now());
      const changes = await promise;
      expect(performance.now() - (await committed)).toBeLessThan(1_000);
      expect(changes).toMatchObject([{ after: { id: "1" } }]);
      expect(directory.byKey("key-1")?.app).toBe(directory.byId("1"));
      await directory.stop();
    });
  });
}

const BY: Actor = { kind: "operator", id: "op_1", name: "a@example.com", address: "127.0.0.1" };

const CHAT: NewApp = {
  id: "1",
  name: "Chat",
  keys: [{ key: "key-1", secret: "secret-1" }],
  settings: { clientEvents: true },
};

const CONFIGURED: ConfiguredApp = {
  id: "1",
  name: "First app",
  key: "key-1",
  secret: "secret-1",
  settings: { clientEvents: true },
};

function secretsOf(app: Awaited<ReturnType<AppStore["create"]>>): Record<string, string[]> {
  return Object.fromEntries(app.keys.map(({ key, secrets }) => [key, secrets.map(({ value }) => value)]));
}
