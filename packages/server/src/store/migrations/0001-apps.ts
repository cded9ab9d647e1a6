import { sql } from "kysely";
import type { Migration } from "../migration.ts";

/** Apps with their settings, keys and secrets, and the number that counts their changes. */
export const apps: Migration = {
  name: "0001_apps",

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

  async down(db) {
    for (const table of ["revision", "app_secrets", "app_keys", "apps"]) {
      await db.schema.dropTable(table).execute();
    }
  },
};
