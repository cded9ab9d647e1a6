import { sql } from "kysely";
import type { AnySchema, Migration } from "../migration.ts";
import { StoreError } from "../store-error.ts";

/** The life of a secret, sealed values, restrictions, and the audit trail. */
export const credentials: Migration = {
  name: "0002_credentials",

  async up(db, kind) {
    await addSecretColumns(db);
    await db.schema
      .alterTable("apps")
      .addColumn("restrictions", "text", (column) => column.notNull().defaultTo("[]"))
      .execute();
    await db.schema
      .createTable("vault")
      .addColumn("key_id", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("audit")
      .addColumn("id", kind === "postgres" ? "serial" : "integer", (column) =>
        kind === "postgres" ? column.primaryKey() : column.primaryKey().autoIncrement(),
      )
      .addColumn("at", "text", (column) => column.notNull())
      .addColumn("actor_kind", "text", (column) => column.notNull())
      .addColumn("actor_id", "text", (column) => column.notNull())
      .addColumn("actor_name", "text", (column) => column.notNull())
      .addColumn("actor_address", "text")
      .addColumn("action", "text", (column) => column.notNull())
      // No reference: what was done to an app stays on record after the app is gone.
      .addColumn("app_id", "text")
      .addColumn("target", "text")
      .addColumn("details", "text", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("audit_by_app").on("audit").columns(["app_id", "id"]).execute();
    if (kind === "postgres") await refuseChangesInPostgres(db);
    else await refuseChangesInSqlite(db);
  },

  async down(db, kind) {
    await refuseSealedValues(db);
    await db.schema.dropTable("audit").execute();
    if (kind === "postgres") await sql`drop function refuse_audit_change()`.execute(db);
    await db.schema.dropTable("vault").execute();
    await db.schema.alterTable("apps").dropColumn("restrictions").execute();
    for (const name of SECRET_COLUMNS) await db.schema.alterTable("app_secrets").dropColumn(name).execute();
  },
};

const SECRET_COLUMNS = [
  "fingerprint",
  "activated_at",
  "replaced_by",
  "revoked_at",
  "ends_connections",
] as const;

async function addSecretColumns(db: AnySchema): Promise<void> {
  for (const name of SECRET_COLUMNS) {
    const table = db.schema.alterTable("app_secrets");
    await (name === "ends_connections"
      ? table.addColumn(name, "integer", (column) => column.notNull().defaultTo(0))
      : table.addColumn(name, "text")
    ).execute();
  }
  await db
    .updateTable("app_secrets")
    .set({ activated_at: sql`created_at` })
    .where("state", "in", ["current", "retiring"])
    .execute();
}

async function refuseChangesInSqlite(db: AnySchema): Promise<void> {
  for (const change of ["update", "delete"]) {
    await sql`
      create trigger ${sql.id(`audit_no_${change}`)} before ${sql.raw(change)} on audit
      begin select raise(abort, 'the audit trail is append-only'); end`.execute(db);
  }
}

async function refuseChangesInPostgres(db: AnySchema): Promise<void> {
  await sql`
    create function refuse_audit_change() returns trigger language plpgsql as
    $$ begin raise exception 'the audit trail is append-only'; end $$`.execute(db);
  await sql`
    create trigger audit_no_change before update or delete or truncate on audit
    for each statement execute function refuse_audit_change()`.execute(db);
}

/** An earlier version would take what is sealed for the secret itself. */
async function refuseSealedValues(db: AnySchema): Promise<void> {
  const sealed = await db
    .selectFrom("app_secrets")
    .select("id")
    .where("fingerprint", "is not", null)
    .limit(1)
    .executeTakeFirst();
  if (sealed) throw new StoreError("sealed", "the secrets in this database are sealed");
}
