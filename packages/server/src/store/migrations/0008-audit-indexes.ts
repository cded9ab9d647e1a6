import type { Migration } from "../migration.ts";

/** Finds the entries of one kind, or of one actor, in an audit trail of years. */
export const auditIndexes: Migration = {
  name: "0008_audit_indexes",

  async up(db) {
    await db.schema.createIndex("audit_by_action").on("audit").columns(["action", "id"]).execute();
    await db.schema.createIndex("audit_by_actor").on("audit").columns(["actor_id", "id"]).execute();
  },

  async down(db) {
    for (const name of ["audit_by_actor", "audit_by_action"]) await db.schema.dropIndex(name).execute();
  },
};
