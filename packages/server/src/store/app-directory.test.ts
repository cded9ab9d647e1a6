import { afterEach, describe, expect, test } from "bun:test";
import { mergeAppSettings } from "../config/app-settings.ts";
import { type AppChange, AppDirectory } from "./app-directory.ts";
import type { StoredApp } from "./app-store.ts";

describe("AppDirectory", () => {
  const opened: AppDirectory[] = [];
  afterEach(() => Promise.all(opened.splice(0).map((directory) => directory.stop())));

  /** A directory over a list that a test may change or break, with everything it reported. */
  async function open(apps: StoredApp[], pollIntervalMs = 60_000) {
    const store = { apps, number: 1, failure: undefined as Error | undefined };
    const changes: (readonly AppChange[])[] = [];
    const errors: unknown[] = [];
    const directory = await AppDirectory.open(
      {
        list: async () => {
          if (store.failure) throw store.failure;
          return structuredClone(store.apps);
        },
        revision: async () => {
          if (store.failure) throw store.failure;
          return store.number;
        },
      },
      {
        pollIntervalMs,
        onChange: (change) => void changes.push(change),
        onError: (error) => void errors.push(error),
      },
    );
    opened.push(directory);
    const replace = (...next: StoredApp[]) => {
      store.apps = next;
      store.number++;
      return directory.refresh();
    };
    return { directory, store, changes, errors, replace };
  }

  test("finds an app by id and by each of its keys", async () => {
    const { directory } = await open([app("1", "a", "b"), app("2", "c")]);
    expect(directory.byId("2")?.name).toBe("App 2");
    expect(directory.byKey("b")?.app).toBe(directory.byId("1"));
    expect(directory.byKey("b")?.appKey.key).toBe("b");
    expect(directory.byKey("x") ?? directory.byId("x")).toBeUndefined();
    expect(directory.all().map(({ id }) => id)).toEqual(["1", "2"]);
  });

  test("finds nothing by names that every object has", async () => {
    const { directory } = await open([app("1", "a")]);
    expect(directory.byKey("__proto__") ?? directory.byId("constructor")).toBeUndefined();
  });

  test("reports what is new, what changed and what is gone, and shows it by then", async () => {
    const { directory, changes, replace } = await open([app("1", "a"), app("2", "b")]);
    const [one, two] = directory.all();
    await replace({ ...app("1", "a"), enabled: false }, app("3", "c"));
    expect(changes).toHaveLength(1);
    expect(changes[0]).toEqual([
      { before: one as StoredApp, after: directory.byId("1") as StoredApp },
      { after: directory.byId("3") as StoredApp },
      { before: two as StoredApp },
    ]);
    expect(directory.byId("1")?.enabled).toBe(false);
    expect(directory.byKey("b")).toBeUndefined();
  });

  test("keeps the very object of an app that did not change", async () => {
    const { directory, replace } = await open([app("1", "a"), app("2", "b")]);
    const before = directory.byId("2");
    await replace({ ...app("1", "a"), name: "Renamed" }, app("2", "b"));
    expect(directory.byId("2")).toBe(before as StoredApp);
  });

  test("reports nothing when the revision moved and no app did", async () => {
    const { changes, replace } = await open([app("1", "a")]);
    await replace(app("1", "a"));
    expect(changes).toEqual([]);
  });

  test("tells the revision that it shows, after what changed by it, and is refreshed when that was heard", async () => {
    const events: unknown[] = [];
    let revision = 1;
    const directory: AppDirectory = await AppDirectory.open(
      { list: async () => [app(String(revision), "a")], revision: async () => revision },
      {
        pollIntervalMs: 60_000,
        onChange: () => void events.push("changed"),
        onApplied: async (applied) => {
          await Promise.resolve();
          events.push([applied, directory.revision]);
        },
        onError: (error) => void events.push(error),
      },
    );
    opened.push(directory);
    expect(directory.revision).toBe(1);
    revision = 2;
    await directory.refresh();
    await directory.refresh();
    expect(events).toEqual(["changed", [2, 2]]);
  });

  test("keeps what it knows while the store fails, says so once for each spell, and recovers", async () => {
    const { directory, store, changes, errors, replace } = await open([app("1", "a")]);
    const failure = new Error("gone");
    store.failure = failure;
    await directory.refresh();
    await directory.refresh();
    expect(directory.byKey("a")?.app.id).toBe("1");
    expect(errors).toEqual([failure]);

    store.failure = undefined;
    await replace(app("1", "a"), app("2", "b"));
    expect(changes).toHaveLength(1);
    expect(directory.byKey("b")?.app.id).toBe("2");

    store.failure = failure;
    await directory.refresh();
    expect(errors).toEqual([failure, failure]);
  });

  test("goes on polling after a failure", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let isFailing = false;
    let number = 1;
    const store = {
      list: async () => [app("1", "a"), ...(number > 1 ? [app("2", "b")] : [])],
      revision: async () => {
        if (isFailing) throw new Error("gone");
        return number;
      },
    };
    const directory = await AppDirectory.open(store, {
      pollIntervalMs: 1,
      onChange: () => resolve(),
      onError: () => {
        isFailing = false;
        number = 2;
      },
    });
    opened.push(directory);
    isFailing = true;
    await promise;
    expect(directory.byId("2")?.id).toBe("2");
  });

  test("fails to open when the store cannot be read at all", async () => {
    const store = { list: () => Promise.reject(new Error("gone")), revision: async () => 1 };
    const options = { pollIntervalMs: 1, onChange: () => {}, onError: () => {} };
    await expect(AppDirectory.open(store, options)).rejects.toThrow("gone");
  });

  test("asks the store nothing and reports nothing after it was stopped", async () => {
    const { directory, store, changes, replace } = await open([app("1", "a")], 1);
    await directory.stop();
    store.failure = new Error("asked");
    await replace(app("2", "b"));
    expect(changes).toEqual([]);
    expect(directory.byId("1")?.id).toBe("1");
  });
});

function app(id: string, ...keys: string[]): StoredApp {
  return {
    id,
    name: `App ${id}`,
    enabled: true,
    keys: keys.map((key) => ({ key, secrets: [{ id: `sec_${key}`, value: `secret of ${key}` }] })),
    settings: mergeAppSettings({}),
    overrides: {},
    restrictions: [],
    createdAt: "2026-01-01T00:00:00.000Z",
    secrets: keys.map((key) => ({
      id: `sec_${key}`,
      key,
      value: `secret of ${key}`,
      state: "current" as const,
      fingerprint: "",
      createdAt: "2026-01-01T00:00:00.000Z",
      activatedAt: "2026-01-01T00:00:00.000Z",
      retireAt: null,
      replacedBy: null,
      revokedAt: null,
      endsConnections: false,
    })),
  };
}
