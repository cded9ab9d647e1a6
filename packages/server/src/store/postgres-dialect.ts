import {
  CompiledQuery,
  type Dialect,
  PostgresAdapter,
  PostgresDriver,
  PostgresIntrospector,
  type PostgresPool,
  PostgresQueryCompiler,
} from "kysely";

/** Kysely over PostgreSQL, with writers in line. */
export function postgresDialect(pool: PostgresPool): Dialect {
  return {
    createDriver: () => new OrderlyPostgresDriver({ pool }),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  };
}

/** Chosen by chance and the same for ever: every node of every version must mean the same lock. */
const WRITERS_LOCK = "4920917734186601";

type Connection = Parameters<PostgresDriver["rollbackTransaction"]>[0];

class OrderlyPostgresDriver extends PostgresDriver {
  /**
   * Takes the writers' lock at the start, so that transactions run one after the other across all nodes, as SQLite's do:
   * whoever reads and then writes meets no one in between, on either database. It goes with the transaction, whatever
   * ends that. Each statement after it sees what the former holder committed, which `read committed` is for.
   */
  override async beginTransaction(connection: Connection): Promise<void> {
    try {
      await connection.executeQuery(
        CompiledQuery.raw(
          `begin isolation level read committed; select pg_advisory_xact_lock(${WRITERS_LOCK})`,
        ),
      );
    } catch (error) {
      await this.rollbackTransaction(connection);
      throw error;
    }
  }

  /** A connection that cannot even roll back is dropped, and the server with it rolls back; what failed first is the news. */
  override async rollbackTransaction(connection: Connection): Promise<void> {
    await super.rollbackTransaction(connection).catch(() => {});
  }
}
