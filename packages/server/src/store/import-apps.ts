import type { Kysely } from "kysely";
import type { ImportedApp, ImportedSecret } from "./app-store.ts";
import { generateSecretId } from "./credentials.ts";
import { faultIn } from "./rotation.ts";
import { insertSecret, readableSecrets } from "./secret-rows.ts";
import { StoreError } from "./store-error.ts";
import type { Tables } from "./tables.ts";
import { fingerprintOf, type Vault } from "./vault.ts";
import { insertApp, insertKey } from "./write-apps.ts";

type Db = Kysely<Tables>;

/** Adds an app whole, inside a transaction. Throws `app_exists`, `key_taken` or `import_invalid`. */
export async function importApp(db: Db, vault: Vault, app: ImportedApp): Promise<void> {
  for (const { key, secrets } of app.keys) refuseFaults(app.id, key, secrets);
  await insertApp(db, app);
  await db
    .updateTable("apps")
    .set({ enabled: app.enabled ? 1 : 0, restrictions: JSON.stringify(app.restrictions) })
    .where("id", "=", app.id)
    .execute();
  for (const { key, secrets } of app.keys) {
    await insertKey(db, app.id, key, { isFromConfig: false });
    const kept = await withFreeIds(db, readableSecrets(secrets));
    for (const [index, secret] of kept.entries()) {
      const fingerprint = fingerprintOf(secret.value);
      await insertSecret(db, vault, key, { ...secret, fingerprint, position: index + 1 });
    }
  }
}

function refuseFaults(appId: string, key: string, secrets: readonly ImportedSecret[]): void {
  const fingerprints = secrets.map(({ value }) => fingerprintOf(value));
  const isTwice = new Set(fingerprints).size < fingerprints.length;
  const fault = isTwice ? "two secrets have the same value" : faultIn(secrets);
  if (!fault) return;
  throw new StoreError("import_invalid", `the key ${key} of app ${appId} cannot be imported: ${fault}`);
}

/** A secret keeps its id, which logs and evidence name it by, unless a secret of another app has it. */
async function withFreeIds(db: Db, secrets: readonly ImportedSecret[]): Promise<readonly ImportedSecret[]> {
  if (secrets.length === 0) return secrets;
  const ids = secrets.map(({ id }) => id);
  const taken = await db.selectFrom("app_secrets").select("id").where("id", "in", ids).execute();
  const newIds = new Map(taken.map(({ id }) => [id, generateSecretId()]));
  return secrets.map((secret) => ({
    ...secret,
    id: newIds.get(secret.id) ?? secret.id,
    replacedBy: newIds.get(secret.replacedBy ?? "") ?? secret.replacedBy,
  }));
}
