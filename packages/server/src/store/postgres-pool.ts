import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import type { CustomTypesConfig, Client as PgClient, Pool, PoolConfig, QueryConfig } from "pg";
import type { PostgresTarget } from "./postgres-url.ts";
import { StoreError } from "./store-error.ts";

export interface PoolBounds {
  readonly maxConnections: number;
  /** How long to wait for a connection, one of the pool's or a new one. */
  readonly connectTimeoutMs: number;
  /** How long one statement may take; `null` for no bound. */
  readonly statementTimeoutMs: number | null;
  /** How long a statement waits for another's lock. */
  readonly lockWaitMs: number;
}

/** A pool of connections, none of them opened yet. `pg` is loaded here, by whoever wants PostgreSQL. */
export async function postgresPool(target: PostgresTarget, bounds: PoolBounds): Promise<Pool> {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({
    ...(await connectionConfig(target)),
    max: bounds.maxConnections,
    connectionTimeoutMillis: bounds.connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    // Finds the server behind a name again after it moved.
    maxLifetimeSeconds: 1_800,
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    ...(bounds.statementTimeoutMs === null ? {} : { query_timeout: bounds.statementTimeoutMs + GRACE_MS }),
    onConnect: (client) => client.query(sessionSettings(bounds)),
    types: numbersAsNumbers(pg.types.getTypeParser),
    Client: tidyClient(pg.Client),
  });
  // Without a listener the loss of a connection would end the process. A query that is under way learns of it, and the
  // pool opens another for the next.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

/**
 * `pg` forgets a connection that it gave up itself, for want of a password say, without closing it. The server waits for
 * such a one a minute long, and lets no database be dropped meanwhile.
 */
function tidyClient(Client: typeof PgClient): typeof PgClient {
  return class extends Client {
    override connect(): Promise<PgClient>;
    override connect(callback: (error: Error) => void): void;
    override connect(callback?: (error: Error) => void): Promise<PgClient> | undefined {
      if (!callback) return super.connect();
      super.connect((error: Error) => {
        if (error) void this.end();
        callback(error);
      });
    }
  };
}

async function connectionConfig(target: PostgresTarget): Promise<PoolConfig> {
  const { host, port, user, password, database, applicationName, options } = target;
  const given = { host, port, user, password, database, options };
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    application_name: applicationName ?? "usher",
    ssl: await tlsOptions(target),
  };
}

async function tlsOptions(target: PostgresTarget): Promise<ConnectionOptions | false> {
  if (target.sslmode === "disable") return false;
  const [ca, cert, key] = await Promise.all([target.sslrootcert, target.sslcert, target.sslkey].map(readPem));
  return {
    rejectUnauthorized: target.sslmode !== "no-verify",
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

async function readPem(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new StoreError("tls_failed", `the file ${path} of database_url cannot be read`, error);
  }
}

/** The bound on this side is for a server that has gone silent; one that answers ends a statement by itself before. */
const GRACE_MS = 2_000;

/**
 * The server ends a statement that takes too long, and a transaction whose node has gone silent, so that its locks go:
 * before those who wait for them give up, since writers wait for each other on all nodes. Set by a statement, since a
 * PgBouncer passes on no settings that come with the connection.
 */
function sessionSettings({ statementTimeoutMs, lockWaitMs, connectTimeoutMs }: PoolBounds): QueryConfig {
  const settings = {
    statement_timeout: statementTimeoutMs ?? 0,
    idle_in_transaction_session_timeout: statementTimeoutMs === null ? 0 : Math.ceil(lockWaitMs * 0.75),
    lock_timeout: lockWaitMs,
  };
  const text = Object.entries(settings).map(([name, ms]) => `set ${name} = ${ms}`);
  const query = { text: text.join("; "), query_timeout: connectTimeoutMs };
  return query;
}

/** Counts and sums come as text otherwise, since they may be larger than a number holds; ours never are. */
function numbersAsNumbers(getTypeParser: CustomTypesConfig["getTypeParser"]): CustomTypesConfig {
  return {
    getTypeParser: ((oid: number, format?: "text" | "binary") =>
      oid === INT8 || oid === NUMERIC
        ? Number
        : getTypeParser(oid, format as "text")) as CustomTypesConfig["getTypeParser"],
  };
}

const INT8 = 20;
const NUMERIC = 1700;
