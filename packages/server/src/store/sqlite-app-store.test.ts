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
import { Kysely } from "kysely";
import { type AppChange, AppDirectory } from "./app-directory.ts";
import type { NewApp } from "./app-store.ts";
import { describeAppStore } from "./app-store-suite.ts";
import { MIGRATIONS, migrate } from "./migrations.ts";
import { SqlAppStore } from "./sql-app-store.ts";
import { databasePath, openSqliteAppStore, sqliteDatabaseIn } from "./sqlite-app-store.ts";
import { isSqliteRecentEnough, openSqliteDatabase } from "./sqlite-database.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import type { Tables } from "./tables.ts";

describeAppStore("sqlite", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "usher-store-"));
  return {
    open: () => openSqliteAppStore({ dataDir, create: true, lockWaitMs: 1_000 }),
    remove: async () => rmSync(dataDir, { recursive: true }),
  };
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
    return openSqliteAppStore({ dataDir, create: true, lockWaitMs: 20, ...options });
  }

  test("makes folder and files that only their owner may read", async () => {
    const store = await open();
    await store.create(CHAT);
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
    const app = await store.create(CHAT);
    await store.close();
    const again = await open();
    expect(await again.list()).toEqual([app]);
    await again.close();
  });

  test("opens from several processes at once, on a database that none of them has made yet", async () => {
    const script = `
      import { openSqliteAppStore } from ${JSON.stringify(join(import.meta.dir, "sqlite-app-store.ts"))};
      const store = await openSqliteAppStore({ dataDir: ${JSON.stringify(dataDir)}, create: true, lockWaitMs: 5_000 });
      await store.create({ id: process.argv.at(-1), name: "", keys: [], settings: {} });
      await store.close();`;
    const processes = ["1", "2", "3", "4", "5", "6"].map((id) =>
      Bun.spawn([process.execPath, "-e", script, id], { stderr: "pipe" }),
    );
    for (const child of processes) {
      const errors = await new Response(child.stderr).text();
      expect([await child.exited, errors]).toEqual([0, ""]);
    }
    const store = await open();
    expect((await store.list()).map(({ id }) => id).sort()).toEqual(["1", "2", "3", "4", "5", "6"]);
    await store.close();
  }, 30_000);

  test("shows a directory the change of another process within a second", async () => {
    const store = await open({ lockWaitMs: 1_000 });
    const { promise, resolve, reject } = Promise.withResolvers<readonly AppChange[]>();
    const directory = await AppDirectory.open(store, {
      pollIntervalMs: 250,
      onChange: resolve,
      onError: reject,
    });
    const script = `
      import { openSqliteAppStore } from ${JSON.stringify(join(import.meta.dir, "sqlite-app-store.ts"))};
      const store = await openSqliteAppStore({ dataDir: ${JSON.stringify(dataDir)}, create: true, lockWaitMs: 1_000 });
      await store.create(${JSON.stringify(CHAT)});
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
    for (let id = 1; id <= 200; id++) await store.create({ ...CHAT, id: String(id), keys: [] });
    await store.close();
    const bytes = readFileSync(databasePath(dataDir));
    bytes.fill(0xff, 4_096);
    writeFileSync(databasePath(dataDir), bytes);
    await expect(open().then((damaged) => damaged.list())).rejects.toMatchObject({ code: "corrupt" });
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
    await expect(store.create(CHAT)).rejects.toMatchObject({ code: "locked" });
    expect(await store.list()).toEqual([]);
    holder.exec("rollback");
    holder.close();
    await store.create(CHAT);
    await store.close();
  });

  test("says so when the disk is full, and has written nothing", async () => {
    const path = join(parent, "full.db");
    const database = openSqliteDatabase({ path, create: true, lockWaitMs: 20 });
    const store = new SqlAppStore(await sqliteDatabaseIn(database, path, 20));
    const [{ page_count }] = database.prepare("pragma page_count").all() as [{ page_count: number }];
    database.exec(`pragma max_page_count = ${page_count}`);
    const large = { ...CHAT, name: "x".repeat(100_000) };
    await expect(store.create(large)).rejects.toMatchObject({ code: "disk_full" });
    expect(await store.list()).toEqual([]);
    expect(await store.revision()).toBe(0);
    await store.create(CHAT);
    await store.close();
  });

  test("refuses a database of a later version and leaves it alone", async () => {
    await (await open()).close();
    const later = { ...MIGRATIONS, "9999_from_the_future": { up: async () => {} } };
    const db = new Kysely<Tables>({ dialect: sqliteDialect(new DatabaseSync(databasePath(dataDir)), 20) });
    await migrate(db, later);
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
    const broken = {
      ...MIGRATIONS,
      "9999_broken": {
        async up(half: Kysely<unknown>) {
          await half.schema.createTable("half").addColumn("id", "text").execute();
          throw new Error("half-way");
        },
      },
    };
    await expect(migrate(db, broken)).rejects.toThrow("half-way");
    const tables = await db.introspection.getTables();
    expect(tables.map(({ name }) => name)).not.toContain("half");
    await db.destroy();
    await (await open()).close();
  });

  test("says which settings it cannot read", async () => {
    const store = await open();
    await store.create(CHAT);
    const database = new DatabaseSync(databasePath(dataDir));
    database.exec(`update apps set settings = '{"strict":"yes"}'`);
    await expect(store.list()).rejects.toMatchObject({
      code: "settings_unreadable",
      message: 'the stored settings of app 1 are not valid: strict: "yes" is not true or false',
    });
    database.exec("update apps set settings = '{'");
    await expect(store.get("1")).rejects.toMatchObject({ code: "settings_unreadable" });
    database.close();
    await store.close();
  });

  test("shows live secrets only, the current one first, and no key without one", async () => {
    const store = await open();
    await store.create({ ...CHAT, keys: [CHAT.keys[0] ?? NONE, { key: "key-2", secret: "secret-2" }] });
    const database = new DatabaseSync(databasePath(dataDir));
    database.exec(`
      update app_secrets set state = 'retiring' where value = 'secret-1';
      update app_secrets set state = 'revoked' where value = 'secret-2';
      insert into app_secrets (id, key, value, state, position, created_at) values
        ('a', 'key-1', 'revoked one', 'revoked', 2, ''),
        ('b', 'key-1', 'pending one', 'pending', 3, ''),
        ('c', 'key-1', 'current one', 'current', 4, '');`);
    database.close();
    const app = await store.get("1");
    expect(app?.keys.map(({ key, secrets }) => [key, secrets.map(({ value }) => value)])).toEqual([
      ["key-1", ["current one", "secret-1", "pending one"]],
    ]);
    await store.close();
  });

  test("tells every secret with its state, and of revoked ones the last five of a key", async () => {
    const store = await open();
    await store.create(CHAT);
    const database = new DatabaseSync(databasePath(dataDir));
    for (let number = 2; number <= 8; number++) {
      database.exec(`
        insert into app_secrets (id, key, value, state, position, created_at) values
          ('id-${number}', 'key-1', 'old ${number}', 'revoked', ${number}, '');`);
    }
    database.exec("update app_secrets set state = 'pending' where id = 'id-8'");
    database.close();
    const app = await store.get("1");
    expect(app?.secrets.map(({ key, value, state }) => [key, value, state])).toEqual([
      ["key-1", "secret-1", "current"],
      ...[3, 4, 5, 6, 7].map((number) => ["key-1", `old ${number}`, "revoked"]),
      ["key-1", "old 8", "pending"],
    ]);
    expect(app?.secrets[1]?.id).toBe("id-3");
    await store.close();
  });

  test("does not bring back a secret that a rotation revoked", async () => {
    const store = await open();
    const first = { id: "1", name: "First app", key: "key-1", secret: "old", settings: null };
    await store.configure(first);
    const database = new DatabaseSync(databasePath(dataDir));
    database.exec(`
      update app_secrets set state = 'revoked' where value = 'old';
      insert into app_secrets (id, key, value, state, position, created_at) values
        ('a', 'key-1', 'new', 'current', 2, '');`);
    database.close();
    const { app, isSecretRevoked } = await store.configure(first);
    expect(isSecretRevoked).toBe(true);
    expect(app.keys[0]?.secrets.map(({ value }) => value)).toEqual(["new"]);
    await store.close();
  });

  test("refuses a SQLite that can damage databases", () => {
    expect(["3.51.3", "3.52.0", "3.54.1", "4.0.0"].every(isSqliteRecentEnough)).toBe(true);
    expect(["3.51.2", "3.50.9", "3.9.99", "2.99.99"].some(isSqliteRecentEnough)).toBe(false);
  });
});

const CHAT: NewApp = {
  id: "1",
  name: "Chat",
  keys: [{ key: "key-1", secret: "secret-1" }],
  settings: {},
};

const NONE = { key: "", secret: "" };

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
