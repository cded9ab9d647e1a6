import { type Kysely, sql } from "kysely";
import { type Migration as KyselyMigration, Migrator, NO_MIGRATIONS } from "kysely/migration";
import type { Database } from "./database.ts";
import type { Migration } from "./migration.ts";
import { apps } from "./migrations/0001-apps.ts";
import { credentials } from "./migrations/0002-credentials.ts";
import { operators } from "./migrations/0003-operators.ts";
import { webhooks } from "./migrations/0004-webhooks.ts";
import { evidence } from "./migrations/0005-evidence.ts";
import { nodes } from "./migrations/0006-nodes.ts";
import { rollups } from "./migrations/0007-rollups.ts";
import { auditIndexes } from "./migrations/0008-audit-indexes.ts";
import { webhookStates } from "./migrations/0009-webhook-states.ts";
import { nodeOrders } from "./migrations/0010-node-orders.ts";
import { StoreError } from "./store-error.ts";
import type { Tables } from "./tables.ts";

/**
 * Brings the database to this version's schema, in one transaction.
 *
 * Throws `newer` before it touches anything when a later version has been here.
 */
export async function migrate(
  db: Kysely<Tables>,
  kind: Database["kind"],
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  await refuseNewerSchema(db, migrations);
  const { error } = await migrator(db, kind, migrations).migrateToLatest();
  if (error) throw error;
}

/**
 * Takes the schema back to that of an earlier version, in one transaction.
 *
 * @param last the name of the last migration to keep; `null` for none.
 */
export async function migrateDown(
  db: Kysely<Tables>,
  kind: Database["kind"],
  last: string | null,
): Promise<void> {
  const { error } = await migrator(db, kind, MIGRATIONS).migrateTo(last ?? NO_MIGRATIONS);
  if (error) throw error;
}

/** A list rather than a folder that is read, so that a single-file executable carries them. One line for each, in order. */
export const MIGRATIONS: readonly Migration[] = [
  apps,
  credentials,
  operators,
  webhooks,
  evidence,
  nodes,
  rollups,
  auditIndexes,
  webhookStates,
  nodeOrders,
];

function migrator(db: Kysely<Tables>, kind: Database["kind"], migrations: readonly Migration[]): Migrator {
  const byName = Object.fromEntries(
    migrations.map(({ name, up, down }): [string, KyselyMigration] => [
      name,
      { up: (schema) => up(schema, kind), down: (schema) => down(schema, kind) },
    ]),
  );
  return new Migrator({ db, provider: { getMigrations: async () => byName } });
}

async function refuseNewerSchema(db: Kysely<Tables>, migrations: readonly Migration[]): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === "kysely_migration")) return;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = rows.map(({ name }) => name).find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw new StoreError("newer", `the database was written by a later version of Usher (it has ${unknown})`);
}
