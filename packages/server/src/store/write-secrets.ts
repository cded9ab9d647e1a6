import type { Kysely } from "kysely";
import type { KeyPair, RevokeOptions } from "./app-store.ts";
import { generateSecretId } from "./credentials.ts";
import { bumpRevision } from "./revision.ts";
import {
  activate,
  cancel,
  newCurrent,
  newPending,
  type Rotated,
  retireDue,
  revoke,
  rotate,
  undo,
} from "./rotation.ts";
import {
  insertSecret,
  readSecretRows,
  requireRotated,
  type SecretRow,
  secretRow,
  updateSecretLives,
} from "./secret-rows.ts";
import { StoreError } from "./store-error.ts";
import type { Tables } from "./tables.ts";
import { fingerprintOf, type Vault } from "./vault.ts";

// The steps of a rotation, each inside a transaction that holds the turn. What a step does is decided by rotation.ts.

type Db = Kysely<Tables>;

/** How a step changed the secrets of one key. */
export interface SecretsChange {
  readonly before: readonly SecretRow[];
  readonly after: readonly SecretRow[];
}

/** The first secret of a key that has none. */
export async function addFirstSecret(db: Db, vault: Vault, { key, secret }: KeyPair): Promise<SecretRow> {
  const before = await readSecretRows(db, key);
  const createdAt = new Date().toISOString();
  const row = secretRow(before, newCurrent(generateSecretId(), createdAt), secret);
  await insertSecret(db, vault, key, { ...row, value: secret, createdAt });
  await updateSecretLives(db, before, [...before, row]);
  await bumpRevision(db);
  return row;
}

/** Throws `secret_known` for one that the key has or had. */
export async function rotateSecret(db: Db, vault: Vault, key: string, value: string): Promise<SecretsChange> {
  const before = await readSecretRows(db, key);
  refuseKnown(before, key, value);
  const pending = secretRow(before, newPending(generateSecretId()), value);
  const after = requireRotated(rotate(before, pending), key);
  await insertSecret(db, vault, key, { ...pending, value, createdAt: new Date().toISOString() });
  await bumpRevision(db);
  return { before, after };
}

export function activateSecret(db: Db, key: string, retireForSeconds: number): Promise<SecretsChange> {
  return step(db, key, (secrets) => activate(secrets, { retireForSeconds, nowMs: Date.now() }));
}

export function undoActivation(db: Db, key: string): Promise<SecretsChange> {
  return step(db, key, undo);
}

export function cancelRotation(db: Db, key: string): Promise<SecretsChange> {
  return step(db, key, (secrets) => cancel(secrets, { nowMs: Date.now() }));
}

/** Throws `secret_known` when a replacement is needed and the one given is known. */
export async function revokeSecrets(
  db: Db,
  vault: Vault,
  key: string,
  { which, endConnections, replacement }: RevokeOptions,
): Promise<SecretsChange> {
  const before = await readSecretRows(db, key);
  const nowMs = Date.now();
  const createdAt = new Date(nowMs).toISOString();
  const current = secretRow(before, newCurrent(generateSecretId(), createdAt), replacement);
  const after = requireRotated(revoke(before, which, { nowMs, endConnections }, current), key);
  if (after.includes(current)) {
    refuseKnown(before, key, replacement);
    await insertSecret(db, vault, key, { ...current, value: replacement, createdAt });
  }
  await updateSecretLives(db, before, after);
  await bumpRevision(db);
  return { before, after };
}

/** Revokes what is due, key by key. Nothing is written where nothing is. */
export async function revokeDue(
  db: Db,
  nowIso: string,
): Promise<readonly (SecretsChange & { readonly appId: string; readonly key: string })[]> {
  const keys = await db
    .selectFrom("app_secrets")
    .innerJoin("app_keys", "app_keys.key", "app_secrets.key")
    .select(["app_keys.key as key", "app_keys.app_id as appId"])
    .distinct()
    .where("app_secrets.state", "=", "retiring")
    .where("app_secrets.retire_at", "<=", nowIso)
    .execute();
  const changes = [];
  for (const { key, appId } of keys) {
    const before = await readSecretRows(db, key);
    const after = retireDue(before, nowIso);
    await updateSecretLives(db, before, after);
    changes.push({ appId, key, before, after });
  }
  if (keys.length > 0) await bumpRevision(db);
  return changes;
}

async function step(
  db: Db,
  key: string,
  take: (secrets: readonly SecretRow[]) => Rotated<SecretRow>,
): Promise<SecretsChange> {
  const before = await readSecretRows(db, key);
  const after = requireRotated(take(before), key);
  await updateSecretLives(db, before, after);
  await bumpRevision(db);
  return { before, after };
}

/** By its fingerprint, which is kept longer than the value. */
function refuseKnown(before: readonly SecretRow[], key: string, value: string): void {
  const fingerprint = fingerprintOf(value);
  const known = before.find((secret) => secret.fingerprint === fingerprint);
  if (!known) return;
  throw new StoreError(
    "secret_known",
    `the key ${key} has had this secret already, which is ${known.state} (${known.id})`,
  );
}
