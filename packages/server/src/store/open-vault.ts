import { type Kysely, sql } from "kysely";
import type { Database } from "./database.ts";
import { makeMasterKeyFile, masterKeyPath, readMasterKeyFile, requireMasterKey } from "./master-key.ts";
import { sealedContext } from "./secret-rows.ts";
import { StoreError } from "./store-error.ts";
import type { Tables } from "./tables.ts";
import { fingerprintOf, Vault } from "./vault.ts";

export interface VaultOptions {
  readonly dataDir: string;
  /** From the configuration; `null` for the one in the data folder, which is generated for a database that has none yet. */
  readonly masterKey: string | null;
}

/**
 * Opens what is sealed in a database.
 *
 * The first to do so leaves the id of its master key there, so that another key is refused at once rather than when a
 * secret is first needed, and seals what an earlier version wrote in plain.
 *
 * Throws `master_key_invalid`, `master_key_missing`, `master_key_wrong` or `master_key_unreadable`.
 */
export async function openVault(database: Database, options: VaultOptions): Promise<Vault> {
  const keyId = await database.query(readKeyId);
  if (keyId !== undefined) return requireVault(keyId, options);
  const { vault, sealed } = await database.transaction(async (transaction) => {
    const madeMeanwhile = await readKeyId(transaction);
    if (madeMeanwhile !== undefined) return { vault: requireVault(madeMeanwhile, options), sealed: 0 };
    const made = new Vault(givenKey(options) ?? makeMasterKeyFile(options.dataDir));
    await transaction.insertInto("vault").values({ key_id: made.keyId }).execute();
    return { vault: made, sealed: await sealPlainSecrets(transaction, made) };
  });
  if (sealed > 0 && database.kind === "sqlite") await forgetPlainSecrets(database);
  return vault;
}

/** Puts values back in plain, which is what versions before the vault read. For taking the schema back; in a transaction. */
export async function emptyVault(transaction: Kysely<Tables>, vault: Vault): Promise<void> {
  const rows = await transaction.selectFrom("app_secrets").select(["id", "key", "value"]).execute();
  for (const { id, key, value } of rows) {
    const plain = value === "" ? value : vault.open(value, sealedContext({ id, key }));
    await transaction
      .updateTable("app_secrets")
      .set({ value: plain, fingerprint: null })
      .where("id", "=", id)
      .execute();
  }
  await transaction.deleteFrom("vault").execute();
}

async function readKeyId(db: Kysely<Tables>): Promise<string | undefined> {
  return (await db.selectFrom("vault").select("key_id").executeTakeFirst())?.key_id;
}

function requireVault(keyId: string, options: VaultOptions): Vault {
  const key = givenKey(options);
  if (!key) {
    throw new StoreError(
      "master_key_missing",
      `the secrets in the database are sealed, and ${masterKeyPath(options.dataDir)} is not there to open them`,
    );
  }
  const vault = new Vault(key);
  if (vault.keyId === keyId) return vault;
  const source = options.masterKey === null ? masterKeyPath(options.dataDir) : "the configuration";
  throw new StoreError(
    "master_key_wrong",
    `the secrets in the database are sealed with another master key (${keyId}) than that of ${source} (${vault.keyId})`,
  );
}

function givenKey({ dataDir, masterKey }: VaultOptions): Buffer | undefined {
  return masterKey === null ? readMasterKeyFile(dataDir) : requireMasterKey(masterKey, "the configuration");
}

async function sealPlainSecrets(transaction: Kysely<Tables>, vault: Vault): Promise<number> {
  const rows = await transaction
    .selectFrom("app_secrets")
    .select(["id", "key", "value"])
    .where("fingerprint", "is", null)
    .execute();
  for (const { id, key, value } of rows) {
    await transaction
      .updateTable("app_secrets")
      .set({ value: vault.seal(value, sealedContext({ id, key })), fingerprint: fingerprintOf(value) })
      .where("id", "=", id)
      .execute();
  }
  return rows.length;
}

/**
 * Writes the file anew: what was overwritten stays readable in it and in the journal until something else takes its place.
 * PostgreSQL never had a plain secret.
 */
async function forgetPlainSecrets(database: Database): Promise<void> {
  try {
    await database.query((db) => sql`vacuum`.execute(db));
    await database.query((db) => sql`pragma wal_checkpoint(truncate)`.execute(db));
  } catch (error) {
    // The secrets themselves are sealed; another process that has the file open, or a full disk, only keeps old pages.
    if (!(error instanceof StoreError) || !["locked", "disk_full"].includes(error.code)) throw error;
  }
}
