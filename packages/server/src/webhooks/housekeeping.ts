import type { Kysely } from "kysely";
import type { Database } from "../store/database.ts";
import type { Tables, WebhookEventState } from "../store/tables.ts";
import { EventIds } from "./event-ids.ts";

/** How long and how many finished deliveries are kept, of one endpoint. */
export const KEPT = {
  delivered: { days: 3, deliveries: 10_000 },
  replayed: { days: 3, deliveries: 10_000 },
  dead: { days: 30, deliveries: 100_000 },
} as const satisfies Partial<
  Record<WebhookEventState, { readonly days: number; readonly deliveries: number }>
>;

const ROWS_AT_ONCE = 500;
/** In one pass, so that a pass stays short. */
const MOST_CHUNKS = 20;
const DAY_MS = 24 * 3_600_000;

/**
 * Removes what has been kept long enough, a few thousand rows in one call, and whatever belongs to endpoints and apps that
 * are no more. Call it about every half a minute.
 */
export async function prune(database: Database, nowMs: number): Promise<void> {
  const endpointIds = await database.query(async (db) => {
    const rows = await db.selectFrom("webhook_events").select("endpoint_id").distinct().execute();
    return rows.map((row) => row.endpoint_id);
  });
  const known = await database.query(async (db) => {
    const rows = await db.selectFrom("webhook_endpoints").select("id").execute();
    return new Set(rows.map(({ id }) => id));
  });
  for (const endpointId of endpointIds) {
    if (!known.has(endpointId)) await removeAll(database, endpointId);
    else await pruneEndpoint(database, endpointId, nowMs);
  }
  await database.query((db) =>
    db
      .deleteFrom("webhook_leases")
      .where("endpoint_id", "not in", (eb) => eb.selectFrom("webhook_endpoints").select("id"))
      .execute(),
  );
}

async function pruneEndpoint(database: Database, endpointId: string, nowMs: number): Promise<void> {
  for (const state of ["delivered", "replayed", "dead"] as const) {
    const { days, deliveries } = KEPT[state];
    const tooMany = await lastOfSurplus(database, endpointId, state, deliveries);
    const tooOld = EventIds.before(nowMs - days * DAY_MS);
    const last = tooMany !== undefined && tooMany > tooOld ? tooMany : tooOld;
    await removeInChunks(database, (db) =>
      db
        .selectFrom("webhook_events")
        .select(["id", "batch_id"])
        .where("endpoint_id", "=", endpointId)
        .where("state", "=", state)
        .where("id", "<=", last)
        .orderBy("id")
        .limit(ROWS_AT_ONCE)
        .execute(),
    );
  }
}

/** The newest of those that are too many; undefined when there are none. */
function lastOfSurplus(
  database: Database,
  endpointId: string,
  state: WebhookEventState,
  kept: number,
): Promise<string | undefined> {
  return database.query(async (db) => {
    const row = await db
      .selectFrom("webhook_events")
      .select("id")
      .where("endpoint_id", "=", endpointId)
      .where("state", "=", state)
      .orderBy("id", "desc")
      .limit(1)
      .offset(kept)
      .executeTakeFirst();
    return row?.id;
  });
}

async function removeAll(database: Database, endpointId: string): Promise<void> {
  await removeInChunks(database, (db) =>
    db
      .selectFrom("webhook_events")
      .select(["id", "batch_id"])
      .where("endpoint_id", "=", endpointId)
      .limit(ROWS_AT_ONCE)
      .execute(),
  );
}

type Db = Kysely<Tables>;

async function removeInChunks(
  database: Database,
  find: (db: Db) => Promise<readonly { readonly id: string; readonly batch_id: string | null }[]>,
): Promise<void> {
  for (let chunk = 0; chunk < MOST_CHUNKS; chunk++) {
    const removed = await database.transaction(async (transaction) => {
      const rows = await find(transaction);
      if (rows.length === 0) return 0;
      const batchIds = [...new Set(rows.flatMap(({ batch_id }) => batch_id ?? []))];
      if (batchIds.length > 0) {
        await transaction.deleteFrom("webhook_attempts").where("batch_id", "in", batchIds).execute();
      }
      await transaction
        .deleteFrom("webhook_events")
        .where(
          "id",
          "in",
          rows.map(({ id }) => id),
        )
        .execute();
      return rows.length;
    });
    if (removed < ROWS_AT_ONCE) return;
    // Others have a turn between chunks: on SQLite a transaction is work of this thread.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
