import type { ExpressionBuilder, Kysely, Transaction } from "kysely";
import type { Database } from "../store/database.ts";
import type { SecretLifetimesTable, SecretUsesTable, Tables } from "../store/tables.ts";
import type { Lifetime, RecordedUses } from "./secret-use.ts";
import { HOUR_MS, KEPT_HOURS, type UnsavedUses } from "./secret-uses.ts";

/** What is stored about the uses of some secrets. */
export interface StoredUses {
  /** Since when uses are counted in this database. */
  readonly sinceMs: number;
  readonly lifetimes: readonly Lifetime[];
  readonly uses: readonly RecordedUses[];
}

/**
 * Keeps the evidence of use in SQL, where what several nodes count adds up and outlives their restarts: callers and hours
 * for two days, the first and last use of a secret as long as there is the secret.
 *
 * Methods throw a `StoreError`.
 */
export class EvidenceStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds to what is stored already. Happens whole or not at all, so give it as many at a time as may wait for one another. */
  add(uses: readonly UnsavedUses[]): Promise<void> {
    if (uses.length === 0) return Promise.resolve();
    return this.#database.transaction(async (transaction) => {
      await addUses(transaction, usesRows(uses));
      await extendLifetimes(transaction, lifetimeRows(uses));
    });
  }

  /** @param sinceMs uses before that do not count; the last of them is told all the same. */
  read(secretIds: readonly string[], sinceMs: number): Promise<StoredUses> {
    return this.#database.query(async (db) => ({
      sinceMs: await evidenceStart(db),
      lifetimes: secretIds.length === 0 ? [] : await readLifetimes(db, secretIds),
      uses: secretIds.length === 0 ? [] : await readUses(db, secretIds, sinceMs),
    }));
  }

  /** Forgets the hours that are over for more than two days, and the secrets that are no more. */
  async removeOld(nowMs: number): Promise<void> {
    const oldest = new Date(nowMs - KEPT_HOURS * HOUR_MS - HOUR_MS).toISOString();
    await this.#database.query((db) => db.deleteFrom("secret_uses").where("hour", "<=", oldest).execute());
    await this.#database.query((db) =>
      db
        .deleteFrom("secret_lifetimes")
        .where("secret_id", "not in", (inner) => inner.selectFrom("app_secrets").select("id"))
        .execute(),
    );
  }
}

/** One row for each key: PostgreSQL changes no row twice in one statement. In one order, so that two nodes never wait for each other. */
function usesRows(uses: readonly UnsavedUses[]): SecretUsesTable[] {
  const rows = new Map<string, SecretUsesTable>();
  for (const { secretId, hourMs, kind, client, address, count, lastAtMs } of uses) {
    const hour = iso(hourMs);
    const key = [secretId, hour, kind, address, client].join("\n");
    const before = rows.get(key);
    rows.set(key, {
      secret_id: secretId,
      hour,
      kind,
      client,
      address: address ?? "",
      count: count + (before?.count ?? 0),
      last_at: later(iso(lastAtMs), before?.last_at),
    });
  }
  return inOrderOfKeys(rows);
}

function lifetimeRows(uses: readonly UnsavedUses[]): SecretLifetimesTable[] {
  const rows = new Map<string, SecretLifetimesTable>();
  for (const { secretId, kind, firstAtMs, lastAtMs } of uses) {
    const key = [secretId, kind].join("\n");
    const before = rows.get(key);
    const first = iso(firstAtMs);
    rows.set(key, {
      secret_id: secretId,
      kind,
      first_at: before && before.first_at < first ? before.first_at : first,
      last_at: later(iso(lastAtMs), before?.last_at),
    });
  }
  return inOrderOfKeys(rows);
}

function inOrderOfKeys<T>(rows: ReadonlyMap<string, T>): T[] {
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

function later(one: string, other: string | undefined): string {
  return other !== undefined && other > one ? other : one;
}

async function addUses(transaction: Transaction<Tables>, rows: readonly SecretUsesTable[]): Promise<void> {
  await transaction
    .insertInto("secret_uses")
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(["secret_id", "hour", "kind", "client", "address"]).doUpdateSet((is) => ({
        count: is("secret_uses.count", "+", is.ref("excluded.count")),
        last_at: is
          .case()
          .when("excluded.last_at", ">", is.ref("secret_uses.last_at"))
          .then(is.ref("excluded.last_at"))
          .else(is.ref("secret_uses.last_at"))
          .end(),
      })),
    )
    .execute();
}

async function extendLifetimes(
  transaction: Transaction<Tables>,
  rows: readonly SecretLifetimesTable[],
): Promise<void> {
  await transaction
    .insertInto("secret_lifetimes")
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(["secret_id", "kind"]).doUpdateSet((is) => ({
        first_at: is
          .case()
          .when("excluded.first_at", "<", is.ref("secret_lifetimes.first_at"))
          .then(is.ref("excluded.first_at"))
          .else(is.ref("secret_lifetimes.first_at"))
          .end(),
        last_at: is
          .case()
          .when("excluded.last_at", ">", is.ref("secret_lifetimes.last_at"))
          .then(is.ref("excluded.last_at"))
          .else(is.ref("secret_lifetimes.last_at"))
          .end(),
      })),
    )
    .execute();
}

async function evidenceStart(db: Kysely<Tables>): Promise<number> {
  const { at } = await db.selectFrom("evidence_start").select("at").executeTakeFirstOrThrow();
  return Date.parse(at);
}

async function readLifetimes(db: Kysely<Tables>, secretIds: readonly string[]): Promise<Lifetime[]> {
  const rows = await db
    .selectFrom("secret_lifetimes")
    .selectAll()
    .where("secret_id", "in", secretIds)
    .execute();
  return rows.map(({ secret_id, kind, first_at, last_at }) => ({
    secretId: secret_id,
    kind,
    firstAtMs: Date.parse(first_at),
    lastAtMs: Date.parse(last_at),
  }));
}

async function readUses(
  db: Kysely<Tables>,
  secretIds: readonly string[],
  sinceMs: number,
): Promise<RecordedUses[]> {
  const rows = await db
    .selectFrom("secret_uses")
    .select((is) => [
      "secret_id",
      "kind",
      "client",
      "address",
      countSince(is, iso(sinceMs)).as("count"),
      is.fn.max("last_at").as("last_at"),
    ])
    .where("secret_id", "in", secretIds)
    .groupBy(["secret_id", "kind", "client", "address"])
    .execute();
  return rows.map(({ secret_id, kind, client, address, count, last_at }) => ({
    secretId: secret_id,
    kind,
    client,
    address: address === "" ? null : address,
    // A sum of PostgreSQL's is a decimal number, which comes as text.
    count: Number(count),
    lastAtMs: Date.parse(last_at),
  }));
}

/** An hour counts whole when it was used within the time. */
function countSince(is: ExpressionBuilder<Tables, "secret_uses">, since: string) {
  return is.fn.sum<number | string>(
    is.case().when("last_at", ">=", since).then(is.ref("count")).else(0).end(),
  );
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
