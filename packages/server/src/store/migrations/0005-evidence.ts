import type { Migration } from "../migration.ts";

/** Which secrets are used, by whom and for what. */
export const evidence: Migration = {
  name: "0005_evidence",

  async up(db, kind) {
    await db.schema
      .createTable("secret_uses")
      // No reference: what is counted for a secret that has just gone is no reason to lose the rest, and it expires.
      .addColumn("secret_id", "text", (column) => column.notNull())
      .addColumn("hour", "text", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("client", "text", (column) => column.notNull())
      .addColumn("address", "text", (column) => column.notNull())
      .addColumn("count", kind === "postgres" ? "bigint" : "integer", (column) => column.notNull())
      .addColumn("last_at", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("secret_uses_key", ["secret_id", "hour", "kind", "client", "address"])
      .execute();
    await db.schema.createIndex("secret_uses_by_hour").on("secret_uses").column("hour").execute();
    await db.schema
      .createTable("secret_lifetimes")
      .addColumn("secret_id", "text", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("first_at", "text", (column) => column.notNull())
      .addColumn("last_at", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("secret_lifetimes_key", ["secret_id", "kind"])
      .execute();
    await db.schema
      .createTable("evidence_start")
      .addColumn("at", "text", (column) => column.notNull())
      .execute();
    await db.insertInto("evidence_start").values({ at: new Date().toISOString() }).execute();
  },

  async down(db) {
    for (const table of ["secret_uses", "secret_lifetimes", "evidence_start"]) {
      await db.schema.dropTable(table).execute();
    }
  },
};
