import { setTimeout } from "node:timers/promises";
import { Kysely, type PostgresPool, type Transaction } from "kysely";
import type { Pool } from "pg";
import type { Database } from "./database.ts";
import { migrate } from "./migrations.ts";
import { soundConnections } from "./postgres-connections.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import { isConflict, postgresStoreError } from "./postgres-errors.ts";
import { type PoolBounds, postgresPool } from "./postgres-pool.ts";
import { describeTarget, type PostgresTarget, parsePostgresUrl } from "./postgres-url.ts";
import { StoreError } from "./store-error.ts";
import type { Tables } from "./tables.ts";

export interface PostgresOptions {
  /** As `parsePostgresUrl` reads it. */
  readonly url: string;
  /** Make the tables when there are none? Otherwise that is refused with `missing`. */
  readonly create: boolean;
  /** How long a change waits for another, of any node, to end. */
  readonly lockWaitMs: number;
  readonly bounds?: Partial<PoolBounds>;
}

/** Connects to a PostgreSQL database and brings its schema up to date. Throws a `StoreError`. */
export async function openPostgresDatabase(options: PostgresOptions): Promise<Database> {
  const target = parsePostgresUrl(options.url);
  if (!target) throw new StoreError("failed", "database_url is not the URL of a PostgreSQL database");
  const explain = (error: unknown) => postgresStoreError(error, describeTarget(target));
  try {
    const bounds = { ...BOUNDS, lockWaitMs: options.lockWaitMs, ...options.bounds };
    await prepareDatabase(target, options.create, bounds.connectTimeoutMs);
    const reading = await postgresPool(target, bounds);
    const writing = await postgresPool(target, { ...bounds, maxConnections: WRITING_CONNECTIONS });
    return new PostgresDatabase(reading, writing, explain);
  } catch (error) {
    throw explain(error);
  }
}

const BOUNDS = { maxConnections: 6, connectTimeoutMs: 5_000, statementTimeoutMs: 15_000 } as const;

/** Writers take turns, so more would only wait; they have their own, so that reading never waits behind them. */
const WRITING_CONNECTIONS = 2;

/** A migration may take its time, and so may the wait for another node's: it has a connection without time-outs. */
const PREPARING = {
  maxConnections: 1,
  statementTimeoutMs: null,
  lockWaitMs: 600_000,
} as const;

/** Nodes that start together do this one after the other: the migrator holds a lock of the database meanwhile. */
async function prepareDatabase(
  target: PostgresTarget,
  create: boolean,
  connectTimeoutMs: number,
): Promise<void> {
  const pool = await postgresPool(target, { ...PREPARING, connectTimeoutMs });
  const db = new Kysely<Tables>({ dialect: postgresDialect(soundConnections(pool)) });
  try {
    await requireUnicode(pool, target);
    if (!create) await requireTables(pool, target);
    await migrate(db, "postgres");
  } finally {
    await pool.end();
  }
}

/** In any other encoding some names could not be stored, or only as other characters. */
async function requireUnicode(pool: Pool, target: PostgresTarget): Promise<void> {
  const { rows } = await pool.query<{ server_encoding: string }>("show server_encoding");
  const encoding = rows[0]?.server_encoding;
  if (encoding === "UTF8") return;
  throw new StoreError(
    "database_unsuitable",
    `the database ${describeTarget(target)} keeps text as ${encoding}, not as UTF8`,
  );
}

async function requireTables(pool: Pool, target: PostgresTarget): Promise<void> {
  const { rows } = await pool.query<{ found: boolean }>(
    "select to_regclass('revision') is not null as found",
  );
  if (rows[0]?.found) return;
  throw new StoreError("missing", `the database ${describeTarget(target)} has nothing of Usher's in it`);
}

class PostgresDatabase implements Database {
  readonly kind = "postgres";
  readonly #reading: PostgresPool;
  readonly #writing: PostgresPool;
  readonly #readers: Kysely<Tables>;
  readonly #writers: Kysely<Tables>;
  readonly #explain: (error: unknown) => unknown;
  #closing: Promise<void> | undefined;

  constructor(reading: Pool, writing: Pool, explain: (error: unknown) => unknown) {
    this.#reading = soundConnections(reading);
    this.#writing = soundConnections(writing);
    this.#readers = new Kysely({ dialect: postgresDialect(this.#reading) });
    this.#writers = new Kysely({ dialect: postgresDialect(this.#writing) });
    this.#explain = explain;
  }

  query<T>(run: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    return this.#insistently(() => run(this.#readers));
  }

  transaction<T>(run: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#insistently(() => this.#writers.transaction().execute(run));
  }

  revision(): Promise<number> {
    return this.#insistently(async () => {
      const connection = await this.#reading.connect();
      try {
        const { rows } = await connection.query<{ value: number }>("select value from revision", []);
        return Number(rows[0]?.value);
      } finally {
        connection.release();
      }
    });
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all([this.#reading.end(), this.#writing.end()]).then(() => {});
    return this.#closing;
  }

  /** Does again what the database gave up for another's sake: it has not happened, and succeeds when that is through. */
  async #insistently<T>(run: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await run();
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || !isConflict(error)) throw this.#explain(error);
      }
      await setTimeout(attempt * RETRY_MS);
    }
  }
}

const MOST_ATTEMPTS = 4;
const RETRY_MS = 20;
