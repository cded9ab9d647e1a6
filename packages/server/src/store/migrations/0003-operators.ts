import { sql } from "kysely";
import type { Migration } from "../migration.ts";

/** Who may use the admin API: people with their sessions and one-time links, and tokens. */
export const operators: Migration = {
  name: "0003_operators",

  async up(db) {
    await db.schema
      .createTable("operators")
      .addColumn("id", "text", (column) => column.primaryKey().notNull())
      .addColumn("email", "text", (column) => column.notNull().unique())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("role", "text", (column) =>
        column.notNull().check(sql`role in ('viewer', 'operator', 'owner')`),
      )
      .addColumn("password_hash", "text")
      .addColumn("oidc_subject", "text")
      .addColumn("created_at", "text", (column) => column.notNull())
      .addColumn("accepted_at", "text")
      .addColumn("seen_at", "text")
      .execute();
    await db.schema
      .createTable("operator_sessions")
      .addColumn("id", "text", (column) => column.primaryKey().notNull())
      .addColumn("token_hash", "text", (column) => column.notNull().unique())
      .addColumn("operator_id", "text", (column) =>
        column.notNull().references("operators.id").onDelete("cascade"),
      )
      .addColumn("created_at", "text", (column) => column.notNull())
      .addColumn("seen_at", "text", (column) => column.notNull())
      .addColumn("expires_at", "text", (column) => column.notNull())
      .addColumn("authenticated_at", "text", (column) => column.notNull())
      .addColumn("method", "text", (column) => column.notNull())
      .addColumn("address", "text")
      .addColumn("user_agent", "text")
      .execute();
    await db.schema
      .createTable("one_time_links")
      .addColumn("token_hash", "text", (column) => column.primaryKey().notNull())
      .addColumn("operator_id", "text", (column) => column.references("operators.id").onDelete("cascade"))
      .addColumn("created_at", "text", (column) => column.notNull())
      .addColumn("expires_at", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("api_tokens")
      .addColumn("id", "text", (column) => column.primaryKey().notNull())
      .addColumn("token_hash", "text", (column) => column.notNull().unique())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("role", "text", (column) =>
        column.notNull().check(sql`role in ('viewer', 'operator', 'owner')`),
      )
      .addColumn("scopes", "text", (column) => column.notNull())
      .addColumn("created_by", "text", (column) => column.notNull())
      .addColumn("created_at", "text", (column) => column.notNull())
      .addColumn("expires_at", "text")
      .addColumn("used_at", "text")
      .addColumn("used_from", "text")
      .execute();
    await db.schema
      .createIndex("operator_sessions_by_operator")
      .on("operator_sessions")
      .column("operator_id")
      .execute();
    await db.schema
      .createIndex("one_time_links_by_operator")
      .on("one_time_links")
      .column("operator_id")
      .execute();
  },

  async down(db) {
    for (const table of ["api_tokens", "one_time_links", "operator_sessions", "operators"]) {
      await db.schema.dropTable(table).execute();
    }
  },
};
