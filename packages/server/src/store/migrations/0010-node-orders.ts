import { sql } from "kysely";
import type { Migration } from "../migration.ts";

/** What a node is asked to do, whether it hears the other nodes, and which of several processes of one server it is. */
export const nodeOrders: Migration = {
  name: "0010_node_orders",

  async up(db) {
    // One by one: SQLite adds one column at a time.
    await db.schema.alterTable("nodes").addColumn("drain_requested_at", "text").execute();
    await db.schema
      .alterTable("nodes")
      .addColumn("bus", "text", (column) => column.notNull().defaultTo(sql`'off'`))
      .execute();
    await db.schema.alterTable("nodes").addColumn("bus_since", "text").execute();
    for (const name of ["worker_index", "worker_count"])
      await db.schema.alterTable("nodes").addColumn(name, "integer").execute();
  },

  async down(db) {
    for (const name of COLUMNS) await db.schema.alterTable("nodes").dropColumn(name).execute();
  },
};

const COLUMNS = ["worker_count", "worker_index", "bus_since", "bus", "drain_requested_at"] as const;
