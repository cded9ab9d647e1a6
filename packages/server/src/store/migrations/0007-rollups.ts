import type { Migration } from "../migration.ts";

/** The figures that charts are drawn from, and when servers came and went. */
export const rollups: Migration = {
  name: "0007_rollups",

  async up(db, kind) {
    const sum = kind === "postgres" ? "bigint" : "integer";
    await db.schema
      .createTable("rollups")
      .addColumn("app_id", "text", (column) => column.notNull())
      .addColumn("step_seconds", "integer", (column) => column.notNull())
      .addColumn("at", "text", (column) => column.notNull())
      .addColumn("node_id", "text", (column) => column.notNull())
      .addColumn("slots", "integer", (column) => column.notNull())
      .addColumn("connections", sum, (column) => column.notNull())
      .addColumn("peak", sum, (column) => column.notNull())
      .addColumn("channels", sum, (column) => column.notNull())
      .addColumn("counts", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("rollups_key", ["app_id", "step_seconds", "at", "node_id"])
      .execute();
    await db.schema.createIndex("rollups_by_time").on("rollups").columns(["step_seconds", "at"]).execute();
    await db.schema
      .createTable("node_marks")
      .addColumn("at", "text", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("node_id", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("version", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("node_marks_key", ["at", "node_id", "kind"])
      .execute();
    await db.schema.createIndex("audit_by_time").on("audit").column("at").execute();
  },

  async down(db) {
    await db.schema.dropIndex("audit_by_time").execute();
    await db.schema.dropTable("node_marks").execute();
    await db.schema.dropTable("rollups").execute();
  },
};
