import type { Migration } from "../migration.ts";

/** The servers that share this database. */
export const nodes: Migration = {
  name: "0006_nodes",

  async up(db) {
    await db.schema
      .createTable("nodes")
      .addColumn("id", "text", (column) => column.primaryKey().notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("version", "text", (column) => column.notNull())
      .addColumn("started_at", "text", (column) => column.notNull())
      .addColumn("seen_at", "text", (column) => column.notNull())
      .addColumn("applied_revision", "integer", (column) => column.notNull())
      .addColumn("connections", "integer", (column) => column.notNull())
      .addColumn("is_draining", "integer", (column) => column.notNull())
      .execute();
  },

  async down(db) {
    await db.schema.dropTable("nodes").execute();
  },
};
