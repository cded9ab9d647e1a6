import type { Kysely } from "kysely";
import type { Actor } from "../actor.ts";
import { recordAudit } from "../audit/record-audit.ts";
import type { Database } from "../store/database.ts";
import type { Tables, WebhookEventState, WebhookEventsTable } from "../store/tables.ts";
import { EventIds } from "./event-ids.ts";
import { newestEventId } from "./outbox-rows.ts";

/** One event to one endpoint, with what became of it. */
export interface LoggedDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly endpointId: string;
  readonly channel: string;
  readonly name: string;
  /** JSON of the event. */
  readonly body: string;
  /** ISO 8601, UTC; so are all times here. */
  readonly createdAt: string;
  readonly state: WebhookEventState;
  readonly attempts: number;
  readonly nextTryAt: string | null;
  readonly finishedAt: string | null;
}

/** One request for a delivery. With batching, others may have been in it. */
export interface LoggedAttempt {
  readonly at: string;
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number;
  readonly response: string | null;
  readonly nextTryAt: string | null;
}

export interface DeliveriesFilter {
  readonly state?: WebhookEventState;
  readonly channel?: string;
  /** Only those before this one, which are older: the last of the page before. */
  readonly before?: string;
  readonly limit: number;
}

/** Which deliveries to send anew: the dead ones, or whatever was made within a time. */
export interface ReplaySelection {
  readonly dead: boolean;
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

/** Reads what became of deliveries, and makes them owed again. */
export class DeliveryLog {
  readonly #database: Database;
  readonly #ids = new EventIds(Date.now);

  constructor(database: Database) {
    this.#database = database;
  }

  /** The newest first. */
  list(endpointId: string, filter: DeliveriesFilter): Promise<readonly LoggedDelivery[]> {
    return this.#database.query(async (db) => {
      let query = db
        .selectFrom("webhook_events")
        .selectAll()
        .where("endpoint_id", "=", endpointId)
        .orderBy("id", "desc")
        .limit(filter.limit);
      if (filter.state !== undefined) query = query.where("state", "=", filter.state);
      if (filter.channel !== undefined) query = query.where("channel", "=", filter.channel);
      if (filter.before !== undefined) query = query.where("id", "<", filter.before);
      return (await query.execute()).map(toDelivery);
    });
  }

  get(
    endpointId: string,
    id: string,
  ): Promise<(LoggedDelivery & { readonly log: readonly LoggedAttempt[] }) | undefined> {
    return this.#database.query(async (db) => {
      const row = await read(db, endpointId, id);
      if (!row) return undefined;
      return { ...toDelivery(row), log: row.batch_id === null ? [] : await attemptsOf(db, row.batch_id) };
    });
  }

  /** Makes one delivery owed again, whatever became of it; undefined when there is none, or when it is owed anyway. */
  replayOne(appId: string, endpointId: string, id: string, by: Actor): Promise<LoggedDelivery | undefined> {
    return this.#database.transaction(async (transaction) => {
      const row = await read(transaction, endpointId, id);
      if (!row || row.state === "owed") return undefined;
      const [copy] = await this.#replay(transaction, [row]);
      await recordAudit(transaction, {
        actor: by,
        action: "webhook.replay",
        appId,
        target: row.endpoint_id,
        details: { delivery: id },
      });
      return copy && toDelivery(copy);
    });
  }

  /** Makes deliveries owed again that there are now, the oldest first; returns how many. */
  async replay(appId: string, endpointId: string, selection: ReplaySelection, by: Actor): Promise<number> {
    const last = await this.#database.query(newestEventId);
    let replayed = 0;
    for (let after = ""; ; ) {
      const isFirst = after === "";
      const rows = await this.#database.transaction(async (transaction) => {
        if (isFirst) await recordReplay(transaction, appId, endpointId, selection, by);
        const some = await select(transaction, endpointId, selection, after, last);
        await this.#replay(transaction, some);
        return some;
      });
      replayed += rows.length;
      after = rows.at(-1)?.id ?? last;
      if (rows.length < ROWS_AT_ONCE) return replayed;
      // On SQLite a transaction is work of this thread: others have their turn.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  /**
   * What is sent anew is a new delivery of the same event, made now: receivers refuse what is old, and whatever came since
   * keeps its place before it.
   */
  async #replay(
    db: Kysely<Tables>,
    rows: readonly WebhookEventsTable[],
  ): Promise<readonly WebhookEventsTable[]> {
    this.#ids.continueAfter(await newestEventId(db));
    const created_at = new Date().toISOString();
    const copies = rows.map((row) => ({
      ...row,
      id: this.#ids.next(),
      created_at,
      state: "owed" as const,
      attempts: 0,
      batch_id: null,
      next_try_at: null,
      finished_at: null,
    }));
    if (rows.length === 0) return [];
    await db.insertInto("webhook_events").values(copies).execute();
    await db
      .updateTable("webhook_events")
      .set({ state: "replayed" })
      .where(
        "id",
        "in",
        rows.map(({ id }) => id),
      )
      .where("state", "=", "dead")
      .execute();
    return copies;
  }
}

const ROWS_AT_ONCE = 250;
const MOST_ATTEMPTS_SHOWN = 100;

function select(
  db: Kysely<Tables>,
  endpointId: string,
  { dead, fromMs, toMs }: ReplaySelection,
  after: string,
  last: string,
): Promise<WebhookEventsTable[]> {
  let query = db
    .selectFrom("webhook_events")
    .selectAll()
    .where("endpoint_id", "=", endpointId)
    .where("state", "in", dead ? ["dead"] : ["dead", "delivered"])
    .where("id", ">", after)
    // Not those that this very call makes, should they be delivered meanwhile.
    .where("id", "<=", last)
    .orderBy("id")
    .limit(ROWS_AT_ONCE);
  if (fromMs !== undefined) query = query.where("created_at", ">=", new Date(fromMs).toISOString());
  if (toMs !== undefined) query = query.where("created_at", "<=", new Date(toMs).toISOString());
  return query.execute();
}

function recordReplay(
  db: Kysely<Tables>,
  appId: string,
  endpointId: string,
  { dead, fromMs, toMs }: ReplaySelection,
  actor: Actor,
): Promise<void> {
  const printed = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
  const details = { dead, from: printed(fromMs), to: printed(toMs) };
  return recordAudit(db, { actor, action: "webhook.replay", appId, target: endpointId, details });
}

function read(db: Kysely<Tables>, endpointId: string, id: string): Promise<WebhookEventsTable | undefined> {
  return db
    .selectFrom("webhook_events")
    .selectAll()
    .where("id", "=", id)
    .where("endpoint_id", "=", endpointId)
    .executeTakeFirst();
}

async function attemptsOf(db: Kysely<Tables>, batchId: string): Promise<LoggedAttempt[]> {
  const rows = await db
    .selectFrom("webhook_attempts")
    .selectAll()
    .where("batch_id", "=", batchId)
    .orderBy("id")
    .limit(MOST_ATTEMPTS_SHOWN)
    .execute();
  return rows.map((row) => ({
    at: row.at,
    status: row.status,
    error: row.error,
    durationMs: row.duration_ms,
    response: row.response,
    nextTryAt: row.next_try_at,
  }));
}

function toDelivery(row: WebhookEventsTable): LoggedDelivery {
  return {
    id: row.id,
    eventId: row.event_id,
    endpointId: row.endpoint_id,
    channel: row.channel,
    name: row.name,
    body: row.body,
    createdAt: row.created_at,
    state: row.state,
    attempts: row.attempts,
    nextTryAt: row.next_try_at,
    finishedAt: row.finished_at,
  };
}
