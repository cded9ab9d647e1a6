import type { Kysely, Transaction } from "kysely";
import type { AppChanges, AppStore, Configured, ConfiguredApp, NewApp, StoredApp } from "./app-store.ts";
import type { Database } from "./database.ts";
import { readApp, readApps } from "./read-apps.ts";
import { StoreError } from "./store-error.ts";
import type { Tables } from "./tables.ts";
import { addKey, configureKey, deleteApp, hasApps, insertApp, updateApp } from "./write-apps.ts";

/** The app store in any SQL database that Kysely speaks to. */
export class SqlAppStore implements AppStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  list(): Promise<readonly StoredApp[]> {
    return this.#database.query(readApps);
  }

  get(id: string): Promise<StoredApp | undefined> {
    return this.#database.query((db) => readApp(db, id));
  }

  create(app: NewApp): Promise<StoredApp> {
    return this.#database.transaction(async (transaction) => {
      await insert(transaction, app);
      return requireApp(transaction, app.id);
    });
  }

  createFirst(app: NewApp): Promise<StoredApp | undefined> {
    return this.#database.transaction(async (transaction) => {
      if (await hasApps(transaction)) return undefined;
      await insert(transaction, app);
      return requireApp(transaction, app.id);
    });
  }

  configure({ id, name, key, secret, settings }: ConfiguredApp): Promise<Configured> {
    return this.#database.transaction(async (transaction) => {
      const before = await readApp(transaction, id);
      if (!before) await insertApp(transaction, { id, name, settings: settings ?? {} });
      else if (settings) await updateApp(transaction, before, { settings });
      const isSecretRevoked = await configureKey(transaction, id, { key, secret });
      return { app: await requireApp(transaction, id), created: !before, isSecretRevoked };
    });
  }

  update(id: string, changes: AppChanges): Promise<StoredApp> {
    return this.#database.transaction(async (transaction) => {
      await updateApp(transaction, await requireApp(transaction, id), changes);
      return requireApp(transaction, id);
    });
  }

  delete(id: string): Promise<boolean> {
    return this.#database.transaction((transaction) => deleteApp(transaction, id));
  }

  revision(): Promise<number> {
    return this.#database.revision();
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

async function insert(transaction: Transaction<Tables>, { id, name, settings, keys }: NewApp): Promise<void> {
  await insertApp(transaction, { id, name, settings });
  for (const pair of keys) await addKey(transaction, id, pair, { isFromConfig: false });
}

async function requireApp(db: Kysely<Tables>, id: string): Promise<StoredApp> {
  const app = await readApp(db, id);
  if (!app) throw new StoreError("app_not_found", `there is no app with the id ${id}`);
  return app;
}
