import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { StoreError } from "./store-error.ts";
import type { Tables } from "./tables.ts";

/**
 * Brings the database to this version's schema, in one transaction where the database can.
 *
 * Throws `newer` before it touches anything when a later version has been here.
 */
export async function migrate(db: Kysely<Tables>, migrations = MIGRATIONS): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  await refuseNewerSchema(db, migrations);
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

export type Migrations = Readonly<Record<string, Migration>>;

async function refuseNewerSchema(db: Kysely<Tables>, migrations: Migrations): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === "kysely_migration")) return;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  const unknown = rows.map(({ name }) => name).find((name) => !Object.hasOwn(migrations, name));
  if (unknown === undefined) return;
  throw new StoreError("newer", `the database was written by a later version of Usher (it has ${unknown})`);
}

/**
 * An object rather than a folder of files, so that a single-file executable carries them. They run in the order of their
 * names; one that was released is never changed.
 */
export const MIGRATIONS: Migrations = {
  "0001_apps": {
    async up(db) {
      await db.schema
        .createTable("apps")
        .addColumn("id", "text", (column) => column.primaryKey().notNull())
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("enabled", "integer", (column) => column.notNull())
        .addColumn("settings", "text", (column) => column.notNull())
        .addColumn("created_at", "text", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("app_keys")
        .addColumn("key", "text", (column) => column.primaryKey().notNull())
        .addColumn("app_id", "text", (column) => column.notNull().references("apps.id").onDelete("cascade"))
        .addColumn("position", "integer", (column) => column.notNull())
        .addColumn("from_config", "integer", (column) => column.notNull())
        .addColumn("created_at", "text", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("app_secrets")
        .addColumn("id", "text", (column) => column.primaryKey().notNull())
        .addColumn("key", "text", (column) => column.notNull().references("app_keys.key").onDelete("cascade"))
        .addColumn("value", "text", (column) => column.notNull())
        .addColumn("state", "text", (column) =>
          column.notNull().check(sql`state in ('pending', 'current', 'retiring', 'revoked')`),
        )
        .addColumn("position", "integer", (column) => column.notNull())
        .addColumn("created_at", "text", (column) => column.notNull())
        .addColumn("retire_at", "text")
        .execute();
      await db.schema.createIndex("app_keys_by_app").on("app_keys").column("app_id").execute();
      await db.schema.createIndex("app_secrets_by_key").on("app_secrets").column("key").execute();
      await db.schema
        .createTable("revision")
        .addColumn("value", "integer", (column) => column.notNull())
        .execute();
      await db.insertInto("revision").values({ value: 0 }).execute();
    },
  },
};
