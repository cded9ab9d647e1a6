import { AuditLog } from "../audit/audit-log.ts";
import { NodeStore } from "../nodes/node-store.ts";
import type { AppStore } from "./app-store.ts";
import type { Database } from "./database.ts";
import { openSqlite } from "./open-sqlite.ts";
import { openVault, type VaultOptions } from "./open-vault.ts";
import { SqlAppStore } from "./sql-app-store.ts";
import type { Vault } from "./vault.ts";

/** Everything that is kept on disk, in one database. */
export interface Store {
  readonly database: Database;
  readonly apps: AppStore;
  readonly audit: AuditLog;
  readonly nodes: NodeStore;
  /** For what else may not stand in the database in plain. */
  readonly vault: Vault;
  close(): Promise<void>;
}

export interface StoreOptions extends VaultOptions {
  /** Make the folder and the embedded database when they are missing? Otherwise that is refused with `missing`. */
  readonly create: boolean;
  /** How long a change waits for one of another process to end. */
  readonly lockWaitMs: number;
  /** Where PostgreSQL is; `null` for the embedded SQLite in the data folder. */
  readonly databaseUrl: string | null;
}

/** Opens the store and brings its schema up to date. Throws a `StoreError`. */
export async function openStore(options: StoreOptions): Promise<Store> {
  return storeIn(await openDatabase(options), options);
}

/** The store in a database that is open already, and that it closes when it cannot be used. Throws a `StoreError`. */
export async function storeIn(database: Database, options: VaultOptions): Promise<Store> {
  try {
    const vault = await openVault(database, options);
    return {
      database,
      apps: new SqlAppStore(database, vault),
      audit: new AuditLog(database),
      nodes: new NodeStore(database),
      vault,
      close: () => database.close(),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function openDatabase(options: StoreOptions): Promise<Database> {
  const { databaseUrl, create, lockWaitMs } = options;
  if (databaseUrl === null) return openSqlite(options);
  // Its client library is loaded only where it is used.
  const { openPostgresDatabase } = await import("./postgres-database.ts");
  return openPostgresDatabase({ url: databaseUrl, create, lockWaitMs });
}
