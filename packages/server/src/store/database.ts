import type { Kysely, Transaction } from "kysely";
import type { Tables } from "./tables.ts";

/** An open database, which all stores in it share: SQLite or PostgreSQL. What cannot be done throws a `StoreError`. */
export interface Database {
  readonly kind: "sqlite" | "postgres";
  /** Reads, or a single statement that needs no transaction. */
  query<T>(run: (db: Kysely<Tables>) => Promise<T>): Promise<T>;
  /**
   * Happens whole or not at all, and one after the other: what it has read no other transaction changes before its end. It
   * may be run again when the database asks for that.
   */
  transaction<T>(run: (transaction: Transaction<Tables>) => Promise<T>): Promise<T>;
  /** A number that differs after every committed change of an app. Cheap enough to ask several times a second. */
  revision(): Promise<number>;
  close(): Promise<void>;
}

/** A `Database` of any kind that Kysely speaks to. */
export class SqlDatabase implements Database {
  readonly kind: Database["kind"];
  readonly #db: Kysely<Tables>;
  readonly #explain: (error: unknown) => unknown;
  readonly #readRevision: () => number | Promise<number>;

  /**
   * @param explain gives the `StoreError` for a failure of this kind of database, and anything else as it is.
   * @param readRevision the cheapest way that this kind of database has: it is asked several times a second for ever.
   */
  constructor(
    kind: Database["kind"],
    db: Kysely<Tables>,
    explain: (error: unknown) => unknown,
    readRevision: () => number | Promise<number>,
  ) {
    this.kind = kind;
    this.#db = db;
    this.#explain = explain;
    this.#readRevision = readRevision;
  }

  query<T>(run: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    return this.#explained(() => run(this.#db));
  }

  transaction<T>(run: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#explained(() => this.#db.transaction().execute(run));
  }

  revision(): Promise<number> {
    return this.#explained(async () => this.#readRevision());
  }

  close(): Promise<void> {
    return this.#db.destroy();
  }

  async #explained<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw this.#explain(error);
    }
  }
}
