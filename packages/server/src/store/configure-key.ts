import type { Kysely } from "kysely";
import type { KeyPair } from "./app-store.ts";
import { bumpRevision } from "./revision.ts";
import { readSecretRows } from "./secret-rows.ts";
import type { SecretState, Tables } from "./tables.ts";
import { fingerprintOf, type Vault } from "./vault.ts";
import { addKey, keyTaken } from "./write-apps.ts";
import { addFirstSecret } from "./write-secrets.ts";

type Db = Kysely<Tables>;

export interface ConfiguredKey {
  /** The state that the secret is in now. */
  readonly state: SecretState;
  readonly isChanged: boolean;
}

/** Makes the pair the one that the configuration gives this app. Throws `key_taken`. */
export async function configureKey(
  db: Db,
  vault: Vault,
  appId: string,
  pair: KeyPair,
): Promise<ConfiguredKey> {
  const isFormerRemoved = await removeFormerKeys(db, appId, pair.key);
  const key = await db.selectFrom("app_keys").select("app_id").where("key", "=", pair.key).executeTakeFirst();
  if (!key) {
    await addKey(db, vault, appId, pair, { isFromConfig: true });
    return { state: "current", isChanged: true };
  }
  if (key.app_id !== appId) throw keyTaken(pair.key, key.app_id);
  const fingerprint = fingerprintOf(pair.secret);
  const held = (await readSecretRows(db, pair.key)).find((secret) => secret.fingerprint === fingerprint);
  if (held) return { state: held.state, isChanged: isFormerRemoved };
  // A rotation keeps the secrets it revokes; what the configuration replaces is gone without a trace, so that an
  // operator who puts a former value back is understood.
  await db.deleteFrom("app_secrets").where("key", "=", pair.key).where("state", "!=", "revoked").execute();
  await addFirstSecret(db, vault, pair);
  return { state: "current", isChanged: true };
}

async function removeFormerKeys(db: Db, appId: string, keyToKeep: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("app_keys")
    .where("app_id", "=", appId)
    .where("from_config", "=", 1)
    .where("key", "!=", keyToKeep)
    .executeTakeFirst();
  if (numDeletedRows > 0n) await bumpRevision(db);
  return numDeletedRows > 0n;
}
