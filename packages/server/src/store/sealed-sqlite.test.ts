import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
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
import { masterKeyPath } from "./master-key.ts";
import { MIGRATIONS, migrate } from "./migrations.ts";
import { databasePath } from "./open-sqlite.ts";
import { openStore, type Store } from "./open-store.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import type { Tables } from "./tables.ts";

const SECRETS = ["the-first-secret-of-all", "the-second-secret-of-all", "the-third-secret-of-all"];
const [FIRST = "", SECOND = "", THIRD = ""] = SECRETS;

describe("secrets in a data folder", () => {
  let dataDir: string;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), "usher-sealed-"));
  });

  afterEach(() => rmSync(dataDir, { recursive: true }));

  function open(masterKey: string | null = null): Promise<Store> {
    return openStore({ dataDir, masterKey, databaseUrl: null, create: true, lockWaitMs: 1_000 });
  }

  /** Everything in the folder that holds any of the secrets, byte for byte. */
  function filesWithSecrets(): string[] {
    return readdirSync(dataDir).filter((name) => {
      const bytes = readFileSync(join(dataDir, name));
      return SECRETS.some((secret) => bytes.includes(secret));
    });
  }

  test("stand in no file in plain, at any step of a rotation", async () => {
    const store = await open();
    await store.apps.create({ id: "1", name: "", keys: [{ key: "k", secret: FIRST }], settings: {} }, SYSTEM);
    expect(filesWithSecrets()).toEqual([]);
    await store.apps.rotateSecret("1", "k", { secret: SECOND }, SYSTEM);
    await store.apps.activateSecret("1", "k", { retireForSeconds: 60 }, SYSTEM);
    const options = { which: "current", endConnections: true, replacement: THIRD } as const;
    await store.apps.revokeSecrets("1", "k", options, SYSTEM);
    expect(filesWithSecrets()).toEqual([]);
    await store.close();
    expect(filesWithSecrets()).toEqual([]);
    expect(readdirSync(dataDir).sort()).toEqual(["master.key", "usher.db"]);
    for (const name of readdirSync(dataDir)) expect(statSync(join(dataDir, name)).mode & 0o777).toBe(0o600);
  });

  test("that an earlier version wrote in plain are sealed when the store is opened, and no old page keeps them", async () => {
    const path = databasePath(dataDir);
    const earlier = new DatabaseSync(path);
    earlier.exec("pragma journal_mode = wal");
    const db = new Kysely<Tables>({ dialect: sqliteDialect(earlier, 20) });
    await migrate(db, "sqlite", MIGRATIONS.slice(0, 1));
    earlier.exec(`
      insert into apps values ('1', 'Chat', 1, '{}', '2026-01-01T00:00:00.000Z');
      insert into app_keys values ('k', '1', 1, 0, '2026-01-01T00:00:00.000Z');
      insert into app_secrets values ('sec_0', 'k', '${THIRD}', 'current', 1, '2026-01-01T00:00:00.000Z', null);
      delete from app_secrets;
      insert into app_secrets values ('sec_1', 'k', '${FIRST}', 'retiring', 1, '2026-01-01T00:00:00.000Z', null);
      insert into app_secrets values ('sec_2', 'k', '${SECOND}', 'current', 2, '2026-01-02T00:00:00.000Z', null);`);
    await db.destroy();
    expect(filesWithSecrets()).toEqual(["usher.db"]);

    const store = await open();
    expect((await store.apps.get("1"))?.secrets).toMatchObject([
      { id: "sec_1", value: FIRST, state: "retiring" },
      { id: "sec_2", value: SECOND, state: "current", activatedAt: "2026-01-02T00:00:00.000Z" },
    ]);
    expect(filesWithSecrets()).toEqual([]);
    await store.close();
  });

  test("are opened with a master key of the configuration, however it is written, and no file is made then", async () => {
    const masterKey = randomBytes(32);
    const store = await open(masterKey.toString("hex"));
    await store.apps.create({ id: "1", name: "", keys: [{ key: "k", secret: FIRST }], settings: {} }, SYSTEM);
    await store.close();
    expect(existsSync(masterKeyPath(dataDir))).toBe(false);
    const again = await open(masterKey.toString("base64"));
    expect((await again.apps.get("1"))?.secrets).toMatchObject([{ value: FIRST }]);
    await again.close();
  });

  test("are refused at the start with another master key, which changes nothing", async () => {
    const given = randomBytes(32).toString("hex");
    await (await open(given)).close();
    const other = randomBytes(32).toString("hex");
    await expect(open(other)).rejects.toMatchObject({
      code: "master_key_wrong",
      message: expect.stringContaining("the configuration"),
      hint: expect.stringContaining("USHER_MASTER_KEY"),
    });
    await expect(open("password")).rejects.toMatchObject({ code: "master_key_invalid" });
    await (await open(given)).close();
  });

  test("are refused when the master key of the folder is lost, and no new one is made in its place", async () => {
    await (await open()).close();
    const key = readFileSync(masterKeyPath(dataDir));
    rmSync(masterKeyPath(dataDir));
    await expect(open()).rejects.toMatchObject({ code: "master_key_missing" });
    expect(existsSync(masterKeyPath(dataDir))).toBe(false);
    writeFileSync(masterKeyPath(dataDir), `${"0".repeat(64)}\n`);
    await expect(open()).rejects.toMatchObject({
      code: "master_key_wrong",
      message: expect.stringContaining(masterKeyPath(dataDir)),
    });
    writeFileSync(masterKeyPath(dataDir), key);
    await (await open()).close();
  });

  test("take a master key that was put into a new folder beforehand", async () => {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(masterKeyPath(dataDir), Buffer.alloc(32, 7).toString("base64"));
    const store = await open();
    await store.close();
    await (await open("07".repeat(32))).close();
  });

  test("do not open in the place of another", async () => {
    const store = await open();
    const keys = [
      { key: "k", secret: FIRST },
      { key: "l", secret: SECOND },
    ];
    await store.apps.create({ id: "1", name: "", keys, settings: {} }, SYSTEM);
    const database = new DatabaseSync(databasePath(dataDir));
    database.exec("update app_secrets set key = 'k' where key = 'l'");
    await expect(store.apps.get("1")).rejects.toMatchObject({ code: "sealed_value_damaged" });
    database.close();
    await store.close();
  });

  test("that somebody wrote into the database in plain are not taken for secrets", async () => {
    const store = await open();
    await store.apps.create({ id: "1", name: "", keys: [{ key: "k", secret: FIRST }], settings: {} }, SYSTEM);
    await store.close();
    const database = new DatabaseSync(databasePath(dataDir));
    database.exec(`update app_secrets set value = '${SECOND}', fingerprint = null`);
    database.close();
    const again = await open();
    await expect(again.apps.list()).rejects.toMatchObject({ code: "sealed_value_damaged" });
    await again.close();
  });

  test("keep their state when the disk is full in the middle of a rotation", async () => {
    const store = await open();
    await store.apps.create({ id: "1", name: "", keys: [{ key: "k", secret: FIRST }], settings: {} }, SYSTEM);
    const before = await store.apps.rotateSecret("1", "k", { secret: SECOND }, SYSTEM);
    await store.database.query((db) => setMostPages(db, "current"));
    const large = { ...SYSTEM, name: "x".repeat(100_000) };
    const attempt = store.apps.activateSecret("1", "k", { retireForSeconds: 60 }, large);
    await expect(attempt).rejects.toMatchObject({ code: "disk_full" });
    expect(await store.apps.get("1")).toEqual(before);
    await store.database.query((db) => setMostPages(db, "unlimited"));
    await store.apps.activateSecret("1", "k", { retireForSeconds: 60 }, SYSTEM);
    await store.close();
  });

  test("are in a state that the next step accepts after the process was killed at any moment", async () => {
    const store = await open();
    await store.apps.create({ id: "1", name: "", keys: [{ key: "k", secret: FIRST }], settings: {} }, SYSTEM);
    await store.close();
    const script = `
      import { openStore } from ${JSON.stringify(join(import.meta.dir, "open-store.ts"))};
      const by = ${JSON.stringify(SYSTEM)};
      const { apps } = await openStore(${JSON.stringify({ dataDir, masterKey: null, databaseUrl: null, create: true, lockWaitMs: 1_000 })});
      process.stdout.write("begun");
      for (let number = 0; ; number++) {
        await apps.rotateSecret("1", "k", { secret: process.pid + " " + number }, by);
        await apps.activateSecret("1", "k", { retireForSeconds: 60 }, by);
        await apps.undoActivation("1", "k", by);
        await apps.activateSecret("1", "k", { retireForSeconds: 0 }, by);
      }`;
    for (let round = 0; round < 3; round++) {
      const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
      for await (const _ of child.stdout) break;
      child.kill("SIGKILL");
      await child.exited;

      const after = await open();
      const app = await after.apps.get("1");
      const states = (app?.secrets ?? []).map(({ state }) => state).filter((state) => state !== "revoked");
      expect(["current", "current,pending", "current,retiring"]).toContain(states.sort().join());
      if (states.includes("pending")) await after.apps.cancelRotation("1", "k", SYSTEM);
      await after.apps.rotateSecret("1", "k", { secret: `after ${round}` }, SYSTEM);
      await after.apps.activateSecret("1", "k", { retireForSeconds: 0 }, SYSTEM);
      if (states.includes("retiring")) {
        const retiring = { which: "retiring", endConnections: false, replacement: "unused" } as const;
        await after.apps.revokeSecrets("1", "k", retiring, SYSTEM);
      }
      await after.close();
    }
  }, 30_000);
});

/** A disk that is full, for SQLite, is a file that may not grow. */
async function setMostPages(db: Kysely<Tables>, most: "current" | "unlimited"): Promise<void> {
  if (most === "unlimited") {
    await sql`pragma max_page_count = 1000000`.execute(db);
    return;
  }
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db);
  await sql`pragma max_page_count = ${sql.raw(String(rows[0]?.page_count))}`.execute(db);
}
