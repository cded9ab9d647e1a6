import type { Kysely, Transaction } from "kysely";
import type { AppChanges, AppStore, Configured, ConfiguredApp, NewApp, StoredApp } from "./app-store.ts";
import { readApp, readApps } from "./read-apps.ts";
import { StoreError } from "./store-error.ts";
import type { Tables } from "./tables.ts";
import { addKey, configureKey, deleteApp, hasApps, insertApp, updateApp } from "./write-apps.ts";

/** The app store in any SQL database that Kysely speaks to. */
export class SqlAppStore implements AppStore {
  readonly #db: Kysely<Tables>;
  readonly #explain: (error: unknown) => unknown;
  readonly #readRevision: () => number | Promise<number>;

  /**
   * @param explain gives the `StoreError` for a failure of this kind of database, and anything else as it is.
   * @param readRevision the cheapest way that this kind of database has: it is asked several times a second for ever.
   */
  constructor(
    db: Kysely<Tables>,
    explain: (error: unknown) => unknown,
    readRevision: () => number | Promise<number>,
  ) {
    this.#db = db;
    this.#explain = explain;
    this.#readRevision = readRevision;
  }

  list(): Promise<readonly StoredApp[]> {
    return this.#explained(() => readApps(this.#db));
  }

  get(id: string): Promise<StoredApp | undefined> {
    return this.#explained(() => readApp(this.#db, id));
  }

  create(app: NewApp): Promise<StoredApp> {
    return this.#transaction(async (transaction) => {
      await insert(transaction, app);
      return requireApp(transaction, app.id);
    });
  }

  createFirst(app: NewApp): Promise<StoredApp | undefined> {
    return this.#transaction(async (transaction) => {
      if (await hasApps(transaction)) return undefined;
      await insert(transaction, app);
      return requireApp(transaction, app.id);
    });
  }

  configure({ id, name, key, secret, settings }: ConfiguredApp): Promise<Configured> {
    return this.#transaction(async (transaction) => {
      const before = await readApp(transaction, id);
      if (!before) await insertApp(transaction, { id, name, settings: settings ?? {} });
      else if (settings) await updateApp(transaction, before, { settings });
      const isSecretRevoked = await configureKey(transaction, id, { key, secret });
      return { app: await requireApp(transaction, id), created: !before, isSecretRevoked };
    });
  }

  update(id: string, changes: AppChanges): Promise<StoredApp> {
    return this.#transaction(async (transaction) => {
      await updateApp(transaction, await requireApp(transaction, id), changes);
      return requireApp(transaction, id);
    });
  }

  delete(id: string): Promise<boolean> {
    return this.#transaction((transaction) => deleteApp(transaction, id));
  }

  revision(): Promise<number> {
    return this.#explained(async () => this.#readRevision());
  }

  close(): Promise<void> {
    return this.#db.destroy();
  }

  #transaction<T>(run: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#explained(() => this.#db.transaction().execute(run));
  }

  async #explained<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw this.#explain(error);
    }
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
