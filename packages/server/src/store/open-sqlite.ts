import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import { type Database, SqlDatabase } from "./database.ts";
import { migrate } from "./migrations.ts";
import { openSqliteDatabase, sqliteStoreError, stopWaitingOnTheSpot } from "./sqlite-database.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import type { Tables } from "./tables.ts";

export interface SqliteStoreOptions {
  readonly dataDir: string;
  /** Make the folder and the database when they are missing? Otherwise that is refused with `missing`. */
  readonly create: boolean;
  /** How long a change waits for one of another process to end. */
  readonly lockWaitMs: number;
}

/** Opens `usher.db` of the data folder and brings its schema up to date. Throws a `StoreError`. */
export function openSqlite(options: SqliteStoreOptions): Promise<Database> {
  const path = databasePath(options.dataDir);
  return sqliteDatabaseIn(openSqliteDatabase({ ...options, path }), path, options.lockWaitMs);
}

export function databasePath(dataDir: string): string {
  return join(dataDir, "usher.db");
}

/** An open SQLite database with its schema up to date. @param path for error messages. */
export async function sqliteDatabaseIn(
  database: DatabaseSync,
  path: string,
  lockWaitMs: number,
): Promise<Database> {
  const db = new Kysely<Tables>({ dialect: sqliteDialect(database, lockWaitMs) });
  try {
    await migrate(db, "sqlite");
    stopWaitingOnTheSpot(database);
  } catch (error) {
    await db.destroy();
    throw sqliteStoreError(error, path);
  }
  // Prepared once: building the query anew takes several times as long as running it.
  const revision = database.prepare("select value from revision");
  return new SqlDatabase(
    "sqlite",
    db,
    (error) => sqliteStoreError(error, path),
    () => Number(revision.get()?.value),
  );
}
