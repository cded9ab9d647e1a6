import { type Kysely, sql } from "kysely";
import { type AppSettingsOverrides, printAppSettings } from "../config/app-settings.ts";
import type { AppChanges, KeyPair, StoredApp } from "./app-store.ts";
import { generateSecretId } from "./credentials.ts";
import { StoreError } from "./store-error.ts";
import type { Tables } from "./tables.ts";

// Each function here belongs inside a transaction, and whatever writes counts the revision on, so that a change and the
// news of it are committed together.

type Db = Kysely<Tables>;

export async function hasApps(db: Db): Promise<boolean> {
  return (await db.selectFrom("apps").select("id").limit(1).executeTakeFirst()) !== undefined;
}

export async function insertApp(
  db: Db,
  {
    id,
    name,
    settings,
  }: { readonly id: string; readonly name: string; readonly settings: AppSettingsOverrides },
): Promise<void> {
  const taken = await db.selectFrom("apps").select("id").where("id", "=", id).executeTakeFirst();
  if (taken) throw new StoreError("app_exists", `there is an app with the id ${id} already`);
  await db
    .insertInto("apps")
    .values({ id, name, enabled: 1, settings: settingsJson(settings), created_at: now() })
    .execute();
  await bumpRevision(db);
}

/** Writes what differs; nothing when nothing does. */
export async function updateApp(db: Db, before: StoredApp, changes: AppChanges): Promise<void> {
  const { name = before.name, enabled = before.enabled } = changes;
  const settings = settingsJson(changes.settings ?? before.overrides);
  const isSame =
    name === before.name && enabled === before.enabled && settings === settingsJson(before.overrides);
  if (isSame) return;
  await db
    .updateTable("apps")
    .set({ name, enabled: enabled ? 1 : 0, settings })
    .where("id", "=", before.id)
    .execute();
  await bumpRevision(db);
}

/** Returns false when there was no such app. */
export async function deleteApp(db: Db, id: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom("apps").where("id", "=", id).executeTakeFirst();
  if (numDeletedRows === 0n) return false;
  await bumpRevision(db);
  return true;
}

/** Adds a key with its first secret. */
export async function addKey(
  db: Db,
  appId: string,
  pair: KeyPair,
  { isFromConfig }: { readonly isFromConfig: boolean },
): Promise<void> {
  const taken = await db
    .selectFrom("app_keys")
    .select("app_id")
    .where("key", "=", pair.key)
    .executeTakeFirst();
  if (taken) throw keyTaken(pair.key, taken.app_id);
  const last = await db
    .selectFrom("app_keys")
    .select((eb) => eb.fn.max("position").as("position"))
    .where("app_id", "=", appId)
    .executeTakeFirst();
  await db
    .insertInto("app_keys")
    .values({
      key: pair.key,
      app_id: appId,
      position: (last?.position ?? 0) + 1,
      from_config: isFromConfig ? 1 : 0,
      created_at: now(),
    })
    .execute();
  await addCurrentSecret(db, pair);
}

/**
 * Makes the pair the one that the configuration gives this app. Returns true when the secret was revoked before, which
 * leaves the key as it is.
 */
export async function configureKey(db: Db, appId: string, pair: KeyPair): Promise<boolean> {
  await removeFormerKeys(db, appId, pair.key);
  const key = await db.selectFrom("app_keys").select("app_id").where("key", "=", pair.key).executeTakeFirst();
  if (!key) {
    await addKey(db, appId, pair, { isFromConfig: true });
    return false;
  }
  if (key.app_id !== appId) throw keyTaken(pair.key, key.app_id);
  const held = await db
    .selectFrom("app_secrets")
    .select("state")
    .where("key", "=", pair.key)
    .where("value", "=", pair.secret)
    .executeTakeFirst();
  if (held) return held.state === "revoked";
  // A rotation keeps the secrets it revokes; what the configuration replaces is gone without a trace, so that an
  // operator who puts a former value back is understood.
  await db.deleteFrom("app_secrets").where("key", "=", pair.key).where("state", "!=", "revoked").execute();
  await addCurrentSecret(db, pair);
  return false;
}

async function removeFormerKeys(db: Db, appId: string, keyToKeep: string): Promise<void> {
  const { numDeletedRows } = await db
    .deleteFrom("app_keys")
    .where("app_id", "=", appId)
    .where("from_config", "=", 1)
    .where("key", "!=", keyToKeep)
    .executeTakeFirst();
  if (numDeletedRows > 0n) await bumpRevision(db);
}

async function addCurrentSecret(db: Db, { key, secret }: KeyPair): Promise<void> {
  const last = await db
    .selectFrom("app_secrets")
    .select((eb) => eb.fn.max("position").as("position"))
    .where("key", "=", key)
    .executeTakeFirst();
  await db
    .insertInto("app_secrets")
    .values({
      id: generateSecretId(),
      key,
      value: secret,
      state: "current",
      position: (last?.position ?? 0) + 1,
      created_at: now(),
      retire_at: null,
    })
    .execute();
  await bumpRevision(db);
}

async function bumpRevision(db: Db): Promise<void> {
  await db.updateTable("revision").set({ value: sql`value + 1` }).execute();
}

function keyTaken(key: string, appId: string): StoreError {
  return new StoreError("key_taken", `the key ${key} belongs to app ${appId}`);
}

function settingsJson(settings: AppSettingsOverrides): string {
  return JSON.stringify(printAppSettings(settings));
}

function now(): string {
  return new Date().toISOString();
}
