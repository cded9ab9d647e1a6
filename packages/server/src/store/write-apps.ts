import type { Kysely } from "kysely";
import { type AppSettingsOverrides, printAppSettings } from "../config/app-settings.ts";
import type { AppChanges, KeyPair, StoredApp } from "./app-store.ts";
import { bumpRevision } from "./revision.ts";
import { StoreError } from "./store-error.ts";
import type { Tables } from "./tables.ts";
import type { Vault } from "./vault.ts";
import { addFirstSecret } from "./write-secrets.ts";

// Each function here belongs inside a transaction, and whatever writes counts the revision on, so that a change and the
// news of it are committed together.

type Db = Kysely<Tables>;

export async function hasApps(db: Db): Promise<boolean> {
  return (await db.selectFrom("apps").select("id").limit(1).executeTakeFirst()) !== undefined;
}

export async function hasApp(db: Db, id: string): Promise<boolean> {
  return (await db.selectFrom("apps").select("id").where("id", "=", id).executeTakeFirst()) !== undefined;
}

export interface AppRow {
  readonly id: string;
  readonly name: string;
  readonly settings: AppSettingsOverrides;
  /** The time of the call when it is not given. */
  readonly createdAt?: string;
}

/** Throws `app_exists`. */
export async function insertApp(db: Db, { id, name, settings, createdAt = now() }: AppRow): Promise<void> {
  if (await hasApp(db, id)) throw new StoreError("app_exists", `there is an app with the id ${id} already`);
  await db
    .insertInto("apps")
    .values({
      id,
      name,
      enabled: 1,
      settings: settingsJson(settings),
      restrictions: "[]",
      created_at: createdAt,
    })
    .execute();
  await bumpRevision(db);
}

/** Writes what differs. Returns the names of what did, none when nothing was written. */
export async function updateApp(db: Db, before: StoredApp, changes: AppChanges): Promise<readonly string[]> {
  const { name = before.name, enabled = before.enabled, settings: given = before.overrides } = changes;
  const settings = settingsJson(typeof given === "function" ? given(before.overrides) : given);
  const changed = [
    ...(name === before.name ? [] : ["name"]),
    ...(enabled === before.enabled ? [] : ["enabled"]),
    ...(settings === settingsJson(before.overrides) ? [] : ["settings"]),
  ];
  if (changed.length === 0) return changed;
  await db
    .updateTable("apps")
    .set({ name, enabled: enabled ? 1 : 0, settings })
    .where("id", "=", before.id)
    .execute();
  await bumpRevision(db);
  return changed;
}

/** Returns false when there was no such app. */
export async function deleteApp(db: Db, id: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom("apps").where("id", "=", id).executeTakeFirst();
  if (numDeletedRows === 0n) return false;
  await bumpRevision(db);
  return true;
}

/** Adds a key with its first secret, after the others. Throws `key_taken`. */
export async function addKey(
  db: Db,
  vault: Vault,
  appId: string,
  pair: KeyPair,
  { isFromConfig }: { readonly isFromConfig: boolean },
): Promise<void> {
  await insertKey(db, appId, pair.key, { isFromConfig });
  await addFirstSecret(db, vault, pair);
}

/** Adds a key without a secret yet, after the others. Throws `key_taken`. */
export async function insertKey(
  db: Db,
  appId: string,
  key: string,
  { isFromConfig }: { readonly isFromConfig: boolean },
): Promise<void> {
  const taken = await db.selectFrom("app_keys").select("app_id").where("key", "=", key).executeTakeFirst();
  if (taken) throw keyTaken(key, taken.app_id);
  const last = await db
    .selectFrom("app_keys")
    .select((eb) => eb.fn.max("position").as("position"))
    .where("app_id", "=", appId)
    .executeTakeFirst();
  await db
    .insertInto("app_keys")
    .values({
      key,
      app_id: appId,
      position: (last?.position ?? 0) + 1,
      from_config: isFromConfig ? 1 : 0,
      created_at: now(),
    })
    .execute();
  await bumpRevision(db);
}

/** Throws `key_not_found` or `last_key`. */
export async function removeKey(db: Db, appId: string, key: string): Promise<void> {
  await requireKey(db, appId, key);
  const keys = await db.selectFrom("app_keys").select("key").where("app_id", "=", appId).execute();
  if (keys.length === 1) throw new StoreError("last_key", `${key} is the only key of app ${appId}`);
  await db.deleteFrom("app_keys").where("key", "=", key).execute();
  await bumpRevision(db);
}

/** Throws `app_not_found` or `key_not_found`. */
export async function requireKey(db: Db, appId: string, key: string): Promise<void> {
  const found = await db.selectFrom("app_keys").select("app_id").where("key", "=", key).executeTakeFirst();
  if (found?.app_id === appId) return;
  if (!(await hasApp(db, appId)))
    throw new StoreError("app_not_found", `there is no app with the id ${appId}`);
  throw new StoreError("key_not_found", `app ${appId} has no key ${key}`);
}

export function keyTaken(key: string, appId: string): StoreError {
  return new StoreError("key_taken", `the key ${key} belongs to app ${appId}`);
}

function settingsJson(settings: AppSettingsOverrides): string {
  return JSON.stringify(printAppSettings(settings));
}

function now(): string {
  return new Date().toISOString();
}
