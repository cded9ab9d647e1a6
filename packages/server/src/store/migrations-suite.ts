import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kysely, type RawBuilder, sql } from "kysely";
import { SYSTEM } from "../actor.ts";
import type { StoredApp } from "./app-store.ts";
import { type Database, SqlDatabase } from "./database.ts";
import { MIGRATIONS, migrate, migrateDown } from "./migrations.ts";
import { emptyVault, openVault } from "./open-vault.ts";
import { SqlAppStore } from "./sql-app-store.ts";
import type { Tables } from "./tables.ts";
import type { Vault } from "./vault.ts";

/** An empty database, of which no schema was made yet. */
export interface BareDatabase {
  readonly db: Kysely<Tables>;
  readonly kind: Database["kind"];
  /** Closes it as well. */
  remove(): Promise<void>;
}

/** What the migrations promise on every kind of database. */
export function describeMigrations(name: string, createDatabase: () => Promise<BareDatabase>): void {
  describe(`${name}: migrations`, () => {
    let bare: BareDatabase;
    let dataDir: string;

    beforeEach(async () => {
      dataDir = mkdtempSync(join(tmpdir(), "usher-migrations-"));
      bare = await createDatabase();
    });

    afterEach(async () => {
      await bare.remove();
      rmSync(dataDir, { recursive: true });
    });

    test("have names in order, each of them once", () => {
      const names = MIGRATIONS.map((migration) => migration.name);
      expect(names).toEqual([...new Set(names)].sort());
      for (const each of names) expect(each).toMatch(/^\d{4}_[a-z_]+$/);
    });

    test("do nothing the second time", async () => {
      await migrate(bare.db, bare.kind);
      const before = await schema();
      await migrate(bare.db, bare.kind);
      expect(await schema()).toEqual(before);
    });

    test("go down and up again, one after the other, to the very same schema", async () => {
      const schemas = [await schema()];
      for (const index of MIGRATIONS.keys()) {
        await migrate(bare.db, bare.kind, MIGRATIONS.slice(0, index + 1));
        schemas.push(await schema());
      }
      for (const index of [...MIGRATIONS.keys()].reverse()) {
        await migrateDown(bare.db, bare.kind, nameBefore(index));
        expect(withoutOwnTables(await schema())).toEqual(withoutOwnTables(schemas[index] ?? []));
      }
      await migrate(bare.db, bare.kind);
      expect(await schema()).toEqual(schemas.at(-1) ?? []);
    });

    test("keep the apps, down to the first version and up again, their secrets sealed again", async () => {
      await migrate(bare.db, bare.kind);
      const { app, vault } = await withVault(async (apps) => {
        const keys = [{ key: "k", secret: "one" }];
        await apps.create({ id: "1", name: "Chat", keys, settings: { strict: true } }, SYSTEM);
        await apps.rotateSecret("1", "k", { secret: "two" }, SYSTEM);
        return apps.activateSecret("1", "k", { retireForSeconds: 3_600 }, SYSTEM);
      });
      const [, second] = MIGRATIONS;
      await migrateDown(bare.db, bare.kind, second?.name ?? null);
      await bare.db.transaction().execute((transaction) => emptyVault(transaction, vault));
      await migrateDown(bare.db, bare.kind, nameBefore(1));
      const values = await bare.db.selectFrom("app_secrets").select("value").orderBy("position").execute();
      expect(values.map(({ value }) => value)).toEqual(["one", "two"]);

      await migrate(bare.db, bare.kind);
      const again = await withVault(async (apps) => apps.get("1"));
      expect(summary(again.app)).toEqual(summary(app));
      const sealed = await bare.db.selectFrom("app_secrets").select("value").execute();
      for (const { value } of sealed) expect(value).toStartWith(`v1.${again.vault.keyId}.`);
    });

    test("do not go below the sealing while secrets are sealed, which an earlier version would misread", async () => {
      await migrate(bare.db, bare.kind);
      await withVault((apps) =>
        apps.create({ id: "1", name: "Chat", keys: [{ key: "k", secret: "one" }], settings: {} }, SYSTEM),
      );
      await expect(migrateDown(bare.db, bare.kind, nameBefore(1))).rejects.toMatchObject({ code: "sealed" });
      const { app } = await withVault((apps) => apps.get("1"));
      expect(app?.secrets).toMatchObject([{ value: "one" }]);
    });

    /** Uses the apps as a server does that starts on this database. */
    async function withVault<App>(
      use: (apps: SqlAppStore) => Promise<App>,
    ): Promise<{ readonly app: App; readonly vault: Vault }> {
      const database = new SqlDatabase(
        bare.kind,
        bare.db,
        (error) => error,
        () => 0,
      );
      const vault = await openVault(database, { dataDir, masterKey: null });
      return { app: await use(new SqlAppStore(database, vault)), vault };
    }

    /** Columns, and whatever else a migration may leave behind: indexes, triggers, functions, sequences. */
    async function schema(): Promise<readonly string[]> {
      const tables = await bare.db.introspection.getTables();
      const columns = tables.flatMap((table) =>
        table.columns.map(
          ({ name, dataType, isNullable }) => `${table.name}.${name} ${dataType} ${isNullable}`,
        ),
      );
      const { rows } = await OBJECTS[bare.kind].execute(bare.db);
      return [...columns, ...rows.map(({ name }) => name)].sort();
    }
  });
}

const OBJECTS: Readonly<Record<Database["kind"], RawBuilder<{ readonly name: string }>>> = {
  sqlite: sql`select type || ' ' || name || ' of ' || tbl_name as name from sqlite_master where type != 'table'`,
  postgres: sql`
    select 'relation ' || relname || ' ' || relkind::text as name from pg_class
      where relnamespace = current_schema()::regnamespace and relkind != 'r'
    union all select 'function ' || proname from pg_proc where pronamespace = current_schema()::regnamespace
    union all select 'trigger ' || tgname || ' of ' || tgrelid::regclass::text from pg_trigger where not tgisinternal
    union all select 'constraint ' || conname || ' of ' || conrelid::regclass::text from pg_constraint
      where connamespace = current_schema()::regnamespace`,
};

function nameBefore(index: number): string | null {
  return MIGRATIONS[index - 1]?.name ?? null;
}

/** Before the first migration there are not even the tables that say which were run. */
function withoutOwnTables(schema: readonly string[]): readonly string[] {
  return schema.filter((object) => !object.includes("kysely_"));
}

function summary(app: StoredApp | undefined) {
  return {
    name: app?.name,
    overrides: app?.overrides,
    keys: app?.keys,
    secrets: app?.secrets.map(({ id, value, state, fingerprint, retireAt }) => ({
      id,
      value,
      state,
      fingerprint,
      retireAt,
    })),
  };
}
