import { sql } from "kysely";
import type { Database } from "./database.ts";
import { StoreError } from "./store-error.ts";

/**
 * Has what was committed written through to the disk.
 *
 * PostgreSQL does so with every commit. SQLite, as it is set here, does so with every checkpoint, which spares the many
 * small writes that may be lost with the power, and keeps the file whole either way. A checkpoint that another process is
 * making already is as good as one's own, and one that fails takes nothing back: the next change meets the same fault.
 */
export async function makeDurable(database: Database): Promise<void> {
  if (database.kind !== "sqlite") return;
  try {
    await database.query((db) => sql`pragma wal_checkpoint(passive)`.execute(db));
  } catch (error) {
    // What was committed has happened, and must not be reported as if it had not.
    if (!(error instanceof StoreError)) throw error;
  }
}
