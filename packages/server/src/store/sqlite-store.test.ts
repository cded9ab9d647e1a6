import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely, sql } from "kysely";
import { SYSTEM } from "../actor.ts";
import { type AppChange, AppDirectory } from "./app-directory.ts";
import type { NewApp } from "./app-store.ts";
import type { Migration } from "./migration.ts";
import { MIGRATIONS, migrate } from "./migrations.ts";
import { describeMigrations } from "./migrations-suite.ts";
import { databasePath, sqliteDatabaseIn } from "./open-sqlite.ts";
import { openStore, storeIn } from "./open-store.ts";
import { isSqliteRecentEnough, openSqliteDatabase } from "./sqlite-database.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { describeStore } from "./store-suite.ts";
import type { Tables } from "./tables.ts";

describeStore("sqlite", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "usher-store-"));
  return {
    open: () => openStore({ ...OPTIONS, dataDir, lockWaitMs: 1_000 }),
    remove: async () => rmSync(dataDir, { recursive: true }),
  };
});

describeMigrations("sqlite", async () => {
  const database = new DatabaseSync(":memory:");
  database.exec("pragma foreign_keys = on");
  const db = new Kysely<Tables>({ dialect: sqliteDialect(database, 20) });
  return { db, kind: "sqlite", remove: () => db.destroy() };
});

describe("sqlite: the file and its faults", () => {
  let parent: string;
  let dataDir: string;

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "usher-store-"));
    dataDir = join(parent, "a", "data");
  });

  afterEach(() => rmSync(parent, { recursive: true }));

  function open(options: { readonly create?: boolean; readonly lockWaitMs?: number } = {}) {
    return openStore({ ...OPTIONS, dataDir, ...options });
  }

  test("an import of many apps lets others have their turn after each", async () => {
    const store = await open();
    const secret = { id: "", value: "", state: "current", createdAt: "2026-01-01T00:00:00.000Z" } as const;
    const life = { activatedAt: secret.createdAt, retireAt: null, replacedBy: null, revokedAt: null };
    const apps = Array.from({ length: 50 }, (_, index) => ({
      id: String(index),
      name: "App",
      enabled: true,
      createdAt: secret.createdAt,
      settings: {},
      restrictions: [],
      keys: [
        {
          key: `key-${index}`,
          secrets: [
            { ...secret, ...life, id: `sec_${index}`, value: `secret ${index}`, endsConnections: false },
          ],
        },
      ],
    }));
    let turns = 0;
    const count = () => {
      turns++;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    await store.apps.import(apps, { existing: "refuse" }, SYSTEM);
    clearImmediate(counting);
    expect(turns).toBeGreaterThanOrEqual(50);
    await store.close();
  });

  test("finds entries of the audit trail by an index, since nothing else is served while it looks", async () => {
    const store = await open();
    for (const column of ["app_id", "action", "actor_id"]) {
      const { rows } = await store.database.query((db) =>
        sql<{ detail: string }>`
          explain query plan select * from audit where ${sql.ref(column)} = 'x' order by id desc limit 50`.execute(
          db,
        ),
      );
      expect(rows.map(({ detail }) => detail)).toEqual([expect.stringContaining(`(${column}=?)`)]);
    }
    await store.close();
  });

  test("makes folder and files that only their owner may read", async () => {
    const store = await open();
    await store.apps.create(CHAT, SYSTEM);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    for (const suffix of ["", "-wal", "-shm"]) {
      expect(statSync(databasePath(dataDir) + suffix).mode & 0o777).toBe(0o600);
    }
    await store.close();
  });

  test("makes a database private that was not", async () => {
    await (await open()).close();
    chmodSync(databasePath(dataDir), 0o644);
    await (await open()).close();
    expect(statSync(databasePath(dataDir)).mode & 0o777).toBe(0o600);
  });

  test("keeps what was written when it is opened again", async () => {
    const store = await open();
    const app = await store.apps.create(CHAT, SYSTEM);
    await store.close();
    const again = await open();
    expect(await again.apps.list()).toEqual([app]);
    await again.close();
  });

  test("opens from several processes at once, on a database that none of them has made yet", async () => {
    const script = `
      import { openStore } from ${JSON.stringify(join(import.meta.dir, "open-store.ts"))};
      const store = await openStore(${JSON.stringify({ ...OPTIONS, dataDir, lockWaitMs: 5_000 })});
      await store.apps.create({ id: process.argv.at(-1), name: "", keys: [], settings: {} }, ${JSON.stringify(SYSTEM)});
      await store.close();`;
    const processes = ["1", "2", "3", "4", "5", "6"].map((id) =>
      Bun.spawn([process.execPath, "-e", script, id], { stderr: "pipe" }),
    );
    for (const child of processes) {
      const errors = await new Response(child.stderr).text();
      expect([await child.exited, errors]).toEqual([0, ""]);
    }
    const store = await open();
    expect((await store.apps.list()).map(({ id }) => id).sort()).toEqual(["1", "2", "3", "4", "5", "6"]);
    await store.close();
  }, 30_000);

  test("shows a directory the change of another process within a second", async () => {
    const store = await open({ lockWaitMs: 1_000 });
    const { promise, resolve, reject } = Promise.withResolvers<readonly AppChange[]>();
    const directory = await AppDirectory.open(store.apps, {
      pollIntervalMs: 250,
      onChange: resolve,
      onError: reject,
    });
    const script = `
      import { openStore } from ${JSON.stringify(join(import.meta.dir, "open-store.ts"))};
      const store = await openStore(${JSON.stringify({ ...OPTIONS, dataDir, lockWaitMs: 1_000 })});
      await store.apps.create(${JSON.stringify(CHAT)}, ${JSON.stringify(SYSTEM)});
      process.stdout.write(String(Date.now()));
      await store.close();`;
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
    expect(await promise).toMatchObject([{ after: { id: "1" } }]);
    const seenAt = Date.now();
    const committedAt = Number(await new Response(child.stdout).text());
    expect(seenAt - committedAt).toBeLessThan(1_000);
    await directory.stop();
    await store.close();
  }, 20_000);

  test("does not make a database that is only to be read", async () => {
    await expect(open({ create: false })).rejects.toMatchObject({ code: "missing" });
    expect(existsSync(join(parent, "a"))).toBe(false);
  });

  test("says so when the folder cannot be made", async () => {
    writeFileSync(join(parent, "a"), "a file where the folder should be");
    await expect(open()).rejects.toMatchObject({
      code: "folder_unusable",
      message: expect.stringContaining(dataDir),
      hint: expect.stringContaining("data_dir"),
    });
  });

  test("says so when the folder may not be written to", async () => {
    mkdirSync(dataDir, { recursive: true });
    chmodSync(parent, 0o755);
    await asUnprivilegedUser(async () => {
      await expect(open()).rejects.toMatchObject({ code: "read_only" });
    });
    expect(existsSync(databasePath(dataDir))).toBe(false);
  });

  test("says so when the file is not a database, and leaves it alone", async () => {
    mkdirSync(dataDir, { recursive: true });
    const text = "this has never been a database, whatever its name says. ".repeat(50);
    writeFileSync(databasePath(dataDir), text);
    await expect(open()).rejects.toMatchObject({
      code: "corrupt",
      message: `${databasePath(dataDir)} is damaged or not a database`,
    });
    expect(readFileSync(databasePath(dataDir), "utf8")).toBe(text);
  });

  test("says so when the database is damaged inside", async () => {
    const store = await open();
    const restrictions: never[] = [];
    const app = { name: "Chat", enabled: true, createdAt: "", settings: {}, restrictions, keys: [] };
    const apps = Array.from({ length: 200 }, (_, index) => ({ ...app, id: String(index) }));
    await store.apps.import(apps, { existing: "refuse" }, SYSTEM);
    await store.close();
    const bytes = readFileSync(databasePath(dataDir));
    bytes.fill(0xff, 4_096);
    writeFileSync(databasePath(dataDir), bytes);
    await expect(open().then((damaged) => damaged.apps.list())).rejects.toMatchObject({ code: "corrupt" });
  });

  test("says so when another process holds the database", async () => {
    await (await open()).close();
    const holder = new DatabaseSync(databasePath(dataDir));
    holder.exec("pragma locking_mode = exclusive; begin exclusive");
    await expect(open()).rejects.toMatchObject({ code: "locked" });
    holder.close();
    await (await open()).close();
  });

  test("says so when another process writes for too long, and writes when it is done", async () => {
    const store = await open();
    const holder = new DatabaseSync(databasePath(dataDir));
    holder.exec("begin immediate");
    await expect(store.apps.create(CHAT, SYSTEM)).rejects.toMatchObject({ code: "locked" });
    expect(await store.apps.list()).toEqual([]);
    holder.exec("rollback");
    holder.close();
    await store.apps.create(CHAT, SYSTEM);
    await store.close();
  });

  test("says so when the disk is full, and has written nothing", async () => {
    const path = join(parent, "full.db");
    const database = openSqliteDatabase({ path, create: true, lockWaitMs: 20 });
    const store = await storeIn(await sqliteDatabaseIn(database, path, 20), {
      dataDir: parent,
      masterKey: null,
    });
    const [{ page_count }] = database.prepare("pragma page_count").all() as [{ page_count: number }];
    database.exec(`pragma max_page_count = ${page_count}`);
    const large = { ...CHAT, name: "x".repeat(100_000) };
    await expect(store.apps.create(large, SYSTEM)).rejects.toMatchObject({ code: "disk_full" });
    expect(await store.apps.list()).toEqual([]);
    expect(await store.apps.revision()).toBe(0);
    await store.apps.create(CHAT, SYSTEM);
    await store.close();
  });

  test("refuses a database of a later version and leaves it alone", async () => {
    await (await open()).close();
    const nothing = async () => {};
    const later = [...MIGRATIONS, { name: "9999_from_the_future", up: nothing, down: nothing }];
    const db = new Kysely<Tables>({ dialect: sqliteDialect(new DatabaseSync(databasePath(dataDir)), 20) });
    await migrate(db, "sqlite", later);
    await db.destroy();
    const before = readFileSync(databasePath(dataDir));
    await expect(open()).rejects.toMatchObject({
      code: "newer",
      message: expect.stringContaining("9999_from_the_future"),
    });
    expect(readFileSync(databasePath(dataDir)).equals(before)).toBe(true);
  });

  test("leaves no trace of a migration that fails half-way", async () => {
    await (await open()).close();
    const db = new Kysely<Tables>({ dialect: sqliteDialect(new DatabaseSync(databasePath(dataDir)), 20) });
    const broken: Migration = {
      name: "9999_broken",
      async up(half) {
        await half.schema.createTable("half").addColumn("id", "text").execute();
        throw new Error("half-way");
      },
      down: async () => {},
    };
    await expect(migrate(db, "sqlite", [...MIGRATIONS, broken])).rejects.toThrow("half-way");
    const tables = await db.introspection.getTables();
    expect(tables.map(({ name }) => name)).not.toContain("half");
    await db.destroy();
    await (await open()).close();
  });

  test("says which settings it cannot read", async () => {
    const store = await open();
    await store.apps.create(CHAT, SYSTEM);
    const database = new DatabaseSync(databasePath(dataDir));
    database.exec(`update apps set settings = '{"strict":"yes"}'`);
    await expect(store.apps.list()).rejects.toMatchObject({
      code: "settings_unreadable",
      message: 'the stored settings of app 1 are not valid: strict: "yes" is not true or false',
    });
    database.exec("update apps set settings = '{'");
    await expect(store.apps.get("1")).rejects.toMatchObject({ code: "settings_unreadable" });
    database.close();
    await store.close();
  });

  test("shows no key without a live secret", async () => {
    const store = await open();
    await store.apps.create({ ...CHAT, keys: [...CHAT.keys, { key: "key-2", secret: "secret-2" }] }, SYSTEM);
    const database = new DatabaseSync(databasePath(dataDir));
    database.exec("update app_secrets set state = 'revoked' where key = 'key-2'");
    database.close();
    const app = await store.apps.get("1");
    expect(app?.keys.map(({ key }) => key)).toEqual(["key-1"]);
    await store.close();
  });

  test("refuses a SQLite that can damage databases", () => {
    expect(["3.51.3", "3.52.0", "3.54.1", "4.0.0"].every(isSqliteRecentEnough)).toBe(true);
    expect(["3.51.2", "3.50.9", "3.9.99", "2.99.99"].some(isSqliteRecentEnough)).toBe(false);
  });
});

const OPTIONS = { masterKey: null, databaseUrl: null, create: true, lockWaitMs: 20 };

const CHAT: NewApp = {
  id: "1",
  name: "Chat",
  keys: [{ key: "key-1", secret: "secret-1" }],
  settings: {},
};

/** File modes mean nothing to root, who runs the tests in many containers. */
async function asUnprivilegedUser(run: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.("nobody");
  try {
    await run();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}
