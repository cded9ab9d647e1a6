import { sql } from "kysely";
import type { AnySchema, Migration } from "../migration.ts";

/** Webhook endpoints, what is owed to them, and what receivers have been told. */
export const webhooks: Migration = {
  name: "0004_webhooks",

  async up(db) {
    await endpoints(db);
    await events(db);
    await attempts(db);
    await states(db);
    await senders(db);
  },

  async down(db) {
    for (const table of TABLES) await db.schema.dropTable(table).execute();
  },
};

const TABLES = [
  "webhook_leases",
  "webhook_senders",
  "webhook_states",
  "webhook_attempts",
  "webhook_events",
  "webhook_endpoints",
] as const;

async function endpoints(db: AnySchema): Promise<void> {
  await db.schema
    .createTable("webhook_endpoints")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("app_id", "text", (column) => column.notNull().references("apps.id").onDelete("cascade"))
    .addColumn("url", "text", (column) => column.notNull())
    .addColumn("event_types", "text")
    .addColumn("channel_prefix", "text", (column) => column.notNull())
    .addColumn("channel_suffix", "text", (column) => column.notNull())
    .addColumn("headers", "text", (column) => column.notNull())
    .addColumn("batching", "integer", (column) => column.notNull())
    .addColumn("enabled", "integer", (column) => column.notNull())
    .addColumn("disabled_reason", "text")
    .addColumn("from_config", "integer", (column) => column.notNull())
    .addColumn("failing_since", "text")
    .addColumn("created_at", "text", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("webhook_endpoints_by_app").on("webhook_endpoints").column("app_id").execute();
}

/** No references from here on: rows are written in large batches, and one whose endpoint has just gone must not refuse the rest. */
async function events(db: AnySchema): Promise<void> {
  await db.schema
    .createTable("webhook_events")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("event_id", "text", (column) => column.notNull())
    .addColumn("app_id", "text", (column) => column.notNull())
    .addColumn("endpoint_id", "text", (column) => column.notNull())
    .addColumn("channel", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .addColumn("created_at", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) =>
      column.notNull().check(sql`state in ('owed', 'delivered', 'dead', 'replayed')`),
    )
    .addColumn("attempts", "integer", (column) => column.notNull())
    .addColumn("batch_id", "text")
    .addColumn("next_try_at", "text")
    .addColumn("finished_at", "text")
    .execute();
  await db.schema
    .createIndex("webhook_events_by_state")
    .on("webhook_events")
    .columns(["endpoint_id", "state", "id"])
    .execute();
  await db.schema
    .createIndex("webhook_events_owed_by_channel")
    .on("webhook_events")
    .columns(["endpoint_id", "channel", "id"])
    .where(sql.ref("state"), "=", sql.lit("owed"))
    .execute();
}

async function attempts(db: AnySchema): Promise<void> {
  await db.schema
    .createTable("webhook_attempts")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("endpoint_id", "text", (column) => column.notNull())
    .addColumn("batch_id", "text", (column) => column.notNull())
    .addColumn("at", "text", (column) => column.notNull())
    .addColumn("status", "integer")
    .addColumn("error", "text")
    .addColumn("duration_ms", "integer", (column) => column.notNull())
    .addColumn("response", "text")
    .addColumn("next_try_at", "text")
    .execute();
  await db.schema
    .createIndex("webhook_attempts_by_batch")
    .on("webhook_attempts")
    .columns(["batch_id", "id"])
    .execute();
  await db.schema
    .createIndex("webhook_attempts_by_endpoint")
    .on("webhook_attempts")
    .columns(["endpoint_id", "id"])
    .execute();
}

async function states(db: AnySchema): Promise<void> {
  await db.schema
    .createTable("webhook_states")
    .addColumn("app_id", "text", (column) => column.notNull())
    .addColumn("channel", "text", (column) => column.notNull())
    .addColumn("member", "text", (column) => column.notNull())
    .addColumn("sender_id", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("webhook_states_key", ["app_id", "channel", "member", "sender_id"])
    .execute();
  await db.schema.createIndex("webhook_states_by_sender").on("webhook_states").column("sender_id").execute();
}

async function senders(db: AnySchema): Promise<void> {
  await db.schema
    .createTable("webhook_senders")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("host", "text", (column) => column.notNull())
    .addColumn("pid", "integer", (column) => column.notNull())
    .addColumn("seen_at", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("webhook_leases")
    .addColumn("endpoint_id", "text", (column) => column.primaryKey().notNull())
    .addColumn("sender_id", "text", (column) => column.notNull())
    .execute();
}
