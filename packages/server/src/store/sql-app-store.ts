import { setImmediate } from "node:timers/promises";
import type { Restriction } from "@usher/hub";
import type { Transaction } from "kysely";
import { type Actor, CONFIG, SYSTEM } from "../actor.ts";
import { type JsonObject, recordAudit } from "../audit/record-audit.ts";
import { printAppSettings } from "../config/app-settings.ts";
import type {
  ActivateOptions,
  AppChanges,
  AppStore,
  Configured,
  ConfiguredApp,
  Imported,
  ImportedApp,
  ImportOptions,
  KeyPair,
  NewApp,
  Revoked,
  RevokeOptions,
  StoredApp,
  StoredSecret,
} from "./app-store.ts";
import { configureKey } from "./configure-key.ts";
import type { Database } from "./database.ts";
import { importApp } from "./import-apps.ts";
import { makeDurable } from "./make-durable.ts";
import { readApp, readApps, requireApp } from "./read-apps.ts";
import { MAX_RESTRICTIONS, withRestriction } from "./restrictions.ts";
import { bumpRevision } from "./revision.ts";
import { StoreError } from "./store-error.ts";
import type { Tables } from "./tables.ts";
import { fingerprintOf, type Vault } from "./vault.ts";
import {
  addKey,
  deleteApp,
  hasApp,
  hasApps,
  insertApp,
  removeKey,
  requireKey,
  updateApp,
} from "./write-apps.ts";
import {
  activateSecret,
  cancelRotation,
  revokeDue,
  revokeSecrets,
  rotateSecret,
  type SecretsChange,
  undoActivation,
} from "./write-secrets.ts";

type Db = Transaction<Tables>;

/** The app store in any SQL database that Kysely speaks to. */
export class SqlAppStore implements AppStore {
  readonly #database: Database;
  readonly #vault: Vault;

  constructor(database: Database, vault: Vault) {
    this.#database = database;
    this.#vault = vault;
  }

  list(): Promise<readonly StoredApp[]> {
    return this.#database.query((db) => readApps(db, this.#vault));
  }

  get(id: string): Promise<StoredApp | undefined> {
    return this.#database.query((db) => readApp(db, this.#vault, id));
  }

  create(app: NewApp, by: Actor): Promise<StoredApp> {
    return this.#change((db) => this.#create(db, app, by));
  }

  createFirst(app: NewApp): Promise<StoredApp | undefined> {
    return this.#change(async (db) => ((await hasApps(db)) ? undefined : this.#create(db, app, SYSTEM)));
  }

  configure({ id, name, key, secret, settings }: ConfiguredApp): Promise<Configured> {
    return this.#change(async (db) => {
      const before = await readApp(db, this.#vault, id);
      if (!before) await insertApp(db, { id, name, settings: settings ?? {} });
      const changed = before && settings ? await updateApp(db, before, { settings }) : [];
      const { state, isChanged } = await configureKey(db, this.#vault, id, { key, secret });
      const changes = isChanged ? [...changed, "credentials"] : changed;
      if (!before || changes.length > 0) {
        const action = before ? "app.update" : "app.create";
        const details = { key, secret_fingerprint: fingerprintOf(secret), changed: changes };
        await recordAudit(db, { actor: CONFIG, action, appId: id, target: null, details });
      }
      return { app: await requireApp(db, this.#vault, id), created: !before, secretState: state };
    });
  }

  update(id: string, changes: AppChanges, by: Actor): Promise<StoredApp> {
    return this.#change(async (db) => {
      const before = await requireApp(db, this.#vault, id);
      const changed = await updateApp(db, before, changes);
      if (changed.length === 0) return before;
      const after = await requireApp(db, this.#vault, id);
      const details = Object.fromEntries(
        changed.map((name) => [name, { from: shown(before, name), to: shown(after, name) }]),
      );
      await recordAudit(db, { actor: by, action: "app.update", appId: id, target: null, details });
      return after;
    });
  }

  delete(id: string, by: Actor): Promise<boolean> {
    return this.#change(async (db) => {
      const app = await db.selectFrom("apps").select("name").where("id", "=", id).executeTakeFirst();
      if (!app || !(await deleteApp(db, id))) return false;
      const details = { name: app.name };
      await recordAudit(db, { actor: by, action: "app.delete", appId: id, target: null, details });
      return true;
    });
  }

  addKey(appId: string, pair: KeyPair, by: Actor): Promise<StoredApp> {
    return this.#change(async (db) => {
      await requireApp(db, this.#vault, appId);
      await addKey(db, this.#vault, appId, pair, { isFromConfig: false });
      const details = { secret_fingerprint: fingerprintOf(pair.secret) };
      return this.#changed(db, appId, pair.key, "key.add", details, by);
    });
  }

  removeKey(appId: string, key: string, by: Actor): Promise<StoredApp> {
    return this.#change(async (db) => {
      await removeKey(db, appId, key);
      return this.#changed(db, appId, key, "key.remove", {}, by);
    });
  }

  rotateSecret(
    appId: string,
    key: string,
    { secret }: { readonly secret: string },
    by: Actor,
  ): Promise<StoredApp> {
    return this.#rotation(appId, key, "secret.rotate", by, (db) =>
      rotateSecret(db, this.#vault, key, secret),
    );
  }

  activateSecret(
    appId: string,
    key: string,
    { retireForSeconds }: ActivateOptions,
    by: Actor,
  ): Promise<StoredApp> {
    return this.#rotation(appId, key, "secret.activate", by, (db) =>
      activateSecret(db, key, retireForSeconds),
    );
  }

  undoActivation(appId: string, key: string, by: Actor): Promise<StoredApp> {
    return this.#rotation(appId, key, "secret.undo", by, (db) => undoActivation(db, key));
  }

  cancelRotation(appId: string, key: string, by: Actor): Promise<StoredApp> {
    return this.#rotation(appId, key, "secret.cancel", by, (db) => cancelRotation(db, key));
  }

  revokeSecrets(appId: string, key: string, options: RevokeOptions, by: Actor): Promise<Revoked> {
    return this.#change(async (db) => {
      await requireKey(db, appId, key);
      const change = await revokeSecrets(db, this.#vault, key, options);
      const details = { ...movesOf(change), end_connections: options.endConnections };
      const app = await this.#changed(db, appId, key, "secret.revoke", details, by);
      return { app, ...revokedIn(change) };
    });
  }

  revokeDue(nowIso: string): Promise<readonly StoredSecret[]> {
    return this.#change(async (db) => {
      const retired: StoredSecret[] = [];
      for (const { appId, key, ...change } of await revokeDue(db, nowIso)) {
        const app = await this.#changed(db, appId, key, "secret.retired", movesOf(change), SYSTEM);
        const ids = new Set(revokedIn(change).revokedIds);
        retired.push(...app.secrets.filter(({ id }) => ids.has(id)));
      }
      return retired;
    });
  }

  restrict(appId: string, restriction: Restriction, by: Actor): Promise<StoredApp> {
    return this.#change(async (db) => {
      const app = await requireApp(db, this.#vault, appId);
      const after = withRestriction(app.restrictions, restriction, Date.now());
      if (!after.ok) throw new StoreError(after.error, `app ${appId} has ${MAX_RESTRICTIONS} restrictions`);
      await writeRestrictions(db, appId, after.value);
      const { id, kind, ...reach } = restriction;
      const action = kind === "ban" ? "grant.ban" : "grant.revoke";
      return this.#changed(db, appId, id, action, snakeCase(reach), by);
    });
  }

  liftRestriction(appId: string, id: string, by: Actor): Promise<StoredApp> {
    return this.#change(async (db) => {
      const { restrictions } = await requireApp(db, this.#vault, appId);
      const lifted = restrictions.find((restriction) => restriction.id === id);
      if (!lifted) throw new StoreError("restriction_not_found", `app ${appId} has no restriction ${id}`);
      const others = restrictions.filter((restriction) => restriction !== lifted);
      await writeRestrictions(db, appId, others);
      const { id: _, ...details } = lifted;
      return this.#changed(db, appId, id, "grant.lift", snakeCase(details), by);
    });
  }

  import(apps: readonly ImportedApp[], { existing }: ImportOptions, by: Actor): Promise<Imported> {
    return this.#change(async (db) => {
      const added: StoredApp[] = [];
      const skipped: string[] = [];
      for (const app of apps) {
        if (existing === "skip" && (await hasApp(db, app.id))) {
          skipped.push(app.id);
          continue;
        }
        // SQLite writes on the spot, so connections get their turn in between: there may be thousands of apps.
        await setImmediate();
        await importApp(db, this.#vault, app);
        const details = { name: app.name, keys: app.keys.map(({ key }) => key) };
        added.push(await this.#changed(db, app.id, null, "apps.import", details, by));
      }
      return { added, skipped };
    });
  }

  revision(): Promise<number> {
    return this.#database.revision();
  }

  /** A change that is told as done is on the disk: a revoked secret does not come back with the power. */
  async #change<T>(run: (db: Db) => Promise<T>): Promise<T> {
    const result = await this.#database.transaction(run);
    await makeDurable(this.#database);
    return result;
  }

  async #create(db: Db, app: NewApp, by: Actor): Promise<StoredApp> {
    const { id, name, settings, keys } = app;
    await insertApp(db, { id, name, settings });
    for (const pair of keys) await addKey(db, this.#vault, id, pair, { isFromConfig: false });
    return this.#changed(db, id, null, "app.create", { name, keys: keys.map(({ key }) => key) }, by);
  }

  #rotation(
    appId: string,
    key: string,
    action: string,
    by: Actor,
    take: (db: Db) => Promise<SecretsChange>,
  ): Promise<StoredApp> {
    return this.#change(async (db) => {
      await requireKey(db, appId, key);
      const change = await take(db);
      return this.#changed(db, appId, key, action, movesOf(change), by);
    });
  }

  /** Puts on record what was done, and gives the app as it is now. */
  async #changed(
    db: Db,
    appId: string,
    target: string | null,
    action: string,
    details: JsonObject,
    by: Actor,
  ): Promise<StoredApp> {
    await recordAudit(db, { actor: by, action, appId, target, details });
    return requireApp(db, this.#vault, appId);
  }
}

async function writeRestrictions(db: Db, appId: string, restrictions: readonly Restriction[]): Promise<void> {
  await db
    .updateTable("apps")
    .set({ restrictions: JSON.stringify(restrictions) })
    .where("id", "=", appId)
    .execute();
  await bumpRevision(db);
}

/** The secrets whose state a step changed, with what it is now. */
function movesOf({ before, after }: SecretsChange): JsonObject {
  const moved = after.filter((secret) => before.find(({ id }) => id === secret.id)?.state !== secret.state);
  return {
    secrets: moved.map(({ id, fingerprint, state, retireAt }) => ({
      id,
      fingerprint,
      state,
      ...(retireAt === null ? {} : { retire_at: retireAt }),
    })),
  };
}

function revokedIn({ before, after }: SecretsChange): Omit<Revoked, "app"> {
  const stateBefore = new Map(before.map(({ id, state }) => [id, state]));
  const moved = after.filter(({ id, state }) => stateBefore.get(id) !== state);
  const newCurrent = moved.find(({ state }) => state === "current");
  return {
    revokedIds: moved.filter(({ state }) => state === "revoked").map(({ id }) => id),
    newCurrentId: newCurrent?.id ?? null,
    isReplaced: newCurrent !== undefined && !stateBefore.has(newCurrent.id),
  };
}

function shown(app: StoredApp, field: string): JsonObject[string] {
  if (field === "settings") return printAppSettings(app.overrides) as JsonObject;
  return field === "enabled" ? app.enabled : app.name;
}

function snakeCase(fields: Readonly<Record<string, string | number | null>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
