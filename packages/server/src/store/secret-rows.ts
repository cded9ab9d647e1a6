import type { Kysely } from "kysely";
import { type Rotated, type RotatingSecret, rotationProblem } from "./rotation.ts";
import { StoreError } from "./store-error.ts";
import type { SecretState, Tables } from "./tables.ts";
import { fingerprintOf, type Vault } from "./vault.ts";

type Db = Kysely<Tables>;

/** A secret as its life goes on; what it is, is written once and never changes. */
export interface SecretRow extends RotatingSecret {
  readonly fingerprint: string;
  readonly position: number;
}

/** All secrets of a key, of revoked ones those as well whose value is gone, in order. */
export async function readSecretRows(db: Db, key: string): Promise<readonly SecretRow[]> {
  const rows = await db
    .selectFrom("app_secrets")
    .selectAll()
    .where("key", "=", key)
    .orderBy("position")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    state: row.state,
    activatedAt: row.activated_at,
    retireAt: row.retire_at,
    replacedBy: row.replaced_by,
    revokedAt: row.revoked_at,
    endsConnections: row.ends_connections === 1,
    fingerprint: row.fingerprint ?? "",
    position: row.position,
  }));
}

/** A secret that is not in the database yet, after all that are. */
export function secretRow(before: readonly SecretRow[], secret: RotatingSecret, value: string): SecretRow {
  const position = Math.max(0, ...before.map((row) => row.position)) + 1;
  return { ...secret, fingerprint: fingerprintOf(value), position };
}

export async function insertSecret(
  db: Db,
  vault: Vault,
  key: string,
  secret: SecretRow & { readonly value: string; readonly createdAt: string },
): Promise<void> {
  await db
    .insertInto("app_secrets")
    .values({
      id: secret.id,
      key,
      value: vault.seal(secret.value, sealedContext({ id: secret.id, key })),
      fingerprint: secret.fingerprint,
      position: secret.position,
      created_at: secret.createdAt,
      ...lifeColumns(secret),
    })
    .execute();
}

/** Writes how far the lives of a key's secrets have come, and lets go of values that were revoked long ago. */
export async function updateSecretLives(
  db: Db,
  before: readonly SecretRow[],
  after: readonly SecretRow[],
): Promise<void> {
  for (const secret of after) {
    const former = before.find(({ id }) => id === secret.id);
    if (!former || former === secret) continue;
    await db.updateTable("app_secrets").set(lifeColumns(secret)).where("id", "=", secret.id).execute();
  }
  const readable = new Set(readableSecrets(after).map(({ id }) => id));
  const forgotten = after.filter(({ id }) => !readable.has(id)).map(({ id }) => id);
  if (forgotten.length === 0) return;
  await db
    .updateTable("app_secrets")
    .set({ value: "" })
    .where("id", "in", forgotten)
    .where("value", "!=", "")
    .execute();
}

/** The live secrets of one key, and of the revoked ones the last few, which refusals are explained with. */
export function readableSecrets<
  Secret extends { readonly state: SecretState; readonly revokedAt: string | null },
>(secrets: readonly Secret[]): readonly Secret[] {
  const revoked = secrets.filter(({ state }) => state === "revoked");
  // The sort is stable: of those that were revoked together, the later in order is the later.
  const byTime = revoked.toSorted((a, b) => compareTexts(a.revokedAt ?? "", b.revokedAt ?? ""));
  const forgotten = new Set(byTime.slice(0, -MOST_REVOKED));
  return secrets.filter((secret) => !forgotten.has(secret));
}

/** What a sealed secret belongs to: moved to another row or key, it does not open. */
export function sealedContext({ id, key }: { readonly id: string; readonly key: string }): string {
  return `secret ${id} of key ${key}`;
}

/** The result of a step of a rotation, or the `StoreError` that says why it was not taken. */
export function requireRotated<Secret>(rotated: Rotated<Secret>, key: string): readonly Secret[] {
  if (rotated.ok) return rotated.value;
  throw new StoreError(rotated.error, `${rotationProblem(rotated.error)} (key ${key})`);
}

const MOST_REVOKED = 5;

function lifeColumns(secret: RotatingSecret) {
  return {
    state: secret.state,
    activated_at: secret.activatedAt,
    retire_at: secret.retireAt,
    replaced_by: secret.replacedBy,
    revoked_at: secret.revokedAt,
    ends_connections: secret.endsConnections ? 1 : 0,
  };
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
