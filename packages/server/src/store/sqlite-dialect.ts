import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { isLocked } from "./sqlite-database.ts";

/**
 * Kysely over `node:sqlite`, whose statements differ a little from those Kysely's SQLite driver expects.
 *
 * @param lockWaitMs how long a transaction waits for one of another process to end.
 */
export function sqliteDialect(database: DatabaseSync, lockWaitMs: number): Dialect {
  return {
    createDriver: () => new PatientSqliteDriver(database, lockWaitMs),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TransactionalDdlAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

function asKyselyExpects(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...inputs(parameters)),
        run: (parameters) => statement.run(...inputs(parameters)),
        iterate: (parameters) => statement.iterate(...inputs(parameters)),
      };
    },
  };
}

function inputs(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters as SQLInputValue[];
}

class PatientSqliteDriver extends SqliteDriver {
  readonly #database: DatabaseSync;
  readonly #lockWaitMs: number;

  constructor(database: DatabaseSync, lockWaitMs: number) {
    super({ database: asKyselyExpects(database) });
    this.#database = database;
    this.#lockWaitMs = lockWaitMs;
  }

  /**
   * Takes the write lock at the start: a transaction that reads first and asks for the lock later fails at once when
   * another process has written in between. The wait is ours, since SQLite's own would stop the event loop.
   */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const deadline = performance.now() + this.#lockWaitMs;
    for (;;) {
      try {
        await connection.executeQuery(CompiledQuery.raw("begin immediate"));
        return;
      } catch (error) {
        if (!isLocked(error) || performance.now() >= deadline) throw error;
      }
      await setTimeout(LOCK_RETRY_MS);
    }
  }

  /** After some failures, a full disk among them, SQLite has rolled back already, and asking again would hide the failure. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.isTransaction) await super.rollbackTransaction(connection);
  }
}

const LOCK_RETRY_MS = 10;

/** SQLite rolls back changes of the schema like any other; Kysely does not count on it, and would leave half a migration. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}
